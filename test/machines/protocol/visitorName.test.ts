import fc from 'fast-check'
import { expect, test } from 'vitest'
import { limits } from '../../../machines/protocol/limits.ts'
import { cleanVisitorName } from '../../../machines/protocol/visitorName.ts'

test.each([
  ['  Ben  ', 'Ben'],
  ['Ben\tand\nAnn', 'Ben and Ann'],
  ['nnA\u202e neB\u202c', 'nnA neB'],
  ['\u200b\u2066\u0007', ''],
  ['Be\u0000n', 'Ben'],
  ['Jose\u0301', 'José'],
  ['王小明', '王小明'],
  ['\u3164', ''],
  ['\u115f\u1160 \uffa0', ''],
  ['\u2800', ''],
  ['\u0301\u0301', ''],
  ['\ufe0f', ''],
  ['葛\u{e0100} ❤\ufe0f', '葛\u{e0100} ❤\ufe0f'],
  ['สิทธิ์', 'สิทธิ์'],
  [`Z${'\u0335'.repeat(30)} Ann`, `Z${'\u0335'.repeat(4)} Ann`],
  ['x'.repeat(100), 'x'.repeat(limits.visitorNameCharacters)],
  [`${'😀'.repeat(39)} Ben`, '😀'.repeat(39)],
])('the name %j is cleaned to %j', (typed, name) => {
  expect(cleanVisitorName(typed)).toBe(name)
})

test('a clean name stays unchanged, has no control or bidi character, and is at most 40 characters long', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 160 }), (typed) => {
      const name = cleanVisitorName(typed)
      expect(cleanVisitorName(name)).toBe(name)
      expect(name).not.toMatch(/[\p{C}\p{Zl}\p{Zp}]/u)
      expect([...name].length).toBeLessThanOrEqual(limits.visitorNameCharacters)
    }),
    { numRuns: 2_000 },
  )
})
