import { assertByteLength, utf8Text, type Codec } from './codec.ts'
import { StunError } from './error.ts'
import { familyOf, formatIp, parseIp, type Address } from './ip.ts'

const cookie = Uint8Array.of(0x21, 0x12, 0xa4, 0x42)
const reasonPhrase = utf8Text('reason', 763)

/** RFC 8489 §14.2: the port XOR the first half of the cookie, the address XOR the cookie and transaction id. */
export const xorAddress: Codec<Address> = {
  encode({ ip, port }, transactionId) {
    const bytes = xorIp(parseIp(ip), transactionId)
    return Uint8Array.of(0, familyOf(ip) === 4 ? 1 : 2, (port >> 8) ^ 0x21, (port & 0xff) ^ 0x12, ...bytes)
  },
  decode(bytes, transactionId) {
    const length = bytes[1] === 1 ? 8 : bytes[1] === 2 ? 20 : NaN
    if (bytes.length !== length) throw new StunError('address', `family ${bytes[1]} in ${bytes.length} bytes`)
    const port = ((bytes[2]! ^ 0x21) << 8) | (bytes[3]! ^ 0x12)
    return { ip: formatIp(xorIp(bytes.subarray(4), transactionId)), port }
  },
}

function xorIp(ip: Uint8Array, transactionId: Uint8Array): Uint8Array {
  return ip.map((byte, i) => byte ^ (i < 4 ? cookie[i]! : transactionId[i - 4]!))
}

/** A code from 300 to 699 with its reason phrase. */
export interface ErrorCodeValue {
  readonly code: number
  readonly reason: string
}

/** RFC 8489 §14.8: the hundreds in three bits, the remainder in one byte. */
export const errorCode: Codec<ErrorCodeValue> = {
  encode: ({ code, reason }) => Uint8Array.of(0, 0, Math.floor(code / 100), code % 100, ...Buffer.from(reason)),
  decode(bytes, transactionId) {
    assertByteLength(bytes, 'errorCode', 4, 4 + 763)
    const hundreds = bytes[2]! & 7
    if (hundreds < 3 || hundreds > 6 || bytes[3]! > 99) throw new StunError('errorCode', `${hundreds}, ${bytes[3]}`)
    return { code: hundreds * 100 + bytes[3]!, reason: reasonPhrase.decode(bytes.subarray(4), transactionId) }
  },
}

/** RFC 8656 §18.12: the failed family, then an ERROR-CODE without its first two bytes. */
export const addressErrorCode: Codec<ErrorCodeValue & { readonly family: number }> = {
  encode(value, transactionId) {
    const bytes = errorCode.encode(value, transactionId)
    bytes[0] = value.family
    return bytes
  },
  decode(bytes, transactionId) {
    return { ...errorCode.decode(bytes, transactionId), family: bytes[0]! }
  },
}
