import { StunError } from './error.ts'

/** `decode` throws StunError and nothing else; `transactionId` is the 12-byte id, which the XOR-ed addresses need. */
export interface Codec<T> {
  encode(value: T, transactionId: Uint8Array): Uint8Array
  decode(bytes: Uint8Array, transactionId: Uint8Array): T
}

export function assertByteLength(bytes: Uint8Array, where: string, minBytes: number, maxBytes = minBytes): void {
  if (bytes.length < minBytes || bytes.length > maxBytes) throw new StunError(where, `${bytes.length} bytes`)
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** @param maxBytes in bytes: RFC 8489 §14.3, §14.9, §14.10 */
export const utf8Text = (where: string, maxBytes: number): Codec<string> => ({
  encode: (value) => Buffer.from(value),
  decode(bytes) {
    assertByteLength(bytes, where, 0, maxBytes)
    try {
      return utf8.decode(bytes)
    } catch {
      throw new StunError(where, 'not UTF-8')
    }
  },
})

export const opaque = (where: string, minBytes: number, maxBytes = minBytes): Codec<Uint8Array> => ({
  encode: (value) => value,
  decode(bytes) {
    assertByteLength(bytes, where, minBytes, maxBytes)
    return bytes
  },
})

export const uint32 = (where: string): Codec<number> => ({
  encode: (value) => Uint8Array.of(value >>> 24, value >>> 16, value >>> 8, value),
  decode(bytes) {
    assertByteLength(bytes, where, 4)
    return ((bytes[0]! << 24) | (bytes[1]! << 16) | (bytes[2]! << 8) | bytes[3]!) >>> 0
  },
})

/** One byte, then three that are sent as zero and not read: RFC 8656 §18.7, §18.6. */
export const paddedUint8 = (where: string): Codec<number> => ({
  encode: (value) => Uint8Array.of(value, 0, 0, 0),
  decode(bytes) {
    assertByteLength(bytes, where, 4)
    return bytes[0]!
  },
})

/** Two bytes, then two that are sent as zero and not read: RFC 8656 §18.1. */
export const paddedUint16 = (where: string): Codec<number> => ({
  encode: (value) => Uint8Array.of(value >> 8, value, 0, 0),
  decode(bytes) {
    assertByteLength(bytes, where, 4)
    return (bytes[0]! << 8) | bytes[1]!
  },
})

/** RFC 8656 §18.5: the first bit of one byte. */
export const highBit = (where: string): Codec<boolean> => ({
  encode: (value) => Uint8Array.of(value ? 0x80 : 0),
  decode(bytes) {
    assertByteLength(bytes, where, 1)
    return (bytes[0]! & 0x80) !== 0
  },
})

/** RFC 8489 §14.13: a list of attribute types. */
export const uint16List: Codec<readonly number[]> = {
  encode: (values) => Uint8Array.from(values.flatMap((value) => [value >> 8, value & 0xff])),
  decode(bytes) {
    if (bytes.length % 2 !== 0) throw new StunError('unknownAttributes', `${bytes.length} bytes`)
    return Array.from({ length: bytes.length / 2 }, (_, i) => (bytes[2 * i]! << 8) | bytes[2 * i + 1]!)
  },
}
