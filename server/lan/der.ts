/** The part of DER (X.690) that a certificate needs. Every function returns a whole element: tag, length and content. */

/** Encodes an element. @param tag the identifier octet */
export function element(tag: number, ...content: readonly Uint8Array[]): Buffer {
  const body = Buffer.concat(content)
  return Buffer.concat([Buffer.from([tag]), encodeLength(body.length), body])
}

/** A length of 128 and more is preceded by the number of its octets (X.690 §8.1.3). */
function encodeLength(length: number): Buffer {
  if (length < 128) return Buffer.from([length])
  const octets: number[] = []
  for (let rest = length; rest > 0; rest >>>= 8) octets.unshift(rest & 0xff)
  return Buffer.from([0x80 | octets.length, ...octets])
}

/** Encodes elements in order. */
export const sequence = (...content: readonly Uint8Array[]): Buffer => element(0x30, ...content)
/** Encodes a set of elements. DER sorts them; a certificate has one in each set. */
export const set = (...content: readonly Uint8Array[]): Buffer => element(0x31, ...content)
/** Encodes a truth value. */
export const boolean = (value: boolean): Buffer => element(0x01, Buffer.from([value ? 0xff : 0]))
/** Encodes bytes, such as another element. */
export const octetString = (content: Uint8Array): Buffer => element(0x04, content)
/** Encodes text. */
export const utf8String = (text: string): Buffer => element(0x0c, Buffer.from(text))

/** Encodes a positive integer. @param bytes big-endian */
export function integer(bytes: Uint8Array): Buffer {
  const first = bytes[0] ?? 0
  return element(0x02, first & 0x80 ? Buffer.from([0]) : Buffer.alloc(0), bytes)
}

/** Encodes a bit string. @param unusedBits number of bits of the last byte that do not count */
export const bitString = (content: Uint8Array, unusedBits = 0): Buffer =>
  element(0x03, Buffer.from([unusedBits]), content)

/** Encodes an explicit or constructed context tag, such as `[3]`. */
export const context = (number: number, ...content: readonly Uint8Array[]): Buffer => element(0xa0 | number, ...content)

/** Encodes a primitive context tag, such as `[2] IMPLICIT IA5String`. */
export const primitive = (number: number, content: Uint8Array): Buffer => element(0x80 | number, content)

/** Encodes an object identifier such as `2.5.29.17` (X.690 §8.19). */
export function objectId(text: string): Buffer {
  const [first = 0, second = 0, ...rest] = text.split('.').map(Number)
  return element(0x06, Buffer.from([first * 40 + second, ...rest.flatMap(encodeArc)]))
}

/** Base 128, with the high bit in all octets except the last. */
function encodeArc(arc: number): number[] {
  const octets = [arc & 0x7f]
  for (let rest = arc >>> 7; rest > 0; rest >>>= 7) octets.unshift((rest & 0x7f) | 0x80)
  return octets
}

/** Encodes a time before 2050 as UTCTime (RFC 5280 §4.1.2.5.1). */
export const utcTime = (date: Date): Buffer =>
  element(
    0x17,
    Buffer.from(
      `${date
        .toISOString()
        .replaceAll(/[-:T]|\.\d+/g, '')
        .slice(2)}`,
    ),
  )
