import { limits, serverLimits } from '../../machines/protocol/limits.ts'
import type { RoomEvent } from '../../machines/protocol/messages.ts'
import { Bucket } from '../limits/tokenBucket.ts'
import type { Clock } from '../common/clock.ts'
import { heapBytesOf } from '../common/heapBytes.ts'

const { passingEventsPerVisit, passingBytesPerVisit } = serverLimits

/** Hears for one visit what is told in passing. Whatever is too much is not heard: what counts lies in the mailbox. */
export class Ear {
  readonly #clock: Clock
  /** As much as two people may say is told of; null: the visit did not ask. */
  readonly #lines: Bucket | null
  readonly #heard: RoomEvent[] = []
  #bytes = 0

  constructor(wantsLog: boolean, clock: Clock) {
    this.#clock = clock
    this.#lines = wantsLog ? new Bucket(2 * limits.messageBurst, 2 * limits.messagesPerSecond, clock.now()) : null
  }

  hear(event: RoomEvent): void {
    if (event.type === 'log' && !this.#lines?.take(this.#clock.now())) return
    const bytes = this.#bytes + heapBytesOf(event)
    // One event is let in whatever its size.
    if (this.#heard.length >= passingEventsPerVisit || (this.#heard.length > 0 && bytes > passingBytesPerVisit)) return
    this.#bytes = bytes
    this.#heard.push(event)
  }

  next(): RoomEvent | undefined {
    const event = this.#heard.shift()
    if (event) this.#bytes -= heapBytesOf(event)
    return event
  }
}
