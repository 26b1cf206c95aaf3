import type { WebSocket } from 'ws'
import type { ClientAddress } from '../limits/addressBuckets.ts'

/** A received frame. */
export interface Frame extends ClientAddress {
  readonly socket: WebSocket
  /** Cost in tokens of its address and network. */
  readonly tokens: number
  readonly data: Buffer
  /** Time of arrival in ms, as from `performance.now()`. */
  readonly receivedAtMs: number
}

interface FrameQueueOptions {
  /** Maximum time in ms for frames in one turn of the event loop. */
  maxMsPerTurn: number
  /** Monotonic time in ms. */
  now(): number
  /** Takes the tokens of a frame from its address and network; returns false while one has too few. */
  takeTokens(frame: Frame): boolean
  onFrame(frame: Frame): void
  /** Called with the bytes of a frame when it is queued, and with their negative when it leaves the queue. */
  onBufferedBytes(network: string, bytes: number): void
}

/** Memory of a queued frame besides its data: views, the entry, and parts of its TCP segment. */
const frameOverheadBytes = 1_024

/** Retry interval in ms for addresses without tokens. */
const retryMs = 50

/**
 * Shares the event loop fairly between networks. A frame is handled at once if this turn of the loop has time left and
 * no frame is queued. Otherwise the frame is queued and its socket paused, so TCP slows the sender. Networks take
 * turns. Without the queue, 15 full frames of one socket delayed all other clients.
 */
export class FrameQueue {
  readonly #options: FrameQueueOptions
  /** Queued frames by network, in the order of turns. */
  readonly #waiting = new Map<string, Frame[]>()
  /** Queued frames per socket. */
  readonly #counts = new Map<WebSocket, number>()
  #turnStartedAtMs = 0
  #isInTurn = false
  #timer: NodeJS.Timeout | undefined
  #isFlushing = false
  #isClosed = false

  constructor(options: FrameQueueOptions) {
    this.#options = options
  }

  /** Handles the frame at once, or queues it. */
  push(frame: Frame): void {
    const { takeTokens, onFrame } = this.#options
    if (this.#waiting.size === 0 && this.#hasTime() && takeTokens(frame)) onFrame(frame)
    else this.#enqueue(frame)
  }

  /** True while frames of this socket are queued. */
  isWaiting(socket: WebSocket): boolean {
    return this.#counts.has(socket)
  }

  /** Drops the queued frames of a closed socket. */
  removeSocket(socket: WebSocket): void {
    if (!this.#counts.delete(socket)) return
    for (const [network, frames] of this.#waiting) {
      const rest = frames.filter((frame) => frame.socket !== socket)
      for (const frame of frames)
        if (frame.socket === socket) this.#options.onBufferedBytes(network, -bufferedBytes(frame))
      if (rest.length > 0) this.#waiting.set(network, rest)
      else this.#waiting.delete(network)
    }
  }

  /** Stops handling queued frames. */
  close(): void {
    this.#isClosed = true
    clearTimeout(this.#timer)
  }

  /** Counts all work of this turn since its first frame: reading sockets, parsing, and handling. */
  #hasTime(): boolean {
    const now = this.#options.now()
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
    const { socket, networkPrefix: network } = frame
    const count = this.#counts.get(socket) ?? 0
    if (count === 0) socket.pause()
    this.#counts.set(socket, count + 1)
    const frames = this.#waiting.get(network)
    if (frames) frames.push(frame)
    else this.#waiting.set(network, [frame])
    this.#options.onBufferedBytes(network, bufferedBytes(frame))
    this.#scheduleFlush()
  }

  #scheduleFlush(): void {
    if (this.#isFlushing || this.#isClosed) return
    this.#isFlushing = true
    setImmediate(() => void this.#flush())
  }

  async #flush(): Promise<void> {
    clearTimeout(this.#timer)
    let hasRead = true
    while (hasRead && this.#waiting.size > 0 && this.#hasTime()) {
      hasRead = false
      // One frame per network; `#readNext` moves the network to the end.
      for (const network of [...this.#waiting.keys()]) {
        if (!this.#readNext(network)) continue
        hasRead = true
        // Runs the microtasks that the frame caused, so their time counts.
        await new Promise<void>((resolve) => process.nextTick(resolve))
        if (!this.#hasTime()) break
      }
    }
    this.#isFlushing = false
    if (this.#waiting.size === 0) return
    if (hasRead) this.#scheduleFlush()
    else this.#timer = setTimeout(() => this.#scheduleFlush(), retryMs).unref()
  }

  /** Returns false if no address of the network has a frame and enough tokens. */
  #readNext(network: string): boolean {
    const { onFrame, onBufferedBytes } = this.#options
    const frames = this.#waiting.get(network) ?? []
    const frame = this.#takeTokensOfFirst(frames)
    if (!frame) return false
    const rest = frames.filter((other) => other !== frame)
    this.#waiting.delete(network)
    if (rest.length > 0) this.#waiting.set(network, rest)
    onBufferedBytes(network, -bufferedBytes(frame))
    this.#resumeSocket(frame.socket)
    if (frame.socket.readyState === frame.socket.OPEN) onFrame(frame)
    return true
  }

  /** An address without tokens does not delay the other addresses of its network. */
  #takeTokensOfFirst(frames: readonly Frame[]): Frame | undefined {
    const rejected = new Set<string>()
    return frames.find((frame) => {
      if (rejected.has(frame.address)) return false
      if (this.#options.takeTokens(frame)) return true
      rejected.add(frame.address)
      return false
    })
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
