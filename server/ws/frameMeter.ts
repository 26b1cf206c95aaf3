import type { WebSocket } from 'ws'
import type { ClientSession } from '../api/clientSession.ts'
import type { Clock } from '../common/clock.ts'
import type { Limits } from '../../machines/protocol/limits.ts'
import { AddressUsage } from '../limits/addressUsage.ts'
import { TokenBuckets } from '../limits/tokenBuckets.ts'
import { FrameQueue } from './frameQueue.ts'

/** Maximum header length of a masked frame: 6, 8 or 14 bytes, by payload length (RFC 6455 §5.2). */
const maxFrameHeaderBytes = (payload: number): number => (payload < 126 ? 6 : payload < 65_536 ? 8 : 14)

interface FrameMeterParts {
  clock: Clock
  limits: Limits
  /** Called with each complete frame, in the order of the queue. */
  onFrame(socket: WebSocket, data: Buffer): void
}

/** Charges received frames to their socket and address, and queues them. Limits tokens, and the bytes not yet handled. */
export class FrameMeter {
  readonly #clock: Clock
  readonly #limits: Limits
  readonly #queue: FrameQueue
  /** Tokens for frames, by address. */
  readonly #buckets: TokenBuckets
  /** Bytes of incomplete and queued frames, by address. */
  readonly #unreadBytes = new AddressUsage()

  constructor({ clock, limits, onFrame }: FrameMeterParts) {
    this.#clock = clock
    this.#limits = limits
    const { messageBurst, messagesPerSecond, framesPerRequest, socketBudgetsPerAddress } = limits
    const bucketShares = framesPerRequest * socketBudgetsPerAddress
    this.#buckets = new TokenBuckets(bucketShares * messageBurst, bucketShares * messagesPerSecond)
    this.#queue = new FrameQueue({
      maxMsPerTurn: limits.frameMsPerTurn,
      takeTokens: (address, cost) => this.#buckets.take(address, clock.now(), cost),
      onFrame: ({ socket, data }) => onFrame(socket, data),
      onBufferedBytes: (address, bytes) => this.#unreadBytes.add(address, bytes),
    })
  }

  /** Charges a frame of any type to its socket. Returns false if the budget of the socket is empty. */
  charge(session: ClientSession, bytes: number): boolean {
    session.completeFrameBytes += bytes + maxFrameHeaderBytes(bytes)
    return session.frameBudget.take(this.#clock.now(), this.#tokensFor(bytes))
  }

  /** Queues a charged frame. It is handled when its address has tokens and the event loop has time. */
  enqueue(socket: WebSocket, { address }: ClientSession, data: Buffer): void {
    this.#queue.push({ socket, address, tokens: this.#tokensFor(data.length), data })
  }

  /** Returns whether a frame of this socket waits. The server does not read the socket meanwhile. */
  isWaiting(socket: WebSocket): boolean {
    return this.#queue.isWaiting(socket)
  }

  /**
   * Counts the bytes of an incomplete message. The header lengths of fragments are unknown, so the count may be too
   * high. After a complete message it is at most the chunk in which that message ended.
   * @returns false if the address or the server exceeds its limit, and this socket takes part in it
   */
  recordChunk(socket: WebSocket, session: ClientSession, bytes: number): boolean {
    const left = Math.max(0, session.partialMessageBytes + bytes - session.completeFrameBytes)
    const partialBytes = session.completeFrameBytes > 0 ? Math.min(left, bytes) : left
    session.completeFrameBytes = 0
    this.#unreadBytes.add(session.address, partialBytes - session.partialMessageBytes)
    session.partialMessageBytes = partialBytes
    const { unreadBytesPerAddress, unreadBytesTotal } = this.#limits
    const isOver =
      this.#unreadBytes.usedBy(session.address) > unreadBytesPerAddress || this.#unreadBytes.total > unreadBytesTotal
    return !isOver || (partialBytes === 0 && !this.#queue.isWaiting(socket))
  }

  /** Drops the waiting frames and the incomplete message of a closed socket. */
  remove(socket: WebSocket, session: ClientSession): void {
    this.#unreadBytes.add(session.address, -session.partialMessageBytes)
    session.partialMessageBytes = 0
    this.#queue.removeSocket(socket)
  }

  /** Removes the buckets that are full. */
  prune(nowMs: number): void {
    this.#buckets.prune(nowMs)
  }

  /** Stops the queue. */
  close(): void {
    this.#queue.close()
  }

  /** Cost of a frame in tokens: one, and one more per 4 KiB. */
  #tokensFor(bytes: number): number {
    return 1 + Math.floor(bytes / this.#limits.bytesPerFrameToken)
  }
}
