import { expect, test } from 'vitest'
import { isStun } from '../../../turn/index.ts'
import { encode } from '../../../turn/stun/encode.ts'

const binding = encode({ messageClass: 'request', method: 1, transactionId: Buffer.from('twelve bytes') }, [])

test('isStun needs eight bytes to accept a STUN message', () => {
  expect(Array.from({ length: 10 }, (_, length) => isStun(binding.subarray(0, length)))).toEqual([
    ...Array<undefined>(8).fill(undefined),
    true,
    true,
  ])
})

test.each([
  'GET / HTTP/1.1',
  'P',
  'OPTIONS *',
  '\x16\x03\x01',
  '\x00\x01\x00\x00\x21\x12\xa4\x43',
  '\x00\x01\x00\x00\x20',
  '\x40\x00\x00\x04',
  '\xff',
])('isStun rejects %j', (text) => {
  const first = Buffer.from(text, 'latin1')
  const isTls = first[0] === 0x16
  // TLS inside TLS, or on a plain port, is detected at its fifth byte.
  expect(isStun(isTls ? Buffer.from('\x16\x03\x01\x00\xa5', 'latin1') : first)).toBe(false)
})
