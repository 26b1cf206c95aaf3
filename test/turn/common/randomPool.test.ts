import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createRandomPool } from '../../../turn/common/randomPool.ts'

/** Draws that never repeat within 65,536 values: each pair of bytes is a counter. */
function createCounter() {
  const draws: Uint8Array[] = []
  let next = 0
  const draw = (bytes: number): Uint8Array => {
    const drawn = Buffer.alloc(bytes)
    for (let i = 0; i + 1 < bytes; i += 2) drawn.writeUInt16BE(next++ & 0xffff, i)
    draws.push(drawn)
    return drawn
  }
  return { draws, draw }
}

test('no random byte is used twice, and a pool keeps none that was used', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 8 }), { minLength: 1, maxLength: 2000 }), (sizes) => {
      const { draws, draw } = createCounter()
      const random = createRandomPool(draw)
      const seen = sizes.flatMap((size) => {
        const bytes = Buffer.from(random(2 * size))
        expect(bytes).toHaveLength(2 * size)
        return Array.from({ length: size }, (_, i) => bytes.readUInt16BE(2 * i))
      })
      expect(new Set(seen).size).toBe(seen.length)
      const kept = new Set(draws.flatMap((drawn) => [...new Uint16Array(drawn.buffer, drawn.byteOffset, 2048)]))
      const swapped = seen.map((value) => ((value & 0xff) << 8) | (value >> 8)).filter((value) => value !== 0)
      expect(swapped.filter((value) => kept.has(value))).toEqual([])
    }),
    { numRuns: 20 },
  )
})

test('a key is drawn alone, without a pool', () => {
  const { draws, draw } = createCounter()
  const random = createRandomPool(draw)
  expect([random(32), draws.map(({ length }) => length)]).toEqual([draws[0], [32]])
})

test('a result does not change when the pool is used further', () => {
  const random = createRandomPool()
  const token = random(8)
  const copy = Uint8Array.from(token)
  for (let i = 0; i < 2000; i++) random(8)
  expect([token, token.buffer.byteLength]).toEqual([copy, 8])
})
