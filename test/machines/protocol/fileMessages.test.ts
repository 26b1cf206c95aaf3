import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  chunkHeaderBytes,
  encodeChunk,
  type FileMessage,
  parseChunk,
  parseFileMessage,
} from '../../../machines/protocol/fileMessages.ts'
import { contentLimits } from '../../../machines/protocol/contentLimits.ts'

const id = '0123456789abcdef'
const sha256 = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'

/** One of each type. */
const examples: { [T in FileMessage['type']]: Extract<FileMessage, { type: T }> } = {
  offer: { type: 'offer', id, name: 'photo.jpg', size: 2_500_000 },
  offered: { type: 'offered' },
  accept: { type: 'accept', id, offset: 0 },
  received: { type: 'received', id, offset: 65_536 },
  end: { type: 'end', id, sha256 },
  stored: { type: 'stored', id },
  cancel: { type: 'cancel', id, reason: 'declined' },
}

test.each(Object.values(examples))('a message of type $type is parsed as it was sent', (message) => {
  expect(parseFileMessage(JSON.stringify({ ...message, unknown: 1 }))).toEqual(message)
})

test.each(Object.values(examples))('a message of type $type is rejected with a wrong or missing field', (message) => {
  for (const field of Object.keys(message))
    for (const value of [[], null, undefined, '', -1, 0.5, 1e300, '../..', 'A'.repeat(16)]) {
      if ((field === 'name' && typeof value === 'string') || (field === 'type' && message.type === 'offered')) continue
      expect(parseFileMessage(JSON.stringify({ ...message, [field]: value })), `${field} ${value}`).toBeNull()
    }
})

test.each(['', 'no JSON', 'null', '[]', '7', '{}', '{"type":"constructor"}', '{"type":"toString"}'])(
  '%j is not a message',
  (text) => expect(parseFileMessage(text)).toBeNull(),
)

test.each([
  [contentLimits.fileBytes, true],
  [contentLimits.fileBytes + 1, false],
  [Number.NaN, false],
  [-1, false],
])('an offer of %d bytes is valid: %s', (size, isValid) => {
  expect(parseFileMessage(JSON.stringify({ ...examples.offer, size })) !== null).toBe(isValid)
})

test('the name of an offer is clean, and a message above the limit is rejected', () => {
  expect(parseFileMessage(JSON.stringify({ ...examples.offer, name: '../\u202ea\n.txt' }))).toMatchObject({
    name: '_a .txt',
  })
  expect(
    parseFileMessage(JSON.stringify({ ...examples.offer, name: 'a'.repeat(contentLimits.fileMessageCharacters) })),
  ).toBeNull()
})

test('no text makes the parser throw', () => {
  const field = fc.oneof(
    fc.jsonValue(),
    fc.constantFrom(...Object.values(examples).flatMap((each) => Object.values(each))),
  )
  const message = fc.record({
    type: fc.constantFrom(...Object.keys(examples)),
    id: field,
    name: field,
    size: field,
    offset: field,
    sha256: field,
    reason: field,
  })
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fc.json(),
        message.map((value) => JSON.stringify(value)),
      ),
      (text) => {
        const parsed = parseFileMessage(text)
        expect(parsed === null || Object.hasOwn(examples, parsed.type)).toBe(true)
      },
    ),
  )
})

test('a chunk is parsed as it was sent', () => {
  fc.assert(
    fc.property(
      fc.stringMatching(/^[0-9a-f]{16}$/),
      fc.integer({ min: 0, max: 2 ** 48 - 1 }),
      fc.boolean(),
      fc.uint8Array({ minLength: 1, maxLength: 100 }),
      (chunkId, offset, wantsAck, bytes) => {
        const chunk = { id: chunkId, offset, wantsAck, bytes: new Uint8Array(bytes) }
        expect(parseChunk(encodeChunk(chunk))).toEqual(chunk)
      },
    ),
  )
})

test('a chunk without bytes, or with more than its limit, is rejected', () => {
  expect(parseChunk(new ArrayBuffer(0))).toBeNull()
  expect(parseChunk(new ArrayBuffer(chunkHeaderBytes))).toBeNull()
  expect(parseChunk(new ArrayBuffer(chunkHeaderBytes + contentLimits.fileChunkBytes))).not.toBeNull()
  expect(parseChunk(new ArrayBuffer(chunkHeaderBytes + contentLimits.fileChunkBytes + 1))).toBeNull()
})
