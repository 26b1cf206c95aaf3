import { serverLimits } from '../../machines/protocol/limits.ts'
import type { Clock } from '../common/clock.ts'
import { ApiError } from '../common/apiError.ts'

/**
 * How long joins without a seat token wait after a crash, in ms. The rooms of the previous run are unknown then.
 * The hold exceeds the longest reconnect delay of a page (7 s, `timeouts.reconnectDelaysMs`), so holders return first.
 */
export const startupHoldMs = 10_000

/** Delays new joins after the start. */
export class StartupHold {
  #waiting: Set<() => void> | null = new Set()
  readonly #maxWaiting: number
  readonly #stopTimer: () => void

  /** @param maxWaiting maximum number of pending joins */
  constructor(clock: Clock, durationMs = startupHoldMs, maxWaiting: number = serverLimits.waitingJoins) {
    this.#maxWaiting = maxWaiting
    this.#stopTimer = clock.every(durationMs, () => this.release())
  }

  /**
   * Resolves when the hold ends.
   * @throws {ApiError} `unavailable` if the signal aborts first, or if too many joins are pending
   */
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

  /** Ends the hold, also before its time. Later calls do nothing. */
  release(): void {
    this.#stopTimer()
    const waiting = [...(this.#waiting ?? [])]
    this.#waiting = null
    for (const resolveWait of waiting) resolveWait()
  }
}
