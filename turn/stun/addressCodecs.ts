import { assertByteLength, utf8Text, type Codec } from './codec.ts'
import { StunError } from './error.ts'
import { familyOf, formatIp, parseIp, type Address } from './ip.ts'

const cookie = Uint8Array.of(0x21, 0x12, 0xa4, 0x42)
const cookieStart = 0x2112
const reasonPhrase = utf8Text('reason', 763)

/** RFC 8489 §14.2: the port XOR the first half of the cookie, the address XOR the cookie and transaction id. */
export const xorAddress: Codec<Address> = {
  byteLength: ({ ip }) => (familyOf(ip) === 4 ? 8 : 20),
  write(packet, offset, { ip, port }, transactionId) {
    const bytes = parseIp(ip)
    xorIp(bytes, transactionId)
    packet[offset + 1] = bytes.length === 4 ? 1 : 2
    packet.writeUInt16BE(port ^ cookieStart, offset + 2)
    packet.set(bytes, offset + 4)
  },
  decode(bytes, transactionId) {
    const length = bytes[1] === 1 ? 8 : bytes[1] === 2 ? 20 : NaN
    if (bytes.length !== length) throw new StunError('address', `family ${bytes[1]} in ${bytes.length} bytes`)
    const ip = new Uint8Array(bytes.subarray(4))
    xorIp(ip, transactionId)
    return { ip: formatIp(ip), port: ((bytes[2]! << 8) | bytes[3]!) ^ cookieStart }
  },
}

function xorIp(ip: Uint8Array, transactionId: Uint8Array): void {
  for (let i = 0; i < ip.length; i++) ip[i]! ^= i < 4 ? cookie[i]! : transactionId[i - 4]!
}

/** A code from 300 to 699 with its reason phrase. */
export interface ErrorCodeValue {
  readonly code: number
  readonly reason: string
}

/** RFC 8489 §14.8: the hundreds in three bits, the remainder in one byte. */
export const errorCode: Codec<ErrorCodeValue> = {
  byteLength: ({ reason }) => 4 + reasonPhrase.byteLength(reason),
  write(packet, offset, { code, reason }, transactionId) {
    packet[offset + 2] = Math.floor(code / 100)
    packet[offset + 3] = code % 100
    reasonPhrase.write(packet, offset + 4, reason, transactionId)
  },
  decode(bytes, transactionId) {
    assertByteLength(bytes, 'errorCode', 4, 4 + 763)
    const hundreds = bytes[2]! & 7
    if (hundreds < 3 || hundreds > 6 || bytes[3]! > 99) throw new StunError('errorCode', `${hundreds}, ${bytes[3]}`)
    return { code: hundreds * 100 + bytes[3]!, reason: reasonPhrase.decode(bytes.subarray(4), transactionId) }
  },
}

/** RFC 8656 §18.12: the failed family, then an ERROR-CODE without its first two bytes. */
export const addressErrorCode: Codec<ErrorCodeValue & { readonly family: number }> = {
  byteLength: (value) => errorCode.byteLength(value),
  write(packet, offset, value, transactionId) {
    errorCode.write(packet, offset, value, transactionId)
    packet[offset] = value.family
  },
  decode(bytes, transactionId) {
    return { ...errorCode.decode(bytes, transactionId), family: bytes[0]! }
  },
}
