import fc from 'fast-check'
import { expect, test } from 'vitest'
import { generateRoomName, encodeProquint } from '../../../client/ui/roomNameGenerator.ts'
import { isGeneratedRoomName } from '../../../client/pages/door/generatedName.ts'
import { canonicalRoomName, isRoomName } from '../../../machines/protocol/roomName.ts'

const randomWords = fc.uint16Array({ minLength: 5, maxLength: 5 })

test('a proquint encodes all of its 16 bits', () => {
  const words = Array.from({ length: 1 << 16 }, (_, bits) => encodeProquint(bits))
  expect(new Set(words).size).toBe(1 << 16)
})

test('encodeProquint matches the vectors of the paper', () => {
  // 127.0.0.1 and 63.84.220.193, arXiv 0901.4016
  expect([0x7f00, 0x0001, 0x3f54, 0xdcc1].map(encodeProquint)).toEqual(['lusab', 'babad', 'gutih', 'tugad'])
})

test('a room name has five words, so 80 bits', () => {
  expect(generateRoomName().split('-')).toHaveLength(5)
  fc.assert(
    fc.property(randomWords, randomWords, (one, other) => {
      expect(generateRoomName(one) === generateRoomName(other)).toBe(one.every((bits, at) => bits === other[at]))
    }),
  )
})

test('a room name alternates consonants and vowels', () => {
  fc.assert(
    fc.property(randomWords, (random) => {
      expect(generateRoomName(random)).toMatch(
        /^([bdfghjklmnprstvz][aiou][bdfghjklmnprstvz][aiou][bdfghjklmnprstvz](-|$)){5}$/,
      )
    }),
  )
})

test('a generated name is a canonical room name, however the user types it', () => {
  fc.assert(
    fc.property(randomWords, (random) => {
      const name = generateRoomName(random)
      expect(isRoomName(name)).toBe(true)
      expect(canonicalRoomName(name)).toBe(name)
      expect(canonicalRoomName(`  ${name.toUpperCase().replaceAll('-', ' ')} `)).toBe(name)
    }),
  )
})

test('1,000 generated names are distinct', () => {
  expect(new Set(Array.from({ length: 1000 }, () => generateRoomName())).size).toBe(1000)
})

test('a generated name is recognized, and a name picked by hand is not', () => {
  for (let n = 0; n < 100; n++) expect(isGeneratedRoomName(generateRoomName())).toBe(true)
  for (const name of ['kitchen-table', 'room-1', 'lusab', 'lusab-gutih-tugad-mudof', 'lusab-gutih-tugad-mudof-sakat-x'])
    expect(isGeneratedRoomName(name), name).toBe(false)
})
