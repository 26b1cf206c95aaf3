import { createHmac, hash, timingSafeEqual } from 'node:crypto'
import type { AttributeName } from './attributes.ts'
import { find, headerLength, type Message } from './message.ts'
import type { RawAttribute } from './rawAttribute.ts'

/** RFC 8489 §14.5 and §14.6: which attribute carries which HMAC. */
export type Seal = 'messageIntegrity' | 'messageIntegritySha256'
const hashes = { messageIntegrity: 'sha1', messageIntegritySha256: 'sha256' } as const satisfies Record<Seal & AttributeName, string>
export const sealLength = { messageIntegrity: 20, messageIntegritySha256: 32 } as const

/** RFC 8489 §18.5.1: what makes a key of a password. */
export type Hash = 'md5' | 'sha256'

/** RFC 8489 §9.2.2: the long-term key of a user under one password algorithm. */
export const longTermKey = (username: string, realm: string, password: string, algorithm: Hash = 'md5'): Uint8Array =>
  hash(algorithm, `${username}:${realm}:${password}`, 'buffer')

/** The HMAC of everything before `offset`, with the header's length as if the seal ended the message. */
export function hmacOf(seal: Seal, key: Uint8Array, packet: Uint8Array, offset: number, length: number = sealLength[seal]): Uint8Array {
  const header = Buffer.from(packet.subarray(0, headerLength))
  header.writeUInt16BE(offset - headerLength + 4 + length, 2)
  const hmac = createHmac(hashes[seal], key).update(header).update(packet.subarray(headerLength, offset))
  return hmac.digest().subarray(0, length)
}

/** The seal to hold a message to: the stronger one where both are there (RFC 8489 §9.2.4). */
export function sealOf(message: Message): Seal | undefined {
  if (find(message, 'messageIntegritySha256')) return 'messageIntegritySha256'
  return find(message, 'messageIntegrity') && 'messageIntegrity'
}

/** In constant time. A seal of a length that the RFC does not allow is a wrong one. */
export function isSealedWith(message: Message, seal: Seal, key: Uint8Array): boolean {
  const raw = find(message, seal)
  if (!raw || !hasSealLength(seal, raw)) return false
  return timingSafeEqual(hmacOf(seal, key, message.packet, raw.offset, raw.value.length), raw.value)
}

function hasSealLength(seal: Seal, { value }: RawAttribute): boolean {
  if (seal === 'messageIntegrity') return value.length === 20
  return value.length >= 16 && value.length <= 32 && value.length % 4 === 0
}
