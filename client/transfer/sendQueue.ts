import { chunkHeaderBytes, encodeChunk } from '../../machines/protocol/fileMessages.ts'
import type { ContentChannel } from '../webrtc/contentChannel.ts'
import type { OutgoingFile } from './outgoingFile.ts'
import { SendWindow } from './sendWindow.ts'

/** Bytes that wait in the browser. With more, a control message would wait behind them in some browsers. */
const maxBufferedBytes = 64 * 1024

/** Sends the chunks of several files over one channel, in turn, within one window. */
export class SendQueue {
  readonly #channel: ContentChannel
  readonly #now: () => number
  readonly #window = new SendWindow()
  /** The files that are sent. The first is next. */
  readonly #files = new Map<string, OutgoingFile>()
  readonly #stop: () => void

  /** @param now a monotonic clock in ms */
  constructor(channel: ContentChannel, now: () => number) {
    this.#channel = channel
    this.#now = now
    this.#stop = channel.onBufferLow(maxBufferedBytes / 2, () => this.pump())
  }

  /** Adds a file that is about to start. */
  add(id: string, file: OutgoingFile): void {
    this.#files.set(id, file)
  }

  /** Removes a file. Its bytes in flight no longer count. */
  remove(id: string): void {
    if (this.#files.delete(id)) this.pump()
  }

  /** Counts an acknowledgement. Returns false if none was asked for. */
  acknowledge(id: string, offset: number): boolean {
    const now = this.#now()
    const counted = this.#files.get(id)?.acknowledge(offset, now)
    if (!counted) return false
    this.#window.onAck(counted.acked, counted.roundTripMs, now)
    this.pump()
    return true
  }

  /** Sends what the window allows. Call it when a file is ready. */
  pump(): void {
    while (this.#room > 0 && this.#channel.bufferedAmount < maxBufferedBytes) {
      const next = [...this.#files].find(([, file]) => file.isReady)
      if (!next) return
      const [id, file] = next
      const room = this.#room
      // The last chunk before a stop asks, also if the browser's buffer is full: the window may shrink meanwhile.
      const bufferRoom = maxBufferedBytes - this.#channel.bufferedAmount - chunkHeaderBytes
      const chunk = file.take(this.#now(), (bytes) => bytes >= Math.min(room, bufferRoom))
      if (!this.#channel.send(encodeChunk({ id, ...chunk }))) return this.close()
      if (chunk.wantsAck) this.#moveToEnd(id, file)
      file.readAhead()
    }
  }

  /** Stops. May be called twice. */
  close(): void {
    this.#stop()
    this.#files.clear()
  }

  get #room(): number {
    let inFlight = 0
    for (const file of this.#files.values()) inFlight += file.inFlight
    return this.#window.bytes - inFlight
  }

  #moveToEnd(id: string, file: OutgoingFile): void {
    this.#files.delete(id)
    this.#files.set(id, file)
  }
}
