import type { WebSocket } from 'ws'
import type { ClientSession } from '../api/clientSession.ts'
import type { Clock } from '../common/clock.ts'
import type { Limits } from '../../machines/protocol/limits.ts'
import { AddressUsage } from '../limits/addressUsage.ts'
import { AddressBuckets } from '../limits/addressBuckets.ts'
import { FrameQueue } from './frameQueue.ts'

/** Maximum header length of a masked frame: 6, 8 or 14 bytes, by payload length (RFC 6455 §5.2). */
const maxFrameHeaderBytes = (payload: number): number => (payload < 126 ? 6 : payload < 65_536 ? 8 : 14)

interface FrameMeterParts {
  clock: Clock
  limits: Limits
  /** Called with each complete frame and its time of arrival, in the order of the queue. */
  onFrame(socket: WebSocket, data: Buffer, receivedAtMs: number): void
}

/** Charges received frames to their socket and address, and queues them. Limits tokens, and the bytes not yet handled. */
export class FrameMeter {
  readonly #clock: Clock
  readonly #limits: Limits
  readonly #queue: FrameQueue
  /** Tokens for frames, by address and network. */
  readonly #buckets: AddressBuckets
  /** Bytes of incomplete and queued frames, by network (IPv4 address or IPv6 /48). */
  readonly #unreadBytes = new AddressUsage()
  /** Sockets with an incomplete message. */
  readonly #partial = new Map<WebSocket, ClientSession>()

  constructor({ clock, limits, onFrame }: FrameMeterParts) {
    this.#clock = clock
    this.#limits = limits
    const { messageBurst, messagesPerSecond, framesPerRequest, socketBudgetsPerAddress } = limits
    const bucketShares = framesPerRequest * socketBudgetsPerAddress
    this.#buckets = new AddressBuckets(
      { capacity: bucketShares * messageBurst, tokensPerSecond: bucketShares * messagesPerSecond },
      limits.addressBudgetsPerSite,
    )
    this.#queue = new FrameQueue({
      maxMsPerTurn: limits.frameMsPerTurn,
      now: () => performance.now(),
      takeTokens: (frame) => this.#buckets.take(frame, clock.now(), frame.tokens),
      onFrame: ({ socket, data, receivedAtMs }) => onFrame(socket, data, receivedAtMs),
      onBufferedBytes: (network, bytes) => this.#unreadBytes.add(network, bytes),
    })
  }

  /** Charges a frame of any type to its socket. Returns false if the budget of the socket is empty. */
  charge(session: ClientSession, bytes: number): boolean {
    session.completeFrameBytes += bytes + maxFrameHeaderBytes(bytes)
    return session.frameBudget.take(this.#clock.now(), this.#tokensFor(bytes))
  }

  /** Queues a charged frame. It is handled when its address has tokens and the event loop has time. */
  enqueue(socket: WebSocket, { address, networkPrefix }: ClientSession, data: Buffer): void {
    const receivedAtMs = performance.now()
    this.#queue.push({ socket, address, networkPrefix, tokens: this.#tokensFor(data.length), data, receivedAtMs })
  }

  /** Returns whether a frame of this socket waits. The server does not read the socket meanwhile. */
  isWaiting(socket: WebSocket): boolean {
    return this.#queue.isWaiting(socket)
  }

  /**
   * Counts the bytes of an incomplete message. The header lengths of fragments are unknown, so the count may be too
   * high. After a complete message it is at most the chunk in which that message ended.
   * @returns the socket to disconnect: this one above the limit of its network. Above the total limit it is the
   * socket with the most bytes of the network with the most; undefined within the limits
   */
  recordChunk(socket: WebSocket, session: ClientSession, bytes: number): WebSocket | undefined {
    const left = Math.max(0, session.partialMessageBytes + bytes - session.completeFrameBytes)
    const partialBytes = session.completeFrameBytes > 0 ? Math.min(left, bytes) : left
    session.completeFrameBytes = 0
    this.#setPartialBytes(socket, session, partialBytes)
    if (partialBytes === 0 && !this.#queue.isWaiting(socket)) return undefined
    const { unreadBytesPerNetwork, unreadBytesTotal } = this.#limits
    if (this.#unreadBytes.usedBy(session.networkPrefix) > unreadBytesPerNetwork) return socket
    return this.#unreadBytes.total > unreadBytesTotal ? this.#largestSocket() : undefined
  }

  /** If all bytes of the largest network are in queued frames, there is none: these become fewer by themselves. */
  #largestSocket(): WebSocket | undefined {
    const network = this.#unreadBytes.largestUser()
    let largest: WebSocket | undefined
    for (const [socket, session] of this.#partial)
      if (
        session.networkPrefix === network &&
        session.partialMessageBytes > (largest ? this.#partial.get(largest)!.partialMessageBytes : 0)
      )
        largest = socket
    return largest
  }

  #setPartialBytes(socket: WebSocket, session: ClientSession, bytes: number): void {
    if (bytes === session.partialMessageBytes) return
    this.#unreadBytes.add(session.networkPrefix, bytes - session.partialMessageBytes)
    session.partialMessageBytes = bytes
    if (bytes > 0) this.#partial.set(socket, session)
    else this.#partial.delete(socket)
  }

  /** Drops the waiting frames and the incomplete message of a closed socket. */
  remove(socket: WebSocket, session: ClientSession): void {
    this.#setPartialBytes(socket, session, 0)
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
