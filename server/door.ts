import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import type { Drain } from './drain.ts'
import type { Gate } from './origin.ts'

/** Who may open a WebSocket, and how many have one of each address. */
export class Door {
  /** Who might not, by status. */
  readonly turnedAway: Record<string, number> = {}
  readonly #counts = new Map<string, number>()
  readonly #drain: Drain
  readonly #gate: Gate
  readonly #most: number

  constructor(drain: Drain, gate: Gate, most: number) {
    this.#drain = drain
    this.#gate = gate
    this.#most = most
  }

  /** A status line, or null for who is welcome. */
  refusalOf(incoming: IncomingMessage, address: string): string | null {
    if (this.#drain.isOn) return '503 Service Unavailable'
    const refusal = this.#gate(incoming)
    return refusal ?? (this.#count(address) < this.#most ? null : '429 Too Many Requests')
  }

  /** Waits for nothing that the other side may never do: nobody else looks after this connection any more. */
  turnAway(stream: Duplex, refusal: string): void {
    const status = refusal.slice(0, 3)
    this.turnedAway[status] = (this.turnedAway[status] ?? 0) + 1
    stream.once('finish', () => stream.destroy())
    stream.end(`HTTP/1.1 ${refusal}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`)
  }

  /** One more is in. Returns its undo. */
  enter(address: string): () => void {
    this.#counts.set(address, this.#count(address) + 1)
    return () => {
      const left = this.#count(address) - 1
      if (left > 0) this.#counts.set(address, left)
      else this.#counts.delete(address)
    }
  }

  #count(address: string): number {
    return this.#counts.get(address) ?? 0
  }
}
