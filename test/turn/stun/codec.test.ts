import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { TurnError } from '../../../turn/core/turnError.ts'
import { attributes, type AttributeName } from '../../../turn/stun/attributes.ts'
import { encode } from '../../../turn/stun/encode.ts'
import { StunError } from '../../../turn/stun/error.ts'
import { hasValidIntegrity, longTermKey } from '../../../turn/stun/integrity.ts'
import { decode, has, read, readAll, unknownRequiredTypes } from '../../../turn/stun/message.ts'
import { bytes, messages, encodableNames } from '../messageFixtures.ts'
import * as vectors from '../vectors.ts'

const shortTermKey = Buffer.from(vectors.shortTermPassword)
const transactionId = Buffer.from('b7e7a701bc34d686fa87dfae', 'hex')
const header = { messageClass: 'request', method: 3, transactionId } as const

describe('with the published vectors', () => {
  test.each([
    ['request', vectors.request],
    ['IPv4 response', vectors.ipv4Response],
    ['IPv6 response', vectors.ipv6Response],
  ])('MESSAGE-INTEGRITY of the %s matches its short-term password', (_, packet) => {
    expect(hasValidIntegrity(decode(packet), 'messageIntegrity', shortTermKey)).toBe(true)
    expect(hasValidIntegrity(decode(packet), 'messageIntegrity', Buffer.from('another'))).toBe(false)
  })

  test('a message of 512 attributes is decoded, and one of 513 is rejected', () => {
    const pack = (count: number) =>
      encode(
        { messageClass: 'request', method: 1, transactionId: Buffer.alloc(12) },
        Array.from({ length: count }, () => ['lifetime', 1] as const),
      )
    expect(decode(pack(512)).attributes).toHaveLength(512)
    expect(() => decode(pack(513))).toThrow('more than 512 attributes')
  })

  test('XOR addresses are decoded', () => {
    expect(read(decode(vectors.ipv4Response), 'xorMappedAddress')).toEqual({ ip: '192.0.2.1', port: 32853 })
    expect(read(decode(vectors.ipv6Response), 'xorMappedAddress')).toEqual({
      ip: '2001:db8:1234:5678:11:2233:4455:6677',
      port: 32853,
    })
  })

  test('MESSAGE-INTEGRITY of the long-term request matches the MD5 key', () => {
    const { username, realm, password } = vectors.longTerm
    const message = decode(vectors.longTermRequest)
    expect([read(message, 'username'), read(message, 'realm')]).toEqual([username, realm])
    expect(hasValidIntegrity(message, 'messageIntegrity', longTermKey(username, realm, password))).toBe(true)
  })

  test('MESSAGE-INTEGRITY-SHA256 of the RFC 8489 request matches the SHA-256 key', () => {
    const { username, realm, password } = vectors.longTerm
    const key = longTermKey(username, realm, password, 'sha256')
    expect(hasValidIntegrity(decode(vectors.sha256Request), 'messageIntegritySha256', key)).toBe(true)
  })

  test('unknownRequiredTypes lists unknown comprehension-required attributes', () => {
    expect(unknownRequiredTypes(decode(vectors.request))).toEqual([0x0024])
  })
})

describe('the codec', () => {
  test('decodes what it encoded', () => {
    fc.assert(
      fc.property(messages, ({ header, rows, options }) => {
        const decoded = decode(encode(header, rows, options))
        expect({
          messageClass: decoded.messageClass,
          method: decoded.method,
          transactionId: Uint8Array.from(decoded.transactionId),
        }).toEqual(header)
        for (const [name, value] of rows) expect(plain(read(decoded, name))).toEqual(plain(value))
        expect(has(decoded, 'fingerprint')).toBe(options.hasFingerprint)
        if (options.integrity) expect(hasValidIntegrity(decoded, options.integrity, options.key)).toBe(true)
      }),
    )
  })

  test('throws only StunError, for any bytes', () => {
    const anything = fc.oneof(
      fc.uint8Array({ maxLength: 200 }),
      damaged(vectors.request),
      damaged(vectors.ipv6Response),
      damaged(vectors.longTermRequest),
    )
    fc.assert(
      fc.property(anything, (packet) => {
        try {
          const decoded = decode(packet)
          for (const name of encodableNames) readAll(decoded, name)
        } catch (error) {
          expect(error).toBeInstanceOf(StunError)
        }
      }),
      { numRuns: 10_000 },
    )
  })

  test('pads with zeros, even in reused memory', () => {
    const packet = encode(header, [
      ['username', 'a'],
      ['data', Uint8Array.of(1, 2, 3)],
    ])
    expect([...packet.subarray(25, 28), packet.at(-1)]).toEqual([0, 0, 0, 0])
  })

  test('ignores attributes after MESSAGE-INTEGRITY', () => {
    const packet = encode(header, [['lifetime', 1]], { integrity: 'messageIntegrity', key: shortTermKey })
    const longer = Buffer.concat([
      packet,
      encode(header, [
        ['username', 'evil'],
        ['xorPeerAddress', { ip: '10.0.0.1', port: 1 }],
      ]).subarray(20),
    ])
    longer.writeUInt16BE(longer.length - 20, 2)
    const decoded = decode(longer)
    expect([has(decoded, 'lifetime'), has(decoded, 'username'), has(decoded, 'xorPeerAddress')]).toEqual([
      true,
      false,
      false,
    ])
    expect(hasValidIntegrity(decoded, 'messageIntegrity', shortTermKey)).toBe(true)
  })

  test('reads the first attribute of a name', () => {
    const decoded = decode(
      encode(header, [
        ['lifetime', 1],
        ['lifetime', 2],
      ]),
    )
    expect([read(decoded, 'lifetime'), readAll(decoded, 'lifetime')]).toEqual([1, [1, 2]])
  })
})

