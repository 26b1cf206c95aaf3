import type { Air } from './air.ts'
import type { Pace, Way } from './socket.ts'

export const refuse = (name: string, why: string): DOMException => new DOMException(why, name)

/** A connection's chain of operations (W3C WebRTC §4.4.1.2): one after the other, each taking its time. */
export abstract class Operations extends EventTarget {
  readonly name: string
  isClosed = false
  protected readonly air: Air
  readonly #chain: (() => void)[] = []

  constructor(air: Air, name: string) {
    super()
    this.air = air
    this.name = name
  }

  /** Nothing settles and nothing happens any more once it is closed. */
  later(what: string, happen: () => void): void {
    void this.pace.schedule(Promise.resolve(), `${this.name} ${what}`).then(() => { if (!this.isClosed) happen() })
  }

  /** Not in the chain, but as slow, and one after the other on the same way. */
  async slowly(way: Way, what: string, work: () => void): Promise<void> {
    this.expectOpen(what)
    await new Promise<void>((resolve) => way.carry(what, () => {
      if (this.isClosed) return
      work()
      resolve()
    }))
  }

  /** §4.7.3: told in stable states only, and only as long as it is true. */
  updateNeed(): void {
    if (this.isNegotiationNeeded) this.later('negotiationneeded', () => {
      if (this.isNegotiationNeeded && this.#chain.length === 0) this.dispatchEvent(new Event('negotiationneeded'))
    })
  }

  get pace(): Pace {
    return this.air.pace
  }

  protected abstract get isNegotiationNeeded(): boolean

  protected operate<T>(what: string, work: () => T): Promise<T> {
    this.expectOpen(what)
    return new Promise((resolve, reject) => {
      const run = (): void => this.later(what, () => {
        try {
          this.air.mayFail()
          resolve(work())
        } catch (error) {
          reject(error as Error)
        }
        this.#chain.shift()
        this.#chain[0]?.()
        if (this.#chain.length === 0) this.updateNeed()
      })
      if (this.#chain.push(run) === 1) run()
    })
  }

  protected expectOpen(what: string): void {
    if (this.isClosed) this.air.complaints.push(`${this.name} ${what} after close`)
  }

  protected refusal(name: string, why: string): DOMException {
    this.air.complaints.push(`${this.name}: ${why}`)
    return refuse(name, why)
  }
}
