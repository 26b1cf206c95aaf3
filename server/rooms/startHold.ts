import { serverLimits } from '../../machines/protocol/limits.ts'
import type { Clock } from '../common/clock.ts'
import { Refusal } from '../common/apiError.ts'

/**
 * How long strangers wait at the door after a start that knows nothing of the rooms before it (after a crash), in ms: longer than the
 * longest pause between two attempts of a page to reconnect (`timers.reconnect`, 7 s), so that holders come back first.
 */
export const holdMs = 10_000

/** Lets nobody pass for a while after the start. */
export class Hold {
  #waiting: Set<() => void> | null = new Set()
  readonly #most: number
  readonly #stop: () => void

  /** @param most how many may wait at once */
  constructor(clock: Clock, milliseconds = holdMs, most: number = serverLimits.waitingStrangers) {
    this.#most = most
    this.#stop = clock.every(milliseconds, () => this.end())
  }

  /** Resolves when the hold is over. Rejects with `unavailable` when the visitor gives up first, or when too many wait. */
  passed(signal?: AbortSignal): Promise<void> {
    const waiting = this.#waiting
    if (!waiting) return Promise.resolve()
    if (waiting.size >= this.#most) return Promise.reject(new Refusal('unavailable'))
    return new Promise((resolve, reject) => {
      const done = (): void => {
        waiting.delete(done)
        signal?.removeEventListener('abort', giveUp)
        resolve()
      }
      const giveUp = (): void => {
        waiting.delete(done)
        reject(new Refusal('unavailable'))
      }
      if (signal?.aborted) return giveUp()
      waiting.add(done)
      signal?.addEventListener('abort', giveUp, { once: true })
    })
  }

  /** Before its time, should the server end. */
  end(): void {
    this.#stop()
    const waiting = [...this.#waiting ?? []]
    this.#waiting = null
    for (const done of waiting) done()
  }
}
