import { crc32 } from 'node:zlib'
import { attributes } from './attributes.ts'
import { StunError } from './error.ts'
import type { RawAttribute } from './rawAttribute.ts'

/** RFC 8489 §14.7: CRC-32 of all bytes before the attribute, XOR "STUN". The length field must already count it. */
export const computeFingerprint = (before: Uint8Array): number => (crc32(before) ^ 0x5354554e) >>> 0

/** Checks the FINGERPRINT, if any. @throws {StunError} if it is wrong or not the last attribute */
export function checkFingerprint(packet: Uint8Array, all: readonly RawAttribute[]): void {
  const at = all.findIndex(({ type }) => type === attributes.fingerprint[0])
  if (at === -1) return
  const { offset, value } = all[at]!
  if (at !== all.length - 1) throw new StunError('fingerprint', 'not the last attribute')
  const claimed = attributes.fingerprint[1].decode(value, packet)
  if (claimed !== computeFingerprint(packet.subarray(0, offset))) throw new StunError('fingerprint', 'wrong')
}
