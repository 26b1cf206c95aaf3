import { createHmac, hash, timingSafeEqual } from 'node:crypto'
import type { AttributeName } from './attributes.ts'
import { find, headerBytes, type Message } from './message.ts'
import type { RawAttribute } from './rawAttribute.ts'

/** RFC 8489 §14.5 and §14.6: which attribute carries which HMAC. */
export type IntegrityAlgorithm = 'messageIntegrity' | 'messageIntegritySha256'
const hashNames = { messageIntegrity: 'sha1', messageIntegritySha256: 'sha256' } as const satisfies Record<
  IntegrityAlgorithm & AttributeName,
  string
>
export const hmacBytes = { messageIntegrity: 20, messageIntegritySha256: 32 } as const

/** RFC 8489 §18.5.1: what makes a key of a password. */
export type PasswordHash = 'md5' | 'sha256'

/** RFC 8489 §9.2.2: the long-term key of a user under one password algorithm. */
export const longTermKey = (
  username: string,
  realm: string,
  password: string,
  algorithm: PasswordHash = 'md5',
): Uint8Array => hash(algorithm, `${username}:${realm}:${password}`, 'buffer')

/** The HMAC of everything before `offset`, with the header's length as if the integrity attribute ended the message. */
export function computeHmac(
  integrity: IntegrityAlgorithm,
  key: Uint8Array,
  packet: Uint8Array,
  offset: number,
  length: number = hmacBytes[integrity],
): Uint8Array {
  const header = Buffer.from(packet.subarray(0, headerBytes))
  header.writeUInt16BE(offset - headerBytes + 4 + length, 2)
  const hmac = createHmac(hashNames[integrity], key).update(header).update(packet.subarray(headerBytes, offset))
  return hmac.digest().subarray(0, length)
}

/** The integrity attribute that a message is checked by: the stronger one if it has both (RFC 8489 §9.2.4). */
export function findIntegrity(message: Message): IntegrityAlgorithm | undefined {
  if (find(message, 'messageIntegritySha256')) return 'messageIntegritySha256'
  return find(message, 'messageIntegrity') && 'messageIntegrity'
}

/** Compares in constant time. An HMAC of a length that the RFC does not allow is invalid. */
export function hasValidIntegrity(message: Message, integrity: IntegrityAlgorithm, key: Uint8Array): boolean {
  const raw = find(message, integrity)
  if (!raw || !hasAllowedLength(integrity, raw)) return false
  return timingSafeEqual(computeHmac(integrity, key, message.packet, raw.offset, raw.value.length), raw.value)
}

function hasAllowedLength(integrity: IntegrityAlgorithm, { value }: RawAttribute): boolean {
  if (integrity === 'messageIntegrity') return value.length === 20
  return value.length >= 16 && value.length <= 32 && value.length % 4 === 0
}
