import { expect, test } from 'vitest'
import type { Writable } from 'node:stream'
import * as ws from 'ws'
import { encodeTextFrame } from '../../../server/ws/textFrame.ts'

/** The types of ws omit its parser. */
const { Receiver } = ws as unknown as { Receiver: new (options: object) => Writable }

const encode = (text: string): string | null => encodeTextFrame(text, Buffer.byteLength(text))

test.each([0, 1, 125, 126, 127, 255, 256, 65_535])('ws reads a text frame of %i bytes', (bytes) => {
  const receiver = new Receiver({ isServer: false })
  const texts: string[] = []
  receiver.on('message', (data: Buffer) => texts.push(data.toString()))
  const text = '{"x":'.repeat(bytes).slice(0, bytes)
  receiver.write(Buffer.from(encode(text)!, 'latin1'))
  expect(texts).toEqual([text])
})

test.each(['é', '早', '😀', 'a'.repeat(65_536)])('text beyond ASCII or 64 KiB has no short form', (text) => {
  expect(encode(text)).toBeNull()
})
