import { limits } from '../machines/limits.ts'
import type { RoomEvent } from '../machines/wire.ts'
import { Bucket } from './bucket.ts'
import type { Clock } from './clock.ts'

/** What may wait for one who reads slowly. */
const most = 100

/** Hears for one visit what is told in passing. Whatever is too much is not heard: what counts lies in the mailbox. */
export class Ear {
  readonly #clock: Clock
  /** As much as two people may say is told of; null: the visit did not ask. */
  readonly #lines: Bucket | null
  readonly #heard: RoomEvent[] = []

  constructor(wantsLog: boolean, clock: Clock) {
    this.#clock = clock
    this.#lines = wantsLog ? new Bucket(2 * limits.messageBurst, 2 * limits.messagesPerSecond, clock.now()) : null
  }

  hear(event: RoomEvent): void {
    if (event.type === 'log' && !this.#lines?.take(this.#clock.now())) return
    if (this.#heard.length < most) this.#heard.push(event)
  }

  next(): RoomEvent | undefined {
    return this.#heard.shift()
  }
}
