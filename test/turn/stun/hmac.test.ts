import { createHash, createHmac } from 'node:crypto'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { computeHmac, computeKey } from '../../../turn/stun/hmac.ts'

const hashName = fc.constantFrom('sha1' as const, 'sha256' as const)

test.each([0, 1, 20, 63, 64, 65, 200])('computeHmac equals createHmac for a key of %i bytes', (keyBytes) => {
  // 2,048 bytes and 64 are the limits of the fast way.
  const length = fc.oneof(fc.nat(300), fc.constantFrom(0, 2047, 2048, 2049, 65_535))
  const key = fc.uint8Array({ minLength: keyBytes, maxLength: keyBytes })
  fc.assert(
    fc.property(hashName, key, length, fc.nat(), fc.nat(255), (name, key, length, split, fill) => {
      const message = Buffer.alloc(length, fill)
      const at = split % (length + 1)
      expect(computeHmac(name, key, message.subarray(0, at), message.subarray(at))).toEqual(
        createHmac(name, key).update(message).digest(),
      )
    }),
  )
})

test('a short key and a short message leave no bytes of longer ones before them', () => {
  const compute = (key: Buffer, message: Buffer) => [
    computeHmac('sha1', key, message).toString('hex'),
    createHmac('sha1', key).update(message).digest('hex'),
  ]
  for (const [keyBytes, messageBytes] of [
    [64, 2048],
    [1, 1],
    [32, 7],
    [0, 0],
  ] as const) {
    const [ours, theirs] = compute(Buffer.alloc(keyBytes, 9), Buffer.alloc(messageBytes, 7))
    expect(ours).toBe(theirs)
  }
})

test('computeKey returns memory of its own, because users are kept', () => {
  const key = computeKey('md5', 'anna:duet:a password')
  expect(Buffer.from(key).toString('hex')).toBe(createHash('md5').update('anna:duet:a password').digest('hex'))
  expect(key.buffer.byteLength).toBe(16)
})

test('a result of computeHmac stays after the next one', () => {
  const [key, message] = [Buffer.from('key'), Buffer.from('message')]
  const first = computeHmac('sha1', key, message)
  const copy = Buffer.from(first)
  computeHmac('sha1', Buffer.from('another key'), Buffer.from('another message'))
  expect(first).toEqual(copy)
})
