import { StunError } from './error.ts'

/**
 * Encodes and decodes one attribute value. `decode` throws only StunError. XOR addresses need the 12-byte
 * `transactionId`.
 */
export interface Codec<T> {
  /** Returns the length of the encoded value without its padding, in bytes. */
  byteLength(value: T): number
  /** Writes `byteLength(value)` bytes at `offset`. The packet is zero there. */
  write(packet: Buffer, offset: number, value: T, transactionId: Uint8Array): void
  decode(bytes: Uint8Array, transactionId: Uint8Array): T
}

/** Rounds a length up to a multiple of four bytes (RFC 8489 §14). */
export const padded = (bytes: number): number => (bytes + 3) & ~3

/** @throws {StunError} unless the length lies in the inclusive range */
export function assertByteLength(bytes: Uint8Array, where: string, minBytes: number, maxBytes = minBytes): void {
  if (bytes.length < minBytes || bytes.length > maxBytes) throw new StunError(where, `${bytes.length} bytes`)
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** UTF-8 text of at most `maxBytes` (RFC 8489 §14.3, §14.9, §14.10). */
export const utf8Text = (where: string, maxBytes: number): Codec<string> => ({
  byteLength: (value) => Buffer.byteLength(value),
  write: (packet, offset, value) => void packet.write(value, offset),
  decode(bytes) {
    assertByteLength(bytes, where, 0, maxBytes)
    try {
      return utf8.decode(bytes)
    } catch {
      throw new StunError(where, 'not UTF-8')
    }
  },
})

/** Bytes without further structure. */
export const opaque = (where: string, minBytes: number, maxBytes = minBytes): Codec<Uint8Array> => ({
  byteLength: (value) => value.length,
  write: (packet, offset, value) => packet.set(value, offset),
  decode(bytes) {
    assertByteLength(bytes, where, minBytes, maxBytes)
    return bytes
  },
})

/** An unsigned 32-bit integer, big-endian. */
export const uint32 = (where: string): Codec<number> => ({
  byteLength: () => 4,
  write: (packet, offset, value) => void packet.writeUInt32BE(value, offset),
  decode(bytes) {
    assertByteLength(bytes, where, 4)
    return ((bytes[0]! << 24) | (bytes[1]! << 16) | (bytes[2]! << 8) | bytes[3]!) >>> 0
  },
})

/** One byte and three bytes of padding: zero when sent, ignored when read (RFC 8656 §18.7, §18.6). */
export const paddedUint8 = (where: string): Codec<number> => ({
  byteLength: () => 4,
  write: (packet, offset, value) => void packet.writeUInt8(value, offset),
  decode(bytes) {
    assertByteLength(bytes, where, 4)
    return bytes[0]!
  },
})

/** Two bytes and two bytes of padding: zero when sent, ignored when read (RFC 8656 §18.1). */
export const paddedUint16 = (where: string): Codec<number> => ({
  byteLength: () => 4,
  write: (packet, offset, value) => void packet.writeUInt16BE(value, offset),
  decode(bytes) {
    assertByteLength(bytes, where, 4)
    return (bytes[0]! << 8) | bytes[1]!
  },
})

/** The high bit of one byte (RFC 8656 §18.5). */
export const highBit = (where: string): Codec<boolean> => ({
  byteLength: () => 1,
  write: (packet, offset, value) => void packet.writeUInt8(value ? 0x80 : 0, offset),
  decode(bytes) {
    assertByteLength(bytes, where, 1)
    return (bytes[0]! & 0x80) !== 0
  },
})

/** A list of attribute types (RFC 8489 §14.13). */
export const uint16List: Codec<readonly number[]> = {
  byteLength: (values) => 2 * values.length,
  write: (packet, offset, values) => values.forEach((value, i) => packet.writeUInt16BE(value, offset + 2 * i)),
  decode(bytes) {
    if (bytes.length % 2 !== 0) throw new StunError('unknownAttributes', `${bytes.length} bytes`)
    return Array.from({ length: bytes.length / 2 }, (_, i) => (bytes[2 * i]! << 8) | bytes[2 * i + 1]!)
  },
}
