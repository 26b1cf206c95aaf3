import type { Socket } from 'node:dgram'
import { detachFromBuffer, type Backlog } from './backlog.ts'
import { FairQueue } from './fairQueue.ts'
import { initialSendBufferBytes, nextSendBufferBytes, sendQueueLimits } from './sendBuffer.ts'

type UdpSocketLike = Pick<Socket, 'send' | 'getSendQueueCount' | 'setSendBufferSize' | 'close'>

/** Shared by all senders of a thread. */
export interface SendContext {
  /** Queued bytes of all sockets. */
  readonly backlog: Backlog
  /** Called once for each packet dropped by a full queue. */
  readonly onDrop: () => void
  /** A monotonic clock, in ms. */
  readonly now: () => number
}

/**
 * Sends from one UDP socket. On EAGAIN, Node queues packets without a limit.
 * So Node gets at most two packets then. The others wait in a `FairQueue`, limited in bytes and time.
 * Every relay has a sender, and most never queue. So the queue is created for the first packet that waits.
 */
export class UdpSender {
  readonly #socket: UdpSocketLike
  readonly #context: SendContext
  #queue: FairQueue | undefined
  #bufferBytes: number = initialSendBufferBytes
  /** True while a packet with a callback is in flight. The callback runs when the kernel accepts packets again. */
  #isBlocked = false
  #isClosed = false

  constructor(socket: UdpSocketLike, context: SendContext) {
    this.#socket = socket
    this.#context = context
  }

  /** Sends or queues a packet. The fast path reads one number, which costs 11 ns. Does nothing after `close`. */
  send(packet: Uint8Array, offset: number, length: number, port: number, ip: string): void {
    if (this.#isBlocked || this.#isClosed || this.#socket.getSendQueueCount() > 0)
      this.#enqueue(packet.subarray(offset, offset + length), port, ip)
    else this.#socket.send(packet, offset, length, port, ip)
  }

  /** Closes the socket and drops its queue. Call it once only. @param onClosed called when the socket is closed */
  close(onClosed?: () => void): void {
    this.#isClosed = true
    this.#queue?.clear()
    this.#socket.close(onClosed)
  }

  #enqueue(packet: Uint8Array, port: number, ip: string): void {
    if (this.#isClosed) return
    if (!this.#isBlocked) return this.#sendAndWait(packet, port, ip)
    this.#queue ??= new FairQueue(sendQueueLimits, this.#context.backlog, this.#context.onDrop)
    this.#queue.push({ packet: detachFromBuffer(packet), port, ip, queuedAt: this.#context.now() })
  }

  /**
   * The kernel's buffer is full. Node queues this packet behind the one that failed, and calls back when both are sent.
   */
  #sendAndWait(packet: Uint8Array, port: number, ip: string): void {
    const startedAt = this.#context.now()
    this.#isBlocked = true
    this.#socket.send(packet, 0, packet.length, port, ip, () => {
      this.#isBlocked = false
      if (this.#isClosed) return
      const now = this.#context.now()
      this.#resizeBuffer(now - startedAt)
      this.#flush(now)
    })
  }

  #flush(now: number): void {
    for (let next = this.#queue?.shift(now); next; next = this.#queue?.shift(now)) {
      if (this.#socket.getSendQueueCount() > 0) return this.#sendAndWait(next.packet, next.port, next.ip)
      this.#socket.send(next.packet, 0, next.packet.length, next.port, next.ip)
    }
  }

  /** @param waitedMs time until the kernel accepted packets again, which is when its buffer is half empty */
  #resizeBuffer(waitedMs: number): void {
    const size = nextSendBufferBytes(this.#bufferBytes, waitedMs)
    if (size === this.#bufferBytes) return
    this.#bufferBytes = size
    this.#socket.setSendBufferSize(size)
  }
}
