import type { Socket } from 'node:dgram'
import { detachFromBuffer, type Backlog } from './backlog.ts'
import { FairQueue } from './fairQueue.ts'

/** A third of a second of video at 6 Mbit/s. A slower receiver needs new packets, not old ones. */
const queueLimits = { maxBytes: 256 * 1024, maxAgeMs: 500 } as const

/**
 * SO_SNDBUF in bytes, as passed to setsockopt. Linux doubles the number.
 * It counts about 2.3 KB for a packet of 1000 bytes.
 * The kernel's buffer is one FIFO for all destinations, so a full buffer delays all of them.
 * The default of 212,992 bytes is 3.7 s at 200 kbit/s.
 * So the buffer starts small and grows while it drains fast, like a congestion window.
 */
const sendBufferBytes = { initial: 8 << 10, min: 4 << 10, max: 256 << 10 } as const

/** Drain time of half the kernel's buffer, in ms. The buffer shrinks above `slow` and grows below `fast`. */
const drainMs = { slow: 100, fast: 25 } as const

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

/** Initial `sendBufferSize` of a socket, which `UdpSender` adjusts later. */
export const initialSendBufferBytes = sendBufferBytes.initial

/**
 * Sends from one UDP socket. On EAGAIN, Node queues packets without a limit.
 * So Node gets at most two packets then. The others wait in a `FairQueue`, limited in bytes and time.
 * Every relay has a sender, and most never queue. So the queue is created for the first packet that waits.
 */
export class UdpSender {
  readonly #socket: UdpSocketLike
  readonly #context: SendContext
  #queue: FairQueue | undefined
  #bufferBytes: number = sendBufferBytes.initial
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
    this.#queue ??= new FairQueue(queueLimits, this.#context.backlog, this.#context.onDrop)
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
    const { min, max } = sendBufferBytes
    const size =
      waitedMs > drainMs.slow
        ? Math.max(this.#bufferBytes / 2, min)
        : waitedMs < drainMs.fast
          ? Math.min(this.#bufferBytes * 2, max)
          : this.#bufferBytes
    if (size === this.#bufferBytes) return
    this.#bufferBytes = size
    this.#socket.setSendBufferSize(size)
  }
}
