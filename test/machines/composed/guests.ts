import type { RoomMachineEvent } from '../../../machines/room/roomEvents.ts'
import type { RoomSnapshot } from '../../../server/rooms/admission.ts'
import type { SeatSubscription } from './channelTypes.ts'

/** A visitor at the door. The steps imply it, independent of the room machine. */
export interface Guest {
  keyHash: string
  /** Names the request in the holder's answer. */
  id: number
  /** The newest connection of the visitor. */
  visit: number
  isAdmitted: boolean
  /** Deadline (ms) of a disconnected or an admitted visitor; null for one that asks. */
  awayUntil: number | null
}

/** A visitor without a page. It asks, joins and sends at any time. */
export interface Stranger {
  /** Its visit: null without one. `at`: its place at the door; null without one. `current`: its attempt. */
  visit: { at: number | null; current: number | null } | null
  stay: SeatSubscription | null
}

/** The life of messages that the stranger sends without a seat. */
export const strangerLife = -1

/** The guests that a step of the room leaves at the door. Their own steps are in doorModel.ts. */
export function guestsAfter(guests: Guest[], { value, context }: RoomSnapshot, fact: RoomMachineEvent): Guest[] {
  if (value !== 'created' || context.door.policy !== 'ask') return []
  const isOver = fact.type === 'time.passed' && guests.some(({ awayUntil }) => (awayUntil ?? Infinity) <= fact.at)
  return isOver ? guests.filter(({ awayUntil }) => (awayUntil ?? Infinity) > fact.at) : guests
}
