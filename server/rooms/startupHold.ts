import { serverLimits } from '../../machines/protocol/limits.ts'
import type { Clock } from '../common/clock.ts'
import { ApiError } from '../common/apiError.ts'

/**
 * How long joins without a seat token wait after a crash, in ms, because the rooms of the previous run are unknown: longer than the
 * longest pause between two attempts of a page to reconnect (`timeouts.reconnectDelaysMs`, 7 s), so holders come back first.
 */
export const startupHoldMs = 10_000

/** Delays new joins for a while after the start. */
export class StartupHold {
  #waiting: Set<() => void> | null = new Set()
  readonly #maxWaiting: number
  readonly #stopTimer: () => void

  /** @param maxWaiting how many may wait at once */
  constructor(clock: Clock, durationMs = startupHoldMs, maxWaiting: number = serverLimits.waitingJoins) {
    this.#maxWaiting = maxWaiting
    this.#stopTimer = clock.every(durationMs, () => this.release())
  }

  /** Resolves when the hold is over. Rejects with `unavailable` when the client aborts first, or when too many wait. */
  wait(signal?: AbortSignal): Promise<void> {
    const waiting = this.#waiting
    if (!waiting) return Promise.resolve()
    if (waiting.size >= this.#maxWaiting) return Promise.reject(new ApiError('unavailable'))
    return new Promise((resolve, reject) => {
      const resolveWait = (): void => {
        waiting.delete(resolveWait)
        signal?.removeEventListener('abort', abort)
        resolve()
      }
      const abort = (): void => {
        waiting.delete(resolveWait)
        reject(new ApiError('unavailable'))
      }
      if (signal?.aborted) return abort()
      waiting.add(resolveWait)
      signal?.addEventListener('abort', abort, { once: true })
    })
  }

  /** Ends the hold early when the server shuts down. */
  release(): void {
    this.#stopTimer()
    const waiting = [...(this.#waiting ?? [])]
    this.#waiting = null
    for (const resolveWait of waiting) resolveWait()
  }
}
