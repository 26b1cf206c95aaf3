import { passwordOf, readRestId, type UserClass } from './credentials.ts'
import type { Rules } from './serverState.ts'

/** A name whose credentials are valid now. */
export interface Account {
  readonly name: string
  /** What quotas are counted by. */
  readonly id: string
  readonly userClass: UserClass
  /** The network that the credentials were given to, as a tag; undefined for credentials of other programs. */
  readonly address?: string
  /** On the clock of `handle`, in ms; Infinity for names that do not end, or whose end does not matter to an allocation. */
  readonly endsAt: number
}

const restName = /^(\d{1,11})(?::(.*))?$/s

/** A user of the list, or whoever shows a REST name (draft-uberti-behave-turn-rest-00 §2.2) that has not ended. */
export function accountOf(rules: Rules, name: string, now: number): Account | undefined {
  if (rules.users.has(name)) return { name, id: name, userClass: 'full', endsAt: Infinity }
  const match = restName.exec(name)
  const leftMs = Number(match?.[1]) * 1000 - rules.unixTime()
  if (!match || leftMs <= 0) return undefined
  // Without an id each name is a user of its own.
  const id = match[2] || name
  return { name, id, ...readRestId(id), endsAt: rules.isStrict ? now + leftMs : Infinity }
}

/** Every password that is right for an account, most likely first. */
export function passwordsOf(rules: Rules, { name }: Account): readonly string[] {
  const password = rules.users.get(name)
  return password === undefined ? rules.secrets.map((secret) => passwordOf(secret, name)) : [password]
}
