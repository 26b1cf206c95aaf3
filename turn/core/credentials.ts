import { createHmac } from 'node:crypto'

/** What quotas tell apart: `guest` has no seat yet (lobby, `/check`); everybody else is `full`. */
export type UserClass = 'guest' | 'full'

/**
 * REST credentials (draft-uberti-behave-turn-rest-00 §2.2): `expiry:id`, and base64 of its HMAC-SHA1 under the secret.
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

export function computeRestPassword(secret: string, username: string): string {
  return createHmac('sha1', secret).update(username).digest('base64')
}

/**
 * The id of a REST username that carries what quotas count by: `guest-SOCKET.ADDRESS` or `seat-SOCKET.ADDRESS`, the address as a keyed
 * hash. Both parts are stable, so that new credentials bring no new quota.
 * @param socketId of one WebSocket, without dots
 * @param network the address or /64 of the WebSocket's client; undefined when that says nothing, as behind an unknown proxy
 */
export function createRestId(
  secret: string,
  { userClass, socketId, network }: { userClass: UserClass; socketId: string; network: string | undefined },
): string {
  const tag =
    network === undefined
      ? ''
      : `.${createHmac('sha256', secret).update(`address ${network}`).digest('base64url').slice(0, 12)}`
  return `${userClass === 'guest' ? 'guest' : 'seat'}-${socketId}${tag}`
}

/**
 * Reads what `createRestId` wrote. An id of another form, made by another program, is full and has no address.
 * @returns `networkTag`, a tag that quotas can count by
 */
export function parseRestId(id: string): { userClass: UserClass; networkTag?: string } {
  const [, kind, tag] = /^(guest|seat)-[^.]+(?:\.(.+))?$/s.exec(id) ?? []
  return { userClass: kind === 'guest' ? 'guest' : 'full', ...(tag !== undefined && { networkTag: `@${tag}` }) }
}
