import { createHmac } from 'node:crypto'

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
