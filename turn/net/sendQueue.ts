import type { Socket } from 'node:net'
import { costOf, ownBytes, type Backlog } from './backlog.ts'

/** A third of a second of video at 6 Mbit/s: who is further behind wants what is new, not what is old. */
const mostBytes = 256 * 1024
/** Milliseconds. */
const mostAge = 1000

/** What waits for a reader that is slower than what comes; the oldest is given up first. */
export class Outbox {
  readonly #socket: Socket
  readonly #backlog: Backlog
  readonly #onDrop: () => void
  readonly #waiting: { readonly packet: Uint8Array; readonly since: number }[] = []
  #bytes = 0

  constructor(socket: Socket, backlog: Backlog, onDrop: () => void) {
    this.#socket = socket
    this.#backlog = backlog
    this.#onDrop = onDrop
    socket.on('drain', () => this.#flush(performance.now()))
    socket.on('close', () => this.#clear())
  }

  send(packet: Uint8Array, now = performance.now()): void {
    if (this.#waiting.length === 0 && !this.#socket.writableNeedDrain) return void this.#socket.write(packet)
    if (this.#socket.destroyed) return
    this.#waiting.push({ packet: ownBytes(packet), since: now })
    this.#count(costOf(packet))
    this.#forgetOld(now)
  }

  #flush(now: number): void {
    this.#forgetOld(now)
    while (this.#waiting.length > 0 && this.#socket.write(this.#take()));
  }

  #forgetOld(now: number): void {
    while (this.#bytes > mostBytes || this.#backlog.isOver(this.#bytes) || now - (this.#waiting[0]?.since ?? now) >= mostAge) {
      this.#take()
      this.#onDrop()
    }
  }

  #take(): Uint8Array {
    const { packet } = this.#waiting.shift()!
    this.#count(-costOf(packet))
    return packet
  }

  #count(bytes: number): void {
    this.#bytes += bytes
    this.#backlog.bytes += bytes
  }

  #clear(): void {
    this.#count(-this.#bytes)
    this.#waiting.length = 0
  }
}
