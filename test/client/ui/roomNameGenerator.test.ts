import fc from 'fast-check'
import { expect, test } from 'vitest'
import { generateRoomName, encodeProquint } from '../../../client/ui/roomNameGenerator.ts'
import { canonicalRoomName, isRoomName } from '../../../machines/protocol/roomName.ts'

const randomWords = fc.uint16Array({ minLength: 5, maxLength: 5 })

test('a word loses none of its sixteen bits', () => {
  const words = Array.from({ length: 1 << 16 }, (_, bits) => encodeProquint(bits))
  expect(new Set(words).size).toBe(1 << 16)
})

test('a word is as the paper writes it', () => {
  // 127.0.0.1 and 63.84.220.193, arXiv 0901.4016
  expect([0x7f00, 0x0001, 0x3f54, 0xdcc1].map(encodeProquint)).toEqual(['lusab', 'babad', 'gutih', 'tugad'])
})

test('a name holds five words, so 80 bits, whatever chance says', () => {
  expect(generateRoomName().split('-')).toHaveLength(5)
  fc.assert(
    fc.property(randomWords, randomWords, (one, other) => {
      expect(generateRoomName(one) === generateRoomName(other)).toBe(one.every((bits, at) => bits === other[at]))
    }),
  )
})

test('a name can be read aloud: consonants and vowels take turns', () => {
  fc.assert(
    fc.property(randomWords, (random) => {
      expect(generateRoomName(random)).toMatch(
        /^([bdfghjklmnprstvz][aiou][bdfghjklmnprstvz][aiou][bdfghjklmnprstvz](-|$)){5}$/,
      )
    }),
  )
})

test('a name is the name of a room, in its one spelling, however it is typed', () => {
  fc.assert(
    fc.property(randomWords, (random) => {
      const name = generateRoomName(random)
      expect(isRoomName(name)).toBe(true)
      expect(canonicalRoomName(name)).toBe(name)
      expect(canonicalRoomName(`  ${name.toUpperCase().replaceAll('-', ' ')} `)).toBe(name)
    }),
  )
})

test('no two names of a thousand are alike', () => {
  expect(new Set(Array.from({ length: 1000 }, () => generateRoomName())).size).toBe(1000)
})
