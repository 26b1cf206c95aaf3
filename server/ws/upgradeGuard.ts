import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import type { Drain } from '../common/drain.ts'
import type { Gate } from '../net/originPolicy.ts'
import { rejections, writeRejection, type Rejection } from '../net/rejection.ts'

/** Who may open a WebSocket, and how many have one of each address. */
export class Door {
  /** Who might not, by status. */
  readonly turnedAway: Record<string, number> = {}
  readonly #counts = new Map<string, number>()
  readonly #drain: Drain
  readonly #gate: Gate
  readonly #most: number
  /** Called for each that is turned away. */
  onRejection: (rejection: Rejection) => void = () => undefined

  constructor(drain: Drain, gate: Gate, most: number) {
    this.#drain = drain
    this.#gate = gate
    this.#most = most
  }

  /** Null for who is welcome. */
  refusalOf(incoming: IncomingMessage, address: string): Rejection | null {
    if (this.#drain.isOn) return rejections.draining
    return this.#gate(incoming) ?? (this.#count(address) < this.#most ? null : rejections.tooMany)
  }

  turnAway(stream: Duplex, rejection: Rejection): void {
    const { status } = rejection
    this.turnedAway[status] = (this.turnedAway[status] ?? 0) + 1
    this.onRejection(rejection)
    writeRejection(stream, rejection)
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
