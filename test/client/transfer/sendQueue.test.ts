import { expect, test } from 'vitest'
import { OutgoingFile } from '../../../client/transfer/outgoingFile.ts'
import { SendQueue } from '../../../client/transfer/sendQueue.ts'
import type { ContentChannel } from '../../../client/webrtc/contentChannel.ts'
import { parseChunk } from '../../../machines/protocol/fileMessages.ts'

const id = '0123456789abcdef'
const nextTurn = () => new Promise((resolve) => setImmediate(resolve))

/** A channel whose buffer drains at a constant rate. */
class Line implements ContentChannel {
  bufferedAmount = 0
  readonly #chunks: { left: number; data: ArrayBuffer }[] = []
  #low = { bytes: 0, listener: (): void => undefined }

  send(data: string | ArrayBuffer): boolean {
    if (typeof data === 'string') return true
    this.bufferedAmount += data.byteLength
    this.#chunks.push({ left: data.byteLength, data })
    return true
  }

  onBufferLow(bytes: number, listener: () => void): () => void {
    this.#low = { bytes, listener }
    return () => undefined
  }

  subscribe = () => () => undefined
  close = () => undefined

  /** Carries bytes, and returns the offsets to acknowledge. */
  carry(bytes: number): number[] {
    const offsets: number[] = []
    for (let budget = bytes, first = this.#chunks[0]; budget > 0 && first; first = this.#chunks[0]) {
      const before = this.bufferedAmount
      const carried = Math.min(budget, first.left)
      first.left -= carried
      budget -= carried
      this.bufferedAmount -= carried
      if (first.left === 0) {
        this.#chunks.shift()
        const chunk = parseChunk(first.data)
        if (chunk?.wantsAck) offsets.push(chunk.offset + chunk.bytes.length)
      }
      if (before > this.#low.bytes && this.bufferedAmount <= this.#low.bytes) this.#low.listener()
    }
    return offsets
  }
}

test.each([
  [1_300, 50],
  [1_700, 66],
])(
  'a file of 36 s arrives at %i bytes/ms with %i ms, although the window drains after 30 s',
  async (rate, ms) => {
    let now = 0
    let isSent = false
    const line = new Line()
    const queue = new SendQueue(line, () => now)
    const block = new Uint8Array(64 * 1024)
    const slice = (start: number, end: number) => ({
      arrayBuffer: () => Promise.resolve(block.slice(0, end - start).buffer),
    })
    const file = new OutgoingFile(
      { name: 'a', size: rate * 36_000, slice },
      { onReady: () => queue.pump(), onSent: () => (isSent = true), onUnreadable: () => undefined },
    )
    queue.add(id, file)
    file.start(0)
    const acks: { at: number; offset: number }[] = []
    for (; !isSent && now < 60_000; now++) {
      await nextTurn()
      for (const offset of line.carry(rate)) acks.push({ at: now + ms, offset })
      while (acks[0] && acks[0].at <= now) queue.acknowledge(id, acks.shift()?.offset ?? 0)
    }
    expect(file.offset).toBe(rate * 36_000)
  },
  120_000,
)
