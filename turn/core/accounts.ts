import { computeRestPassword, parseRestId, type UserClass } from './credentials.ts'
import type { CoreRules } from './serverState.ts'

/** A name whose credentials are valid now. */
export interface Account {
  readonly name: string
  /** What quotas are counted by. */
  readonly id: string
  readonly userClass: UserClass
  /** The network that the credentials were given to, as a tag; undefined for credentials of other programs. */
  readonly networkTag?: string
  /** On the clock of `handlePacket`, in ms; Infinity for names that do not end, or whose end does not matter to an allocation. */
  readonly expiresAt: number
}

const restName = /^(\d{1,11})(?::(.*))?$/s

/** A user of the list, or whoever shows a REST name (draft-uberti-behave-turn-rest-00 §2.2) that has not ended. */
export function findAccount(rules: CoreRules, name: string, now: number): Account | undefined {
  if (rules.users.has(name)) return { name, id: name, userClass: 'full', expiresAt: Infinity }
  const match = restName.exec(name)
  const remainingMs = Number(match?.[1]) * 1000 - rules.unixTimeMs()
  if (!match || remainingMs <= 0) return undefined
  // Without an id each name is a user of its own.
  const id = match[2] || name
  return { name, id, ...parseRestId(id), expiresAt: rules.hasStrictExpiry ? now + remainingMs : Infinity }
}

/** Every password that is right for an account, most likely first. */
export function candidatePasswords(rules: CoreRules, { name }: Account): readonly string[] {
  const password = rules.users.get(name)
  return password === undefined ? rules.secrets.map((secret) => computeRestPassword(secret, name)) : [password]
}
