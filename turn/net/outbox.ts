import type { Socket } from 'node:net'

/** A third of a second of video at 6 Mbit/s: who is further behind wants what is new, not what is old. */
const mostBytes = 256 * 1024
/** Milliseconds. */
const mostAge = 1000

/** What waits for a reader that is slower than what comes; the oldest is given up first. */
export class Outbox {
  readonly #socket: Socket
  readonly #onDrop: () => void
  readonly #waiting: { readonly packet: Uint8Array; readonly since: number }[] = []
  #bytes = 0

  constructor(socket: Socket, onDrop: () => void) {
    this.#socket = socket
    this.#onDrop = onDrop
    socket.on('drain', () => this.#flush(Date.now()))
  }

  send(packet: Uint8Array, now = Date.now()): void {
    if (this.#waiting.length === 0 && !this.#socket.writableNeedDrain) return void this.#socket.write(packet)
    this.#waiting.push({ packet, since: now })
    this.#bytes += packet.length
    this.#forgetOld(now)
  }

  #flush(now: number): void {
    this.#forgetOld(now)
    while (this.#waiting.length > 0 && this.#socket.write(this.#take()));
  }

  #forgetOld(now: number): void {
    while (this.#bytes > mostBytes || now - (this.#waiting[0]?.since ?? now) >= mostAge) {
      this.#take()
      this.#onDrop()
    }
  }

  #take(): Uint8Array {
    const { packet } = this.#waiting.shift()!
    this.#bytes -= packet.length
    return packet
  }
}
