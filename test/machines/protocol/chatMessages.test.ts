import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type ChatMessage, parseChatMessage } from '../../../machines/protocol/chatMessages.ts'
import { cleanChatText } from '../../../machines/protocol/chatText.ts'
import { contentLimits } from '../../../machines/protocol/contentLimits.ts'

const stay = 's'.repeat(43)
const examples: ChatMessage[] = [
  { type: 'hello', stay, received: null },
  { type: 'hello', stay, received: { stay: 'p'.repeat(43), seq: 3 } },
  { type: 'text', seq: 1, text: 'Hello\n<b>world</b>', ageMs: 0 },
  { type: 'ack', seq: 2 ** 32 },
]

describe('a chat message', () => {
  test.each(examples)('of type $type is parsed as it was sent', (message) => {
    expect(parseChatMessage(JSON.stringify(message))).toEqual(message)
  })

  test.each(examples)('of type $type is rejected with a wrong field', (message) => {
    for (const field of Object.keys(message))
      for (const wrong of [[], {}, true, -1, 1.5, 2 ** 60, ''])
        expect(parseChatMessage(JSON.stringify({ ...message, [field]: wrong })), `${field} ${String(wrong)}`).toBeNull()
  })

  test('loses unknown fields', () => {
    expect(parseChatMessage(JSON.stringify({ ...examples[3], more: 1 }))).toEqual(examples[3])
  })

  test.each(['', 'null', '[]', '7', '{}', '{"type":"constructor"}', '{"type":"text"}', '{"type":"ack","seq":0}'])(
    '%j is invalid',
    (text) => expect(parseChatMessage(text)).toBeNull(),
  )

  test('of bytes is invalid', () => {
    expect(parseChatMessage(new ArrayBuffer(4))).toBeNull()
  })

  test('is at most as long as the longest text with its envelope', () => {
    const longest = '"'.repeat(contentLimits.chatTextCharacters)
    const create = (text: string): string =>
      JSON.stringify({ type: 'text', seq: 2 ** 32, text, ageMs: 7 * 24 * 60 * 60 * 1000 })
    expect(parseChatMessage(create(longest))).toMatchObject({ text: longest })
    expect(create(longest).length).toBeLessThanOrEqual(contentLimits.chatMessageCharacters)
    expect(parseChatMessage(create(`${longest}x`))).toBeNull()
    expect(parseChatMessage(`${create('x')}${' '.repeat(contentLimits.chatMessageCharacters)}`)).toBeNull()
  })

  test('never throws, and yields only clean texts, whatever arrives', () => {
    const hostile = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.json(),
      fc
        .record({
          type: fc.constantFrom('hello', 'text', 'ack'),
          seq: fc.anything(),
          text: fc.anything(),
          stay: fc.anything(),
        })
        .map((value) => {
          try {
            return JSON.stringify(value) ?? ''
          } catch {
            return ''
          }
        }),
      fc
        .string({ unit: 'binary', minLength: 1, maxLength: 200 })
        .map((text) => JSON.stringify({ type: 'text', seq: 1, text, ageMs: 0 })),
    )
    fc.assert(
      fc.property(hostile, (data) => {
        const message = parseChatMessage(data)
        if (message?.type !== 'text') return
        expect(message.text).not.toMatch(/[\p{Cs}\u202a-\u202e\u2060-\u206f\ufeff]|(?![\n\t])\p{Cc}/u)
        expect(message.text).not.toBe('')
        expect(cleanChatText(message.text)).toBe(message.text)
      }),
    )
  })
})

describe('a chat text', () => {
  test.each([
    ['markup stays text', '<img src=x onerror=alert(1)>', '<img src=x onerror=alert(1)>'],
    ['all line ends are one', 'a\r\nb\rc\u2028d\u0085e', 'a\nb\nc\nd\ne'],
    ['control characters vanish', 'a\u0000b\u0007c\u009bd', 'abcd'],
    ['direction overrides vanish', 'a\u202eb\u2066c', 'abc'],
    ['lone surrogates vanish', 'a\ud800b', 'ab'],
    ['emoji of several characters stay', '👩‍🚀🏳️‍🌈', '👩‍🚀🏳️‍🌈'],
    ['joiners of Persian stay', 'می‌خواهم', 'می‌خواهم'],
    ['indentation stays', '\tif (x) {\n  y()', '\tif (x) {\n  y()'],
    ['empty lines are at most two', 'a\n\n\n\n\n\nb', 'a\n\n\nb'],
    ['space at the ends vanishes', '\n\n  a  \n\n', '  a'],
    ['spaces only are nothing', ' \u00a0\n\t\u200b\u2800', ''],
    ['a pile of marks gets flat', `a${'\u0301'.repeat(40)}`, `a${'\u0301'.repeat(4)}`],
  ])('%s', (_, typed, shown) => {
    expect(cleanChatText(typed)).toBe(shown)
  })

  // With quadratic time per text this takes minutes.
  test('is cleaned in linear time', () => {
    const text = `a${' '.repeat(contentLimits.chatTextCharacters - 2)}b`
    for (let count = 0; count < 2_000; count++) expect(cleanChatText(text)).toBe(text)
  }, 30_000)

  test('is cut at its limit', () => {
    expect(cleanChatText('x'.repeat(contentLimits.chatTextCharacters + 9))).toHaveLength(
      contentLimits.chatTextCharacters,
    )
  })

  test('that is clean stays unchanged', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 300 }), (typed) => {
        const clean = cleanChatText(typed)
        expect(cleanChatText(clean)).toBe(clean)
      }),
    )
  })
})
