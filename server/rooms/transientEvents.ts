import { limits, serverLimits } from '../../machines/protocol/limits.ts'
import type { RoomEvent } from '../../machines/protocol/messages.ts'
import { TokenBucket } from '../limits/tokenBucket.ts'
import type { Clock } from '../common/clock.ts'
import { estimateHeapBytes } from '../common/heapBytes.ts'

const { transientEventsPerSubscription, transientBytesPerSubscription } = serverLimits

/** A bounded buffer of events that no mailbox stores, for one subscription. Drops events above its limits. */
export class TransientEventBuffer {
  readonly #clock: Clock
  /** Tokens for trace entries, twice the rate of one client; null if the subscription does not include the trace. */
  readonly #traceBudget: TokenBucket | null
  readonly #events: RoomEvent[] = []
  #bytes = 0

  constructor(includesTrace: boolean, clock: Clock) {
    this.#clock = clock
    this.#traceBudget = includesTrace
      ? new TokenBucket(2 * limits.messageBurst, 2 * limits.messagesPerSecond, clock.now())
      : null
  }

  /** Adds an event, or drops it. */
  push(event: RoomEvent): void {
    if (event.type === 'room.trace' && !this.#traceBudget?.take(this.#clock.now())) return
    const bytes = this.#bytes + estimateHeapBytes(event)
    // An empty buffer accepts an event of any size.
    if (
      this.#events.length >= transientEventsPerSubscription ||
      (this.#events.length > 0 && bytes > transientBytesPerSubscription)
    )
      return
    this.#bytes = bytes
    this.#events.push(event)
  }

  /** Removes and returns the oldest event. */
  shift(): RoomEvent | undefined {
    const event = this.#events.shift()
    if (event) this.#bytes -= estimateHeapBytes(event)
    return event
  }
}
