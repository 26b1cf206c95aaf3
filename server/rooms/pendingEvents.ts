import type { RoomMachineEvent } from '../../machines/room/roomEvents.ts'
import type { RoomContext } from '../../machines/room/seats.ts'
import { isUnavailable } from '../common/apiError.ts'
import type { ConnectionEnd } from './unconfirmedConnections.ts'

/** Applies an event to a room, unless the condition is false for it. */
type Apply = (room: string, event: RoomMachineEvent, appliesTo?: (room: RoomContext) => boolean) => Promise<unknown>

interface PendingEvent {
  readonly room: string
  readonly event: RoomMachineEvent
  readonly appliesTo?: ConnectionEnd['appliesTo']
}

/**
 * Events that must not get lost while the store is unavailable, such as the end of a connection: without it a seat would
 * be connected for ever. They keep their order. Each socket adds at most two of them.
 */
export class PendingEvents {
  readonly #apply: Apply
  readonly #waiting = new Set<PendingEvent>()
  #isRetrying = false

  /** @param apply rejects with `unavailable` if the store does not answer */
  constructor(apply: Apply) {
    this.#apply = apply
  }

  /** Number of events that wait. */
  get count(): number {
    return this.#waiting.size
  }

  /** Applies an event, or keeps it for `retry`. */
  async apply(room: string, event: RoomMachineEvent): Promise<void> {
    try {
      await this.#apply(room, event)
    } catch (error) {
      if (!isUnavailable(error)) throw error
      this.#waiting.add({ room, event })
    }
  }

  /** Keeps the ends of connections for `retry`. */
  add(room: string, ends: readonly ConnectionEnd[]): void {
    for (const end of ends) this.#waiting.add({ room, ...end })
  }

  /** Forgets the ends of connections that have begun after all: a second attempt may use the same numbers. */
  cancel(room: string, ends: readonly ConnectionEnd[]): void {
    for (const waiting of this.#waiting)
      if (waiting.room === room && ends.some(({ event }) => isSameConnection(event, waiting.event)))
        this.#waiting.delete(waiting)
  }

  /** Applies the events that wait, until the store fails again. */
  async retry(): Promise<void> {
    if (this.#isRetrying) return
    this.#isRetrying = true
    try {
      for (const next of this.#waiting) {
        await this.#apply(next.room, next.event, next.appliesTo).catch((error: unknown) => {
          if (!isUnavailable(error)) this.#waiting.delete(next)
          throw error
        })
        this.#waiting.delete(next)
      }
    } catch (error) {
      if (!isUnavailable(error)) throw error
    } finally {
      this.#isRetrying = false
    }
  }
}

const isSameConnection = (one: RoomMachineEvent, other: RoomMachineEvent): boolean =>
  ('visit' in one && 'visit' in other && one.visit === other.visit) ||
  (one.type === 'preparation.ended' && other.type === one.type && other.id === one.id)
