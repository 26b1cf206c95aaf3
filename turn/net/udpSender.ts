import type { Socket } from 'node:dgram'
import { detachFromBuffer, type Backlog } from './backlog.ts'
import { FairQueue } from './fairQueue.ts'

/** A third of a second of video at 6 Mbit/s, in bytes. A receiver that is further behind wants new packets, not old ones. */
const queueLimits = { maxBytes: 256 * 1024, maxAgeMs: 500 } as const

/**
 * SO_SNDBUF, in bytes as setsockopt takes them (Linux doubles the number, and counts about 2.3 KB for a packet of 1000 bytes). Packets in
 * the kernel's buffer wait in one line, so its length in time is the delay of everybody behind the socket: the default of 212,992 is
 * 3.7 s at 200 kbit/s. It begins small and grows while it drains fast, as a congestion window does.
 */
const sendBufferBytes = { initial: 8 << 10, min: 4 << 10, max: 256 << 10 } as const

/** Time in ms that half of the kernel's buffer may take to drain: it shrinks above `slow` and grows below `fast`. */
const drainMs = { slow: 100, fast: 25 } as const

type UdpSocketLike = Pick<Socket, 'send' | 'getSendQueueCount' | 'setSendBufferSize' | 'close'>

/** What all senders of a thread share. */
export interface SendContext {
  /** Bytes that wait for all sockets. */
  readonly backlog: Backlog
  /** Called once for each packet that is dropped for congestion. */
  readonly onDrop: () => void
  /** A monotonic clock, in ms. */
  readonly now: () => number
}

/** The option of `createSocket` that this sender begins with. */
export const initialSendBufferBytes = sendBufferBytes.initial

/**
 * Sends from one UDP socket. Node queues without a bound what the kernel does not take (EAGAIN), so no more than two packets are
 * given to Node then, and the rest waits here: bounded in bytes and time, in a flow for each destination. There are as many
 * senders as relays, and most never wait, so the queue is made when the first packet waits.
 */
export class UdpSender {
  readonly #socket: UdpSocketLike
  readonly #context: SendContext
  #queue: FairQueue | undefined
  #bufferBytes: number = sendBufferBytes.initial
  /** A packet with a callback is under way: it returns when the kernel takes packets again. */
  #isBlocked = false
  #isClosed = false

  constructor(socket: UdpSocketLike, context: SendContext) {
    this.#socket = socket
    this.#context = context
  }

  /** The fast path asks for one number, which costs 11 ns. After `close` it does nothing. */
  send(packet: Uint8Array, offset: number, length: number, port: number, ip: string): void {
    if (this.#isBlocked || this.#isClosed || this.#socket.getSendQueueCount() > 0)
      this.#enqueue(packet.subarray(offset, offset + length), port, ip)
    else this.#socket.send(packet, offset, length, port, ip)
  }

  /** Closes the socket and forgets what waits for it. Once only. @param onClosed is called when the socket is closed */
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

  /** The kernel takes no packet now. Node holds this one, behind the one that found it out, and tells when both are gone. */
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

  /** @param waitedMs for the kernel, which takes packets again when its buffer is half empty */
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
