import type { TurnLog } from '../common/log.ts'

/** A kind of warning is logged once in this time, in ms. */
const intervalMs = 60_000

interface WarningState {
  loggedAt: number
  /** Not logged since. */
  count: number
  last: readonly [fields: object, message: string]
}

/**
 * Warnings that a client or a full machine can cause thousands of times a second. The first of its kind is logged at once; the
 * others of that minute are counted, and the last of them is logged with `count` when the minute is over.
 */
export class Warnings {
  readonly #log: Pick<TurnLog, 'warn'>
  readonly #now: () => number
  readonly #kinds = new Map<string, WarningState>()

  /** @param now a monotonic clock, in ms */
  constructor(log: Pick<TurnLog, 'warn'>, now = () => performance.now()) {
    this.#log = log
    this.#now = now
  }

  /** @param kind one of few: each is remembered for a minute */
  warn(kind: string, fields: object, message: string): void {
    const known = this.#kinds.get(kind)
    if (known) {
      known.count++
      known.last = [fields, message]
      return
    }
    this.#kinds.set(kind, { loggedAt: this.#now(), count: 0, last: [fields, message] })
    this.#log.warn(fields, message)
  }

  /** Logs what was only counted, for each kind whose minute is over. To be called about once a second. */
  flush(): void {
    const now = this.#now()
    for (const [kind, known] of this.#kinds) {
      if (now - known.loggedAt < intervalMs) continue
      if (known.count === 0) {
        this.#kinds.delete(kind)
        continue
      }
      const [fields, message] = known.last
      this.#log.warn({ ...fields, count: known.count }, message)
      Object.assign(known, { loggedAt: now, count: 0 })
    }
  }
}
