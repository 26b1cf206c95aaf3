import { timers } from '../../machines/protocol/timeouts.ts'

/** The server's own farewell: it is about to go, and everybody is to come again a little later, not all at once. */
export class Drain {
  #isOn = false
  readonly #rings = new Set<() => void>()

  get isOn(): boolean {
    return this.#isOn
  }

  start(): void {
    this.#isOn = true
    for (const ring of this.#rings) ring()
  }

  /** When this one may come again. */
  delay(): number {
    return Math.round(Math.random() * timers.drainSpread)
  }

  watch(ring: () => void): () => void {
    this.#rings.add(ring)
    return () => this.#rings.delete(ring)
  }
}
