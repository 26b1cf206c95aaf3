import { expect, test } from 'vitest'
import { parseChannelMessage } from '../../../machines/protocol/dataChannelMessages.ts'
import { channelExamples } from '../../server/api/protocolExamples.ts'

const bytes = 'A'.repeat(43)
const media = { microphone: true, camera: false, screen: false }

test.each(Object.values(channelExamples).flat())('a message of type $type is parsed as it was sent', (message) => {
  expect(parseChannelMessage(JSON.stringify(message))).toEqual(message)
})

test.each(Object.values(channelExamples).flat())(
  'a message of type $type is rejected with a wrong field',
  (message) => {
    for (const field of Object.keys(message))
      expect(parseChannelMessage(JSON.stringify({ ...message, [field]: [] })), field).toBeNull()
  },
)

test('unknown properties of a message are dropped', () => {
  const text = JSON.stringify({ type: 'heartbeat', seq: 1, media: { ...media, more: 1 }, verified: true })
  expect(parseChannelMessage(text)).toEqual({ type: 'heartbeat', seq: 1, media })
})

test.each([
  '',
  'no JSON',
  'null',
  '[]',
  '7',
  '{}',
  '{"type":"verified"}',
  '{"type":"constructor"}',
  '{"type":"heartbeat"}',
  JSON.stringify({ type: 'heartbeat', seq: 0, media }),
  JSON.stringify({ type: 'heartbeat', seq: 1.5, media }),
  JSON.stringify({ type: 'heartbeat', seq: 1, media: { microphone: true } }),
  JSON.stringify({ type: 'commit', commitment: 'short' }),
  JSON.stringify({ type: 'reveal', nonce: `${bytes}A` }),
  JSON.stringify({ type: 'secret', secret: bytes.slice(1) }),
  JSON.stringify({ type: 'hangup', padding: ' '.repeat(1_000) }),
])('%j is not a message', (text) => {
  expect(parseChannelMessage(text)).toBeNull()
})

test('binary data is not a message', () => {
  expect(parseChannelMessage(new ArrayBuffer(4))).toBeNull()
})
