import { timingSafeEqual } from 'node:crypto'
import type { AttributeName } from './attributes.ts'
import { computeKey, computeHmac, type HmacHash } from './hmac.ts'
import { find, headerBytes, type Message } from './message.ts'
import type { RawAttribute } from './rawAttribute.ts'

/** The attribute that carries the HMAC (RFC 8489 §14.5, §14.6). */
export type IntegrityAlgorithm = 'messageIntegrity' | 'messageIntegritySha256'
const hashNames = { messageIntegrity: 'sha1', messageIntegritySha256: 'sha256' } as const satisfies Record<
  IntegrityAlgorithm & AttributeName,
  HmacHash
>
/** Full HMAC length of each algorithm, in bytes. */
export const hmacBytes = { messageIntegrity: 20, messageIntegritySha256: 32 } as const

/** The hash that derives a key from a password (RFC 8489 §18.5.1). */
export type PasswordHash = 'md5' | 'sha256'

/** Returns the long-term key of a user (RFC 8489 §9.2.2). */
export const longTermKey = (
  username: string,
  realm: string,
  password: string,
  algorithm: PasswordHash = 'md5',
): Uint8Array => computeKey(algorithm, `${username}:${realm}:${password}`)

/**
 * Returns the HMAC of all bytes before `offset`. The header's length counts the integrity attribute as the last one.
 */
export function computeIntegrity(
  integrity: IntegrityAlgorithm,
  key: Uint8Array,
  packet: Uint8Array,
  offset: number,
  length: number = hmacBytes[integrity],
): Uint8Array {
  const header = Buffer.from(packet.subarray(0, headerBytes))
  header.writeUInt16BE(offset - headerBytes + 4 + length, 2)
  return computeHmac(hashNames[integrity], key, header, packet.subarray(headerBytes, offset)).subarray(0, length)
}

/** Returns the integrity attribute to check: the stronger one if a message has both (RFC 8489 §9.2.4). */
export function findIntegrity(message: Message): IntegrityAlgorithm | undefined {
  if (find(message, 'messageIntegritySha256')) return 'messageIntegritySha256'
  return find(message, 'messageIntegrity') && 'messageIntegrity'
}

/** Checks the HMAC of a message in constant time. A length outside of RFC 8489 §14.6 is invalid. */
export function hasValidIntegrity(message: Message, integrity: IntegrityAlgorithm, key: Uint8Array): boolean {
  const raw = find(message, integrity)
  if (!raw || !hasAllowedLength(integrity, raw)) return false
  return timingSafeEqual(computeIntegrity(integrity, key, message.packet, raw.offset, raw.value.length), raw.value)
}

function hasAllowedLength(integrity: IntegrityAlgorithm, { value }: RawAttribute): boolean {
  if (integrity === 'messageIntegrity') return value.length === 20
  return value.length >= 16 && value.length <= 32 && value.length % 4 === 0
}
