import type { Socket } from 'node:net'
import { queuedBytesOf, detachFromBuffer, type Backlog } from './backlog.ts'

/** A third of a second of video at 6 Mbit/s. A slower client needs new packets, not old ones. */
const maxQueuedBytes = 256 * 1024
/** Packets that wait for a slow client longer than this are dropped. */
const maxAgeMs = 1000

/** The send queue of one stream. When it is full it drops the oldest packet. */
export class SendQueue {
  readonly #socket: Socket
  readonly #backlog: Backlog
  readonly #onDrop: () => void
  readonly #packets: { readonly packet: Uint8Array; readonly queuedAt: number }[] = []
  #bytes = 0

  constructor(socket: Socket, backlog: Backlog, onDrop: () => void) {
    this.#socket = socket
    this.#backlog = backlog
    this.#onDrop = onDrop
    socket.on('drain', () => this.#flush(performance.now()))
    socket.on('close', () => this.#clear())
  }

  /** Writes a packet, or queues it while the socket needs to drain. */
  send(packet: Uint8Array, now = performance.now()): void {
    if (this.#packets.length === 0 && !this.#socket.writableNeedDrain) return void this.#socket.write(packet)
    if (this.#socket.destroyed) return
    this.#packets.push({ packet: detachFromBuffer(packet), queuedAt: now })
    this.#addBytes(queuedBytesOf(packet))
    this.#dropExcess(now)
  }

  #flush(now: number): void {
    this.#dropExcess(now)
    while (this.#packets.length > 0 && this.#socket.write(this.#take()));
  }

  #dropExcess(now: number): void {
    while (
      this.#bytes > maxQueuedBytes ||
      this.#backlog.isOverLimit(this.#bytes) ||
      now - (this.#packets[0]?.queuedAt ?? now) >= maxAgeMs
    ) {
      this.#take()
      this.#onDrop()
    }
  }

  #take(): Uint8Array {
    const { packet } = this.#packets.shift()!
    this.#addBytes(-queuedBytesOf(packet))
    return packet
  }

  #addBytes(bytes: number): void {
    this.#bytes += bytes
    this.#backlog.bytes += bytes
  }

  #clear(): void {
    this.#addBytes(-this.#bytes)
    this.#packets.length = 0
  }
}
