import { expect, test } from 'vitest'
import { BinaryAddress, hashAddress } from '../../../turn/engine/binaryAddress.ts'

/** The inverse of 1031 modulo 2 ** 32. */
const inverse = 0x9fe829b7

test('addresses of one /64 that share a sum of multiples do not share a hash', () => {
  const hashes = new Set<number>()
  for (let word2 = 0; word2 < 2_000; word2++)
    hashes.add(hashAddress(0, 1, 2, word2, Math.imul(Math.imul(word2, 131), inverse)))
  expect(hashes.size).toBeGreaterThan(1_990)
})

test('the ports of one address do not share a hash, nor do ports and addresses that cancel each other', () => {
  const ports = Array.from({ length: 2_000 }, (_, port) => hashAddress(port, 0x0100007f, 0, 0, 0))
  const pairs = Array.from({ length: 2_000 }, (_, port) => hashAddress(port, port << 14, 0, 0, 0))
  expect(new Set([...ports, ...pairs]).size).toBeGreaterThan(3_980)
})

test('the hash of an address is the hash of its words, and an integer of 30 bits', () => {
  const { netPort, word0, word1, word2, word3, hash } = new BinaryAddress('2001:db8::1', 3478)
  expect(hash).toBe(hashAddress(netPort, word0, word1, word2, word3))
  expect(hash).toBe(hash & 0x3fffffff)
})
