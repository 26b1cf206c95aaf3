import type { TurnLog } from '../common/log.ts'

/** Each kind of warning is logged once per interval, in ms. */
const intervalMs = 60_000

interface WarningState {
  loggedAt: number
  /** Warnings since the last log line. */
  count: number
  last: readonly [fields: object, message: string]
}

/**
 * Rate-limits warnings that a client or a full machine can cause thousands of times a second.
 * The first of its kind is logged at once. Others in that minute are counted.
 * When the minute is over, the last one is logged with `count`.
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

  /** Logs or counts a warning. @param kind from a small set, because each kind is kept for a minute */
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

  /** Logs the counted warnings of each kind whose minute is over. Call it about once a second. */
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