test('an error that a client causes has no stack trace, and other errors keep theirs', () => {
  for (const error of [new StunError('header', '0 bytes'), new TurnError(401)])
    expect([error instanceof Error, error.stack]).toEqual([true, expect.not.stringContaining('\n')])
  expect(new Error('a bug').stack).toContain('codec.test.ts')
})

describe('decode rejects a packet', () => {
  const good = encode(header, [['username', 'abcd']], { hasFingerprint: true })
  const changed = (change: (packet: Buffer) => void): Buffer => {
    const packet = Buffer.from(good)
    change(packet)
    return packet
  }
  test.each<[name: string, packet: Buffer, where: string]>([
    ['that is empty', Buffer.alloc(0), 'header'],
    ['shorter than a header', good.subarray(0, 19) as Buffer, 'header'],
    ['without the cookie', changed((p) => p.writeUInt32BE(0, 4)), 'header'],
    ['with the first two bits not zero', changed((p) => p.writeUInt8(0x40, 0)), 'header'],
    ['with a length that is not a multiple of four', changed((p) => p.writeUInt16BE(15, 2)), 'header'],
    ['longer than its header says', Buffer.concat([good, Buffer.alloc(4)]), 'header'],
    ['with a wrong fingerprint', changed((p) => p.writeUInt8(p[24]! ^ 1, 24)), 'fingerprint'],
  ])('%s', (_, packet, where) => {
    expect(() => decode(packet)).toThrow(expect.objectContaining({ name: 'StunError', where }))
  })

  test('with an attribute longer than the packet', () => {
    const packet = Buffer.from(encode(header, [['data', Uint8Array.of(1, 2, 3, 4)]]))
    packet.writeUInt16BE(5, 22)
    expect(() => decode(packet)).toThrow(expect.objectContaining({ where: 'attribute' }))
  })

  test('with an attribute after its fingerprint', () => {
    const longer = Buffer.concat([good, encode(header, [['lifetime', 1]]).subarray(20)])
    longer.writeUInt16BE(longer.length - 20, 2)
    expect(() => decode(longer)).toThrow(expect.objectContaining({ where: 'fingerprint' }))
  })
})

describe('read rejects a wrong value:', () => {
  test.each<[AttributeName, number]>([
    ['lifetime', 3],
    ['channelNumber', 2],
    ['requestedTransport', 1],
    ['evenPort', 4],
    ['reservationToken', 7],
    ['xorPeerAddress', 7],
    ['errorCode', 3],
    ['unknownAttributes', 3],
    ['username', 509],
    ['nonce', 764],
    ['userHash', 31],
    ['passwordAlgorithm', 0],
    ['passwordAlgorithm', 8],
    ['passwordAlgorithms', 3],
  ])('%s of %i bytes', (name, length) => {
    const bytes = new Uint8Array(length)
    expect(() => attributes[name][1].decode(bytes, transactionId)).toThrow(StunError)
  })

  test('a username that is not UTF-8', () => {
    expect(() => attributes.username[1].decode(Uint8Array.of(0xff), transactionId)).toThrow(StunError)
  })
})

/** Converts nested byte arrays to plain arrays. */
const plain = (value: unknown): unknown => {
  if (value instanceof Uint8Array) return [...value]
  if (Array.isArray(value)) return value.map(plain)
  return typeof value === 'object' && value
    ? Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, plain(inner)]))
    : value
}

/** Valid packets with changed bytes, truncated at any place. */
const damaged = (packet: Uint8Array): fc.Arbitrary<Uint8Array> =>
  fc
    .tuple(fc.array(fc.tuple(fc.nat(packet.length - 1), bytes), { maxLength: 4 }), fc.nat(packet.length))
    .map(([changes, end]) => {
      const copy = Uint8Array.from(packet)
      for (const [at, value] of changes) copy[at] = value
      return copy.subarray(0, end < packet.length / 2 ? end : undefined)
    })
