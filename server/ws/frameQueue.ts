import type { WebSocket } from 'ws'

/** One frame that was received. */
export interface Frame {
  readonly socket: WebSocket
  /** The sender's rate limit key: an IPv4 address or an IPv6 /64. */
  readonly address: string
  /** Tokens that it takes from its address. */
  readonly tokens: number
  readonly data: Buffer
}

interface FrameQueueOptions {
  /** Time in ms for frames in one turn of the event loop. */
  maxMsPerTurn: number
  /** Takes so many tokens of an address; false while it has too few. */
  takeTokens(address: string, tokens: number): boolean
  onFrame(frame: Frame): void
  /** Called with the bytes that a frame holds while it waits, and with their negative once it does not. */
  onBufferedBytes(address: string, bytes: number): void
}

/** A frame that waits holds more than its bytes: views, the entry, and parts of the segment that it came with. */
const frameOverheadBytes = 1_024

/** How often addresses without tokens are looked at, in ms. */
const retryMs = 50

/**
 * Lets no address take the event loop for itself. A frame is read at once while this turn of the loop has time left and nobody
 * waits. Otherwise its socket is paused, so TCP slows the sender down, and the frame waits; addresses take turns.
 * Without this, 15 full frames of one socket held up everybody else for as long as they took.
 */
export class FrameQueue {
  readonly #options: FrameQueueOptions
  /** In the order in which addresses have their turn. */
  readonly #waiting = new Map<string, Frame[]>()
  /** How many frames of a socket wait. */
  readonly #counts = new Map<WebSocket, number>()
  #turnStartedAtMs = 0
  #isInTurn = false
  #timer: NodeJS.Timeout | undefined
  #isDraining = false
  #isClosed = false

  constructor(options: FrameQueueOptions) {
    this.#options = options
  }

  /** Reads the frame, now or later. */
  push(frame: Frame): void {
    const { takeTokens, onFrame } = this.#options
    if (this.#waiting.size === 0 && this.#hasTime() && takeTokens(frame.address, frame.tokens)) onFrame(frame)
    else this.#enqueue(frame)
  }

  isWaiting(socket: WebSocket): boolean {
    return this.#counts.has(socket)
  }

  /** Drops the frames of a socket that is closed. */
  removeSocket(socket: WebSocket): void {
    if (!this.#counts.delete(socket)) return
    for (const [address, frames] of this.#waiting) {
      const rest = frames.filter((frame) => frame.socket !== socket)
      for (const frame of frames)
        if (frame.socket === socket) this.#options.onBufferedBytes(address, -bufferedBytes(frame))
      if (rest.length > 0) this.#waiting.set(address, rest)
      else this.#waiting.delete(address)
    }
  }

  close(): void {
    this.#isClosed = true
    clearTimeout(this.#timer)
  }

  /** Everything counts that this turn does after its first frame: reading sockets, parsing, and what follows from both. */
  #hasTime(): boolean {
    const now = performance.now()
    if (!this.#isInTurn) {
      this.#isInTurn = true
      this.#turnStartedAtMs = now
      setImmediate(this.#endTurn)
    }
    return now - this.#turnStartedAtMs < this.#options.maxMsPerTurn
  }

  readonly #endTurn = (): void => {
    this.#isInTurn = false
  }

  #enqueue(frame: Frame): void {
    const { socket, address } = frame
    const count = this.#counts.get(socket) ?? 0
    if (count === 0) socket.pause()
    this.#counts.set(socket, count + 1)
    const frames = this.#waiting.get(address)
    if (frames) frames.push(frame)
    else this.#waiting.set(address, [frame])
    this.#options.onBufferedBytes(address, bufferedBytes(frame))
    this.#scheduleDrain()
  }

  #scheduleDrain(): void {
    if (this.#isDraining || this.#isClosed) return
    this.#isDraining = true
    setImmediate(() => void this.#drain())
  }

  async #drain(): Promise<void> {
    clearTimeout(this.#timer)
    let hasRead = true
    while (hasRead && this.#waiting.size > 0 && this.#hasTime()) {
      hasRead = false
      // The first of each address in turn; one that had its turn goes to the end.
      for (const address of [...this.#waiting.keys()]) {
        if (!this.#readNext(address)) continue
        hasRead = true
        // After what follows from the frame, most of which are microtasks.
        await new Promise<void>((resolve) => process.nextTick(resolve))
        if (!this.#hasTime()) break
      }
    }
    this.#isDraining = false
    if (this.#waiting.size === 0) return
    if (hasRead) this.#scheduleDrain()
    else this.#timer = setTimeout(() => this.#scheduleDrain(), retryMs).unref()
  }

  /** False where the address has nothing that may be read now. */
  #readNext(address: string): boolean {
    const { takeTokens, onFrame, onBufferedBytes } = this.#options
    const [frame] = this.#waiting.get(address) ?? []
    if (!frame || !takeTokens(address, frame.tokens)) return false
    const rest = this.#waiting.get(address)!.slice(1)
    this.#waiting.delete(address)
    if (rest.length > 0) this.#waiting.set(address, rest)
    onBufferedBytes(address, -bufferedBytes(frame))
    this.#resumeSocket(frame.socket)
    if (frame.socket.readyState === frame.socket.OPEN) onFrame(frame)
    return true
  }

  #resumeSocket(socket: WebSocket): void {
    const count = (this.#counts.get(socket) ?? 1) - 1
    if (count > 0) this.#counts.set(socket, count)
    else {
      this.#counts.delete(socket)
      socket.resume()
    }
  }
}

const bufferedBytes = ({ data }: Frame): number => data.length + frameOverheadBytes
