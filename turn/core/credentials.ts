import { createHmac } from 'node:crypto'

/** What quotas tell apart: `guest` has no seat yet (lobby, `/check`); everybody else is `full`. */
export type UserClass = 'guest' | 'full'

/**
 * REST credentials (draft-uberti-behave-turn-rest-00 §2.2): `expiry:id`, and base64 of its HMAC-SHA1 under the secret.
 * @param expiresAtSeconds Unix time in whole seconds
 */
export function makeCredentials(secret: string, id: string, expiresAtSeconds: number): { username: string; credential: string } {
  const username = id === '' ? `${expiresAtSeconds}` : `${expiresAtSeconds}:${id}`
  return { username, credential: passwordOf(secret, username) }
}

export function passwordOf(secret: string, username: string): string {
  return createHmac('sha1', secret).update(username).digest('base64')
}

/**
 * The id of a REST username that carries what quotas count by: `guest-SOCKET.ADDRESS` or `seat-SOCKET.ADDRESS`, the address as a keyed
 * hash. Both parts are stable, so that new credentials bring no new quota.
 * @param socket of one WebSocket, without dots
 * @param address of the network that the socket comes from; undefined when that says nothing, as behind an unknown proxy
 */
export function restIdOf(secret: string, { userClass, socket, address }: { userClass: UserClass; socket: string; address: string | undefined }): string {
  const tag = address === undefined ? '' : `.${createHmac('sha256', secret).update(`address ${address}`).digest('base64url').slice(0, 12)}`
  return `${userClass === 'guest' ? 'guest' : 'seat'}-${socket}${tag}`
}

/**
 * Reads what `restIdOf` wrote. An id of another form, made by another program, is full and has no address.
 * @returns `address` as a tag that quotas can count by
 */
export function readRestId(id: string): { userClass: UserClass; address?: string } {
  const [, kind, tag] = /^(guest|seat)-[^.]+(?:\.(.+))?$/s.exec(id) ?? []
  return { userClass: kind === 'guest' ? 'guest' : 'full', ...(tag !== undefined && { address: `@${tag}` }) }
}
