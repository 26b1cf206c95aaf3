import type { FakePeerNetwork } from './fakePeerNetwork.ts'
import type { TaskScheduler, ScheduledQueue } from '../common/taskScheduler.ts'

export const createDomException = (name: string, why: string): DOMException => new DOMException(why, name)

/** The operations chain of a connection (webrtc-pc §4.4.1.2): one operation at a time, each asynchronous. */
export abstract class OperationsChain extends EventTarget {
  readonly name: string
  isClosed = false
  protected readonly network: FakePeerNetwork
  readonly #chain: (() => void)[] = []

  constructor(network: FakePeerNetwork, name: string) {
    super()
    this.network = network
    this.name = name
  }

  /** Schedules a task. After close it neither runs nor settles. */
  schedule(what: string, happen: () => void): void {
    void this.scheduler.schedule(Promise.resolve(), `${this.name} ${what}`).then(() => {
      if (!this.isClosed) happen()
    })
  }

  /** Runs work outside the chain, asynchronously, in the order of its queue. */
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

  /** webrtc-pc §4.7.3: fires in the stable state only, and only while negotiation is still needed. */
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
