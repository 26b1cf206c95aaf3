import type { ScheduledNetwork } from './scheduledNetwork.ts'
import type { TaskScheduler, ScheduledQueue } from './scheduledSocket.ts'

export const createDomException = (name: string, why: string): DOMException => new DOMException(why, name)

/** A connection's chain of operations (W3C WebRTC §4.4.1.2): one after the other, each taking its time. */
export abstract class OperationsChain extends EventTarget {
  readonly name: string
  isClosed = false
  protected readonly network: ScheduledNetwork
  readonly #chain: (() => void)[] = []

  constructor(network: ScheduledNetwork, name: string) {
    super()
    this.network = network
    this.name = name
  }

  /** Nothing settles and nothing happens any more once it is closed. */
  schedule(what: string, happen: () => void): void {
    void this.scheduler.schedule(Promise.resolve(), `${this.name} ${what}`).then(() => {
      if (!this.isClosed) happen()
    })
  }

  /** Not in the chain, but as slow, and in order on the same queue. */
  async runQueued(queue: ScheduledQueue, what: string, work: () => void): Promise<void> {
    this.expectOpen(what)
    await new Promise<void>((resolve) =>
      queue.enqueue(what, () => {
        if (this.isClosed) return
        work()
        resolve()
      }),
    )
  }

  /** §4.7.3: fires in the stable state only, and only while negotiation is still needed. */
  updateNegotiationNeeded(): void {
    if (this.isNegotiationNeeded)
      this.schedule('negotiationneeded', () => {
        if (this.isNegotiationNeeded && this.#chain.length === 0) this.dispatchEvent(new Event('negotiationneeded'))
      })
  }

  get scheduler(): TaskScheduler {
    return this.network.scheduler
  }

  protected abstract get isNegotiationNeeded(): boolean

  protected enqueue<T>(what: string, work: () => T): Promise<T> {
    this.expectOpen(what)
    return new Promise((resolve, reject) => {
      const run = (): void =>
        this.schedule(what, () => {
          try {
            this.network.throwIfFailurePending()
            resolve(work())
          } catch (error) {
            reject(error as Error)
          }
          this.#chain.shift()
          this.#chain[0]?.()
          if (this.#chain.length === 0) this.updateNegotiationNeeded()
        })
      if (this.#chain.push(run) === 1) run()
    })
  }

  protected expectOpen(what: string): void {
    if (this.isClosed) this.network.violations.push(`${this.name} ${what} after close`)
  }

  protected recordViolation(name: string, why: string): DOMException {
    this.network.violations.push(`${this.name}: ${why}`)
    return createDomException(name, why)
  }
}
