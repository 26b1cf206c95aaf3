import { describe, expect, test } from 'vitest'
import { isFrameAncestor, readFrameAncestors } from '../../../client/embedding/frameAncestors.ts'
import { parseFrameAncestor } from '../../../server/config/frameAncestors.ts'

const own = 'https://call.example.org'

describe('a page may embed a room if its origin matches a source', () => {
  test.each([
    ['https://a.example', 'https://a.example', true],
    ['https://a.example', 'https://a.example:8443', false],
    ['https://a.example', 'http://a.example', false],
    ['https://a.example', 'https://b.a.example', false],
    ['https://a.example', 'https://a.example.evil.example', false],
    ['https://a.example:8443', 'https://a.example:8443', true],
    ['https://a.example:8443', 'https://a.example', false],
    ['https://a.example:*', 'https://a.example:8443', true],
    ['https://*.a.example', 'https://b.a.example', true],
    ['https://*.a.example', 'https://c.b.a.example', true],
    ['https://*.a.example', 'https://a.example', false],
    ['https://*.a.example', 'https://evila.example', false],
    ['http://localhost:3000', 'http://localhost:3000', true],
    ['http://localhost:3000', 'http://localhost', false],
    ['http://127.0.0.1:*', 'http://127.0.0.1:5173', true],
    ['http://127.0.0.1:*', 'http://localhost:5173', false],
    ["'self'", own, true],
    ["'self'", 'https://a.example', false],
    ['https://a.example', 'null', false],
    ['https://a.example', '', false],
  ])('%s and %s: %s', (source, origin, isAllowed) => {
    expect(parseFrameAncestor(source)).toBe(source)
    expect(isFrameAncestor(origin, [source], own)).toBe(isAllowed)
    expect(isFrameAncestor(origin, ['https://other.example', source], own)).toBe(isAllowed)
    expect(isFrameAncestor(origin, [], own)).toBe(false)
  })

  test('a page without the list of the server allows no origin', () => {
    expect(readFrameAncestors({ querySelector: () => null })).toEqual([])
    const meta = { getAttribute: () => "'self' https://a.example" } as unknown as Element
    expect(readFrameAncestors({ querySelector: () => meta })).toEqual(["'self'", 'https://a.example'])
  })
})
