import { assertByteLength, padded, type Codec } from './codec.ts'
import { StunError } from './error.ts'

/** RFC 8489 §14.11: an id of the registry in §18.5.1, and parameters. MD5 and SHA-256 have none. */
export interface PasswordAlgorithm {
  readonly id: number
  readonly parameters: Uint8Array
}

/** RFC 8489 §14.12: exactly one algorithm. */
export const passwordAlgorithm: Codec<PasswordAlgorithm> = {
  byteLength: ({ parameters }) => 4 + padded(parameters.length),
  write(packet, offset, { id, parameters }) {
    packet.writeUInt16BE(id, offset)
    packet.writeUInt16BE(parameters.length, offset + 2)
    packet.set(parameters, offset + 4)
  },
  decode(bytes, transactionId) {
    const [first, ...more] = passwordAlgorithms.decode(bytes, transactionId)
    if (!first || more.length > 0) throw new StunError('passwordAlgorithm', `${bytes.length} bytes`)
    return first
  },
}

/** RFC 8489 §14.11: a list of algorithms, most preferred first. */
export const passwordAlgorithms: Codec<readonly PasswordAlgorithm[]> = {
  byteLength: (values) => values.reduce((sum, value) => sum + passwordAlgorithm.byteLength(value), 0),
  write(packet, offset, values, transactionId) {
    let at = offset
    for (const value of values) {
      passwordAlgorithm.write(packet, at, value, transactionId)
      at += passwordAlgorithm.byteLength(value)
    }
  },
  decode(bytes) {
    const found: PasswordAlgorithm[] = []
    for (let at = 0; at < bytes.length;) {
      assertByteLength(bytes, 'passwordAlgorithms', at + 4, bytes.length)
      const end = at + 4 + ((bytes[at + 2]! << 8) | bytes[at + 3]!)
      assertByteLength(bytes, 'passwordAlgorithms', end, bytes.length)
      found.push({ id: (bytes[at]! << 8) | bytes[at + 1]!, parameters: bytes.subarray(at + 4, end) })
      at = padded(end)
    }
    return found
  },
}
