import type { RoomMachineEvent } from '../../machines/room/roomEvents.ts'
import { isUnavailable } from '../common/apiError.ts'

interface PendingEvent {
  readonly room: string
  readonly event: RoomMachineEvent
}

/**
 * Events that must not get lost while the store is unavailable, such as the end of a connection: without it a seat would
 * be connected for ever. They keep their order. Each socket adds at most two of them.
 */
export class PendingEvents {
  readonly #apply: (room: string, event: RoomMachineEvent) => Promise<unknown>
  #waiting: PendingEvent[] = []
  #isRetrying = false

  /** @param apply rejects with `unavailable` if the store does not answer */
  constructor(apply: (room: string, event: RoomMachineEvent) => Promise<unknown>) {
    this.#apply = apply
  }

  /** Number of events that wait. */
  get count(): number {
    return this.#waiting.length
  }

  /** Applies an event, or keeps it for `retry`. */
  async apply(room: string, event: RoomMachineEvent): Promise<void> {
    try {
      await this.#apply(room, event)
    } catch (error) {
      if (!isUnavailable(error)) throw error
      this.#waiting.push({ room, event })
    }
  }

  /** Applies the events that wait, until the store fails again. */
  async retry(): Promise<void> {
    if (this.#isRetrying) return
    this.#isRetrying = true
    try {
      for (let next = this.#waiting[0]; next; next = this.#waiting[0]) {
        await this.#apply(next.room, next.event)
        this.#waiting.shift()
      }
    } catch (error) {
      if (isUnavailable(error)) return
      this.#waiting.shift()
      throw error
    } finally {
      this.#isRetrying = false
    }
  }
}
