import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { limits } from '../../../machines/protocol/limits.ts'
import { canonicalRoomName, isRoomName } from '../../../machines/protocol/roomName.ts'

const anyText = fc.string({ unit: 'binary' })
/** Text as people type it: letters of some alphabets, all kinds of spaces and dashes. */
const typed = fc.string({ unit: fc.constantFrom(...'aZé9ßİÅ가나あ-_. \u00a0\u2003\u2010\u2013\u2014\u0301ﬁⅧ') })

describe('canonicalRoomName', () => {
  test('is idempotent', () => {
    fc.assert(
      fc.property(fc.oneof(anyText, typed), (text) => {
        const once = canonicalRoomName(text)
        expect(canonicalRoomName(once)).toBe(once)
      }),
      { numRuns: 2_000 },
    )
  })

  test('leaves plain names unchanged, which skip the normalization', () => {
    const unit = fc.constantFrom(...'abz019-_.')
    // An invisible character skips nothing.
    fc.assert(
      fc.property(fc.string({ unit, maxLength: 12 }), (text) => {
        expect(canonicalRoomName(text)).toBe(canonicalRoomName(`${text}\u200b`))
      }),
      { numRuns: 2_000 },
    )
  })

  test('is idempotent for every Unicode character', () => {
    const unstable: string[] = []
    for (let code = 0; code <= 0x10ffff; code++) {
      const once = canonicalRoomName(`a${String.fromCodePoint(code)}`)
      if (canonicalRoomName(once) !== once) unstable.push(code.toString(16))
    }
    expect(unstable).toEqual([])
  })

  test.each([
    ['case', 'Blue Whale', 'blue-whale'],
    ['surrounding spaces', '  blue whale\n', 'blue-whale'],
    ['kinds of dash', 'blue\u2010whale\u2013sings—low', 'blue-whale-sings-low'],
    ['repeated spaces', 'blue   whale', 'blue-whale'],
    ['the composition of an accent', 'cafe\u0301', 'café'],
    ['full-width letters', 'ｂｌｕｅ', 'blue'],
    ['Chinese', '蓝 鲸', '蓝-鲸'],
    ['a trailing full stop', 'blue-whale.', 'blue-whale'],
    ['surrounding brackets and quotes', '(“blue-whale”)', 'blue-whale'],
    ['invisible characters', 'blue\u200b-wh\u00adale\ufeff', 'blue-whale'],
    ['full-width punctuation', 'blue-whale。', 'blue-whale'],
    ['a trailing combining mark', 'हिन्दी', 'हिन्दी'],
  ])('does not depend on %s', (_, text, spelling) => {
    expect(canonicalRoomName(text)).toBe(spelling)
  })
})

describe('a room name', () => {
  test('survives a URL unchanged', () => {
    fc.assert(
      fc.property(fc.oneof(anyText, typed).map(canonicalRoomName).filter(isRoomName), (name) => {
        const path = new URL(`/r/${encodeURIComponent(name)}`, 'http://localhost').pathname
        expect(decodeURIComponent(path.slice('/r/'.length))).toBe(name)
      }),
      { numRuns: 2_000 },
    )
  })

  test.each([
    '',
    '-',
    '.',
    '..',
    '_a',
    'a/b',
    'a?b',
    'a#b',
    'a b',
    'a\u200bb',
    'a\u202eb',
    'a%2fb',
    '\ud800',
    'a'.repeat(limits.roomNameCharacters + 1),
  ])('is not %j', (text) => {
    expect(isRoomName(text)).toBe(false)
  })

  test.each(['a', '1', 'blue-whale', 'room_7.b', '蓝鲸', 'हिन्दी', 'a'.repeat(limits.roomNameCharacters)])(
    'may be %j',
    (text) => {
      expect(isRoomName(canonicalRoomName(text))).toBe(true)
    },
  )
})
