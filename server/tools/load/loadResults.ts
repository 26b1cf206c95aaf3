import { LatencyHistogram, type Latency } from './latencyHistogram.ts'

/** The result of a run. */
export interface LoadReport {
  rooms: number
  joins: number
  joinsPerSecond: number
  /** From the start of the connection to the event `joined`. */
  joinMs: Latency
  messages: number
  messagesPerSecond: number
  /** From the time at which the message was due, so a late generator counts as well. */
  acknowledgementMs: Latency
  /** The same, until the other visitor received the message. */
  deliveryMs: Latency
  /** Messages that were sent and never acknowledged. */
  unacknowledged: number
  /** Messages that were acknowledged and never delivered. */
  undelivered: number
  /** Failures by operation and reason, such as `join: throttled`. */
  failures: Readonly<Record<string, number>>
}

/** Collects the results of a run. */
export class LoadResults {
  readonly joinMs = new LatencyHistogram()
  readonly acknowledgementMs = new LatencyHistogram()
  readonly deliveryMs = new LatencyHistogram()
  readonly failures: Record<string, number> = {}
  sentCount = 0
  /** Duration of the joins, and of the messages, in ms. */
  joiningMs = 0
  sendingMs = 0
  #failedSends = 0

  /** Counts a failed operation by its reason. */
  countFailure(operation: 'join' | 'send' | 'subscription', error: unknown): void {
    if (operation === 'send') this.#failedSends++
    const key = `${operation}: ${(error as Error).message || (error as NodeJS.ErrnoException).code}`
    this.failures[key] = (this.failures[key] ?? 0) + 1
  }

  /** The number of messages that the server has not answered yet. */
  get unansweredCount(): number {
    return this.sentCount - this.acknowledgementMs.count - this.#failedSends
  }

  /** @param rooms with both visitors @param undelivered messages on their way */
  report(rooms: number, undelivered: number): LoadReport {
    const { joinMs, acknowledgementMs, deliveryMs, failures, joiningMs, sendingMs } = this
    return {
      rooms,
      joins: joinMs.count,
      joinsPerSecond: rate(joinMs.count, joiningMs),
      joinMs: joinMs.summary(),
      messages: acknowledgementMs.count,
      messagesPerSecond: rate(acknowledgementMs.count, sendingMs),
      acknowledgementMs: acknowledgementMs.summary(),
      deliveryMs: deliveryMs.summary(),
      unacknowledged: this.unansweredCount,
      undelivered,
      failures,
    }
  }
}

/** Operations a second, with one decimal. */
const rate = (count: number, durationMs: number): number =>
  durationMs > 0 ? Math.round((count / durationMs) * 10_000) / 10 : 0
