import { expect, test } from 'vitest'
import { type ChannelMessage, readChannelMessage } from '../../../machines/protocol/dataChannelMessages.ts'

const bytes = 'A'.repeat(43)
const media = { microphone: true, camera: false, screen: false }
const messages: ChannelMessage[] = [
  { type: 'beat', n: 1, media }, { type: 'bye' }, { type: 'commit', commitment: bytes }, { type: 'reveal', nonce: bytes },
  { type: 'secret', secret: bytes },
]

test.each(messages)('a message of kind $type is read as it was said', (message) => {
  expect(readChannelMessage(JSON.stringify(message))).toEqual(message)
})

test('what else a message carries is not passed on', () => {
  const text = JSON.stringify({ type: 'beat', n: 1, media: { ...media, more: 1 }, verified: true })
  expect(readChannelMessage(text)).toEqual({ type: 'beat', n: 1, media })
})

test.each([
  '', 'no JSON', 'null', '[]', '7', '{}', '{"type":"verified"}', '{"type":"beat"}', JSON.stringify({ type: 'beat', n: 0, media }),
  JSON.stringify({ type: 'beat', n: 1.5, media }), JSON.stringify({ type: 'beat', n: 1, media: { microphone: true } }),
  JSON.stringify({ type: 'commit', commitment: 'short' }), JSON.stringify({ type: 'reveal', nonce: `${bytes}A` }),
  JSON.stringify({ type: 'secret', secret: bytes.slice(1) }),
  JSON.stringify({ type: 'bye', padding: ' '.repeat(1_000) }),
])('%j is no message', (text) => {
  expect(readChannelMessage(text)).toBeNull()
})

test('bytes are no message', () => {
  expect(readChannelMessage(new ArrayBuffer(4))).toBeNull()
})
