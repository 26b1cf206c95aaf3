import fc from 'fast-check'
import { expect, test } from 'vitest'
import { limits } from '../../../machines/protocol/limits.ts'
import { sendInput } from '../../../machines/protocol/messages.ts'
import { isPlainCandidate } from '../../../server/api/plainCandidate.ts'

// The schema decides for all input that `isPlainCandidate` does not recognize. So only false acceptance would be a fault.

const line = 'candidate:842163049 1 udp 1677729535 192.0.2.17 46154 typ srflx raddr 0.0.0.0 rport 0 generation 0'
const plain = {
  room: 'blue-door',
  seq: 1,
  message: {
    type: 'candidate',
    connection: 'a1.1',
    candidate: { candidate: line, sdpMid: '0', sdpMLineIndex: 0, usernameFragment: 'eGzA' },
  },
}

/** Values at the limits of every field, and beside them. */
const value = fc.oneof(
  fc.constantFrom<unknown>(
    null,
    '',
    line,
    line.replace('192.0.2.17', 'example.org'),
    line.padEnd(limits.candidateCharacters, 'x'),
    line.padEnd(limits.candidateCharacters + 1, 'x'),
    'blue-door',
    'Blue Door',
    'blue--door',
    'x'.repeat(limits.roomNameCharacters),
    'x'.repeat(limits.roomNameCharacters + 1),
    'ä',
    'a\u0308',
    'a1.1',
    'b999999999999999.999999999',
    'a1.1\n',
    'c1.1',
    ...[64, 65, 256, 257].map((length) => 'y'.repeat(length)),
    ...[-1, -0, 0, 1, 1.5, 255, 256, 1e9, 1e9 + 1],
    'candidate',
    'offer',
  ),
  fc.jsonValue(),
)
const paths = ['', 'message', 'message.candidate'].flatMap((owner) => {
  const object = owner.split('.').reduce<object>((at, key) => (key ? at[key as never] : at), plain)
  return [...Object.keys(object), 'more', '__proto__'].map((key) => [...owner.split('.'), key].filter(Boolean))
})

/** Sets or removes the value at a path, as JSON. */
function change(input: object, path: readonly string[], replacement: unknown): unknown {
  const [key = '', ...rest] = path
  const entries = Object.entries(input).filter(([name]) => name !== key)
  const old = (input as Record<string, unknown>)[key]
  if (rest.length > 0 && (typeof old !== 'object' || old === null)) return input
  const next = rest.length > 0 ? change(old as object, rest, replacement) : replacement
  if (next !== undefined) entries.push([key, next])
  return JSON.parse(`{${entries.map((entry) => entry.map((part) => JSON.stringify(part)).join(':')).join(',')}}`)
}

const changes = fc.array(fc.tuple(fc.constantFrom(...paths), fc.oneof(value, fc.constant(undefined))), {
  minLength: 1,
  maxLength: 2,
})

test('the schema accepts every plain candidate and returns it unchanged', () => {
  let accepted = 0
  fc.assert(
    fc.property(changes, (list) => {
      const input = list.reduce<unknown>((at, [path, replacement]) => change(at as object, path, replacement), plain)
      if (!isPlainCandidate(input)) return
      accepted++
      expect(sendInput.safeParse(input)).toEqual({ success: true, data: input })
    }),
    { numRuns: 5_000 },
  )
  expect(accepted).toBeGreaterThan(100)
})

test('candidates of browsers are plain: the last one, of mDNS, over TCP, and without a media line', () => {
  const { message } = plain
  const withCandidate = (more: object): object => ({
    ...plain,
    message: { ...message, candidate: { ...message.candidate, ...more } },
  })
  for (const more of [
    {},
    { candidate: '' },
    { candidate: line.replace('192.0.2.17', '1f4712db-ea17-4bcf-a596-105139dfd8bf.local') },
    { candidate: 'candidate:1 1 tcp 1518280447 2001:db8::1 9 typ host tcptype active generation 0' },
    { sdpMid: null, sdpMLineIndex: null, usernameFragment: null },
  ])
    expect(isPlainCandidate(withCandidate(more)), JSON.stringify(more)).toBe(true)
})
