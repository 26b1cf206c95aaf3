import { computeRestPassword, parseRestId, type UserClass } from './credentials.ts'
import type { CoreRules } from './serverState.ts'

/** A name whose credentials are valid now. */
export interface Account {
  readonly name: string
  /** The key that quotas count by. */
  readonly id: string
  readonly userClass: UserClass
  /** Tag of the network that received the credentials. Undefined for credentials of other programs. */
  readonly networkTag?: string
  /** On the clock of `handlePacket`, in ms. Infinity for a listed user, and for REST names unless expiry is strict. */
  readonly expiresAt: number
}

const restName = /^(\d{1,11})(?::(.*))?$/s

/**
 * Returns the account of a listed user or of an unexpired REST name (draft-uberti-behave-turn-rest-00 §2.2).
 * Otherwise returns undefined.
 * @param now in ms, on the clock of `handlePacket`
 */
export function findAccount(rules: CoreRules, name: string, now: number): Account | undefined {
  if (rules.users.has(name)) return { name, id: name, userClass: 'seat', expiresAt: Infinity }
  const match = restName.exec(name)
  const remainingMs = Number(match?.[1]) * 1000 - rules.unixTimeMs()
  if (!match || remainingMs <= 0) return undefined
  // Without an id, each name counts as its own user.
  const id = match[2] || name
  return { name, id, ...parseRestId(id), expiresAt: rules.hasStrictExpiry ? now + remainingMs : Infinity }
}

/** Returns every valid password of an account, most likely first. */
export function candidatePasswords(rules: CoreRules, { name }: Account): readonly string[] {
  const password = rules.users.get(name)
  return password === undefined ? rules.secrets.map((secret) => computeRestPassword(secret, name)) : [password]
}
