import type { ContentChannel, ContentListener } from '../../../client/webrtc/contentChannel.ts'

type Message = string | ArrayBuffer

/** One end of a fake channel: ordered, reliable, and lost with everything on its way when it is cut. */
export class FakeContentChannel implements ContentChannel {
  readonly sent: Message[] = []
  peer: FakeContentChannel | null = null
  isClosed = false
  bufferedAmount = 0
  readonly #onTurn: () => void
  #listener: ContentListener | null = null
  #onLow: { bytes: number; listener: () => void } | null = null
  #queue: Message[] = []

  constructor(onTurn: () => void) {
    this.#onTurn = onTurn
  }

  send(data: Message): boolean {
    if (this.isClosed) return false
    this.sent.push(data)
    this.bufferedAmount += sizeOf(data)
    this.#queue.push(data)
    if (this.#queue.length === 1) setImmediate(() => this.#deliver())
    return true
  }

  onBufferLow(bytes: number, listener: () => void): () => void {
    this.#onLow = { bytes, listener }
    return () => (this.#onLow = null)
  }

  subscribe(listener: ContentListener): () => void {
    this.#listener = listener
    return () => (this.#listener = null)
  }

  close(): void {
    if (this.isClosed) return
    this.isClosed = true
    this.#queue = []
    this.#listener?.onClose()
    this.peer?.close()
  }

  /** Delivers one message in each turn of the event loop. */
  #deliver(): void {
    if (this.isClosed) return
    const data = this.#queue.shift()
    if (data === undefined) return
    if (this.#queue.length > 0) setImmediate(() => this.#deliver())
    this.bufferedAmount -= sizeOf(data)
    this.peer?.receive(data)
    if (this.#onLow && this.bufferedAmount <= this.#onLow.bytes) this.#onLow.listener()
    this.#onTurn()
  }

  receive(data: Message): void {
    if (!this.isClosed) this.#listener?.onMessage(data)
  }
}

/** Returns the two ends. `onTurn` is called after each delivered message. */
export function createChannelPair(onTurn: () => void = () => undefined): [FakeContentChannel, FakeContentChannel] {
  const one = new FakeContentChannel(onTurn)
  const other = new FakeContentChannel(onTurn)
  one.peer = other
  other.peer = one
  return [one, other]
}

const sizeOf = (data: Message): number => (typeof data === 'string' ? data.length : data.byteLength)
