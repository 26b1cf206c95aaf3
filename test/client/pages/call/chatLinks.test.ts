import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { splitLinks } from '../../../../client/pages/call/chatLinks.ts'

const links = (text: string): (string | null)[] => splitLinks(text).flatMap(({ href }) => (href === null ? [] : [href]))

test.each([
  ['see https://example.org/a?b=c#d now', ['https://example.org/a?b=c#d']],
  ['Https://Example.org', ['https://example.org/']],
  ['(see https://example.org/a).', ['https://example.org/a']],
  ['https://en.wikipedia.org/wiki/Duet_(music), and more', ['https://en.wikipedia.org/wiki/Duet_(music)']],
  ['看 http://例え.jp/あ。好', ['http://xn--r8jz45g.jp/%E3%81%82%E3%80%82%E5%A5%BD']],
  ['two: http://a.example http://b.example!', ['http://a.example/', 'http://b.example/']],
  ['no links: javascript:alert(1) data:text/html,x ftp://a.example file:///etc example.org', []],
  ['https://bank.example@evil.example/', []],
  ['https:// http://? https://[x', []],
  ['<a href="https://a.example">x</a>', ['https://a.example/']],
  ['"https://a.example"onmouseover="x"', ['https://a.example/']],
])('the links of %j', (text, expected) => {
  expect(links(text)).toEqual(expected)
})

// With cubic time this takes minutes.
test('a URL with thousands of dots and brackets is trimmed in linear time', () => {
  const url = `http://a${'.'.repeat(6_000)}a`
  expect(splitLinks(url + ')'.repeat(6_000)).map(({ text }) => text.length)).toContain(6_000)
  expect(splitLinks(`http://b.example/${'().'.repeat(4_000)}`)[0]?.text).toBe(
    `http://b.example/${'().'.repeat(4_000)}`.slice(0, -1),
  )
}, 30_000)

test('the pieces of a text are the text, and each link is http or https without a user name', () => {
  const word = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.webUrl(),
    fc.constantFrom('https://', 'javascript:', '@', ')', '"', '<', ' ', 'http://a.example'),
  )
  fc.assert(
    fc.property(fc.array(word, { maxLength: 8 }), (words) => {
      const text = words.join('')
      const pieces = splitLinks(text)
      expect(pieces.map((piece) => piece.text).join('')).toBe(text)
      for (const href of links(text)) expect(href).toMatch(/^https?:\/\/[^@/]+(\/|$)/)
    }),
  )
})
