import { createHmac } from 'node:crypto'
import { computeHmac } from '../stun/hmac.ts'

/** Quota class: `guest` for a client without a seat (lobby, `/check`), `seat` for all others. */
export type UserClass = 'guest' | 'seat'

/**
 * Returns REST credentials (draft-uberti-behave-turn-rest-00 §2.2).
 * The username is `expiry:id`; the credential is the base64 HMAC-SHA1 of it under the secret.
 * @param id an empty id leaves out the colon
 * @param expiresAtSeconds Unix time in whole seconds
 */
export function makeCredentials(
  secret: string,
  id: string,
  expiresAtSeconds: number,
): { username: string; credential: string } {
  const username = id === '' ? `${expiresAtSeconds}` : `${expiresAtSeconds}:${id}`
  return { username, credential: computeRestPassword(secret, username) }
}

/** Returns the password of a REST username: base64 of its HMAC-SHA1 under the secret. */
export function computeRestPassword(secret: string, username: string): string {
  return computeHmac('sha1', Buffer.from(secret), Buffer.from(username)).toString('base64')
}

/**
 * Returns the id of a REST username, which quotas count by: `guest-SOCKET.NETWORK` or `seat-SOCKET.NETWORK`.
 * NETWORK is a keyed hash. Both parts are stable, so new credentials bring no new quota.
 * @param socketId of one WebSocket, without dots
 * @param network the address or /64 of the WebSocket's client; undefined if unknown, as behind an unknown proxy
 */
export function createRestId(
  secret: string,
  { userClass, socketId, network }: { userClass: UserClass; socketId: string; network: string | undefined },
): string {
  const tag =
    network === undefined
      ? ''
      : `.${createHmac('sha256', secret).update(`address ${network}`).digest('base64url').slice(0, 12)}`
  return `${userClass}-${socketId}${tag}`
}

/**
 * Parses an id of `createRestId`. An id of another form, from another program, is a `seat` and has no `networkTag`.
 * @returns `networkTag` is the key that network quotas count by
 */
export function parseRestId(id: string): { userClass: UserClass; networkTag?: string } {
  const [, kind, tag] = /^(guest|seat)-[^.]+(?:\.(.+))?$/s.exec(id) ?? []
  return { userClass: kind === 'guest' ? 'guest' : 'seat', ...(tag !== undefined && { networkTag: `@${tag}` }) }
}
