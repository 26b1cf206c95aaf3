import { FairQueue } from '../net/fairQueue.ts'
import { initialSendBufferBytes, nextSendBufferBytes, sendQueueLimits } from '../net/sendBuffer.ts'
import type { SendContext } from '../net/udpSender.ts'
import type { Arena } from './arena.ts'
import type { BatchSocket } from './batchSocket.ts'
import { maxDatagramBytes, maxMessages, sendSlots } from './layout.ts'
import { BinaryAddress } from './binaryAddress.ts'
import { createSystemError, linux, type SystemCalls } from './systemCalls.ts'
import { constants } from 'node:os'

const { EAGAIN, EINTR, EMSGSIZE } = constants.errno

/** Events of a `BatchSender`. */
export interface SendEvents {
  /** The kernel rejected one packet for another reason than a full buffer. The other packets go on. */
  onSendError(error: NodeJS.ErrnoException): void
  /** The buffer of a socket is full, or accepts packets again. */
  onBlockedChange(socket: BatchSocket): void
}

/**
 * Collects messages, and sends those of each socket by one `sendmmsg`. A socket whose buffer is full queues its packets,
 * with the limits and the fairness of `UdpSender`.
 */
export class BatchSender {
  readonly #system: SystemCalls
  readonly #arena: Arena
  readonly #context: SendContext
  readonly #events: SendEvents
  // The messages of the next flush, as columns.
  readonly #offsets = new Int32Array(maxMessages)
  readonly #lengths = new Int32Array(maxMessages)
  readonly #next = new Int32Array(maxMessages)
  readonly #addresses: BinaryAddress[]
  #count = 0
  /** Sockets with messages, in the order of their first message. */
  readonly #sockets: BatchSocket[] = []
  #usedSlots = 0

  constructor(system: SystemCalls, arena: Arena, context: SendContext, events: SendEvents) {
    this.#system = system
    this.#arena = arena
    this.#context = context
    this.#events = events
    this.#addresses = new Array<BinaryAddress>(maxMessages).fill(new BinaryAddress('0.0.0.0', 0))
  }

  /** Adds a datagram that is in the arena, and stays there until the next flush. Allocates no objects. */
  add(socket: BatchSocket, offset: number, length: number, to: BinaryAddress): void {
    if (socket.fd < 0) return
    if (this.#count === maxMessages) this.flush()
    const index = this.#count++
    this.#offsets[index] = offset
    this.#lengths[index] = length
    this.#addresses[index] = to
    this.#next[index] = -1
    if (socket.firstMessage < 0) {
      socket.firstMessage = index
      this.#sockets.push(socket)
    } else this.#next[socket.lastMessage] = index
    socket.lastMessage = index
  }

  /** Adds a packet of JavaScript, which is copied. */
  addPacket(socket: BatchSocket, packet: Uint8Array, start: number, length: number, to: BinaryAddress): void {
    if (socket.fd < 0) return
    if (length > maxDatagramBytes) return this.#events.onSendError(createSystemError(EMSGSIZE, 'send'))
    if (this.#usedSlots === sendSlots) this.flush()
    this.add(socket, this.#arena.storePacket(this.#usedSlots++, packet, start, length), length, to)
  }

  /** Sends all messages. */
  flush(): void {
    if (this.#count === 0) return
    for (const socket of this.#sockets) this.#flushSocket(socket)
    this.#sockets.length = 0
    this.#count = 0
    this.#usedSlots = 0
  }

  #flushSocket(socket: BatchSocket): void {
    let count = 0
    for (let index = socket.firstMessage; index >= 0; index = this.#next[index]!)
      this.#arena.setMessage(count++, this.#offsets[index]!, this.#lengths[index]!, this.#addresses[index]!)
    const sent = socket.blockedAtMs === undefined ? this.#send(socket, count) : 0
    if (sent < count) this.#queueRest(socket, sent)
    socket.firstMessage = -1
  }

  /** Sends the first `count` messages of the arena. Returns how many are done, fewer when the buffer is full. */
  #send(socket: BatchSocket, count: number): number {
    let done = 0
    while (done < count && socket.fd >= 0) {
      const sent = this.#system.sendmmsg(socket.fd, this.#arena.sendPointer(done), count - done, linux.MSG_DONTWAIT)
      if (sent > 0) {
        done += sent
        continue
      }
      const errno = this.#system.errno()
      if (errno === EAGAIN) return done
      if (errno === EINTR) continue
      // The error belongs to the first message. An ICMP error of an earlier one is not reported on these sockets.
      done++
      this.#events.onSendError(createSystemError(errno, 'send'))
    }
    return count
  }

  #queueRest(socket: BatchSocket, sent: number): void {
    const { backlog, onDrop } = this.#context
    const now = this.#context.now()
    if (socket.blockedAtMs === undefined) this.#block(socket, now)
    socket.queue ??= new FairQueue(sendQueueLimits, backlog, onDrop)
    let position = 0
    for (let index = socket.firstMessage; index >= 0; index = this.#next[index]!) {
      if (position++ < sent) continue
      const { ip, port } = this.#addresses[index]!
      const packet = this.#arena.copyBytes(this.#offsets[index]!, this.#lengths[index]!)
      socket.queue.push({ packet, port, ip, queuedAt: now })
    }
  }

  #block(socket: BatchSocket, now: number): void {
    socket.blockedAtMs = now
    this.#events.onBlockedChange(socket)
  }

  /** Sends queued packets after the kernel reported that its buffer has space. */
  drain(socket: BatchSocket): void {
    // Frees the slots of packets, of which this method uses one.
    this.flush()
    if (socket.blockedAtMs === undefined || socket.fd < 0) return
    const now = this.#context.now()
    this.#resizeBuffer(socket, now - socket.blockedAtMs)
    const { queue } = socket
    for (let next = socket.rejected ?? queue?.shift(now); next; next = queue?.shift(now)) {
      socket.rejected = undefined
      const { packet, ip, port } = next
      this.#arena.setMessage(
        0,
        this.#arena.storePacket(0, packet, 0, packet.length),
        packet.length,
        new BinaryAddress(ip, port),
      )
      if (this.#send(socket, 1) === 1) continue
      socket.rejected = next
      socket.blockedAtMs = now
      return
    }
    socket.blockedAtMs = undefined
    this.#events.onBlockedChange(socket)
  }

  /** Drops the messages and the queue of a socket that closes. */
  forget(socket: BatchSocket): void {
    if (socket.firstMessage >= 0) this.flush()
    socket.queue?.clear()
    socket.rejected = undefined
  }

  #resizeBuffer(socket: BatchSocket, waitedMs: number): void {
    const bytes = nextSendBufferBytes(socket.sendBufferBytes, waitedMs)
    if (bytes === socket.sendBufferBytes) return
    socket.sendBufferBytes = bytes
    this.setSendBuffer(socket.fd, bytes)
  }

  /** Sets SO_SNDBUF. The kernel may grant less (net.core.wmem_max). */
  setSendBuffer(fd: number, bytes = initialSendBufferBytes): void {
    this.#system.setsockopt(fd, linux.SOL_SOCKET, linux.SO_SNDBUF, this.#arena.integerArgument(bytes), 4)
  }
}
