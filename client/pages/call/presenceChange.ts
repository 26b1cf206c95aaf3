import type { SnapshotFrom } from 'xstate'
import type { callMachine } from '../../../machines/call/callMachine.ts'
import type { membershipMachine } from '../../../machines/membership/membershipMachine.ts'

/**
 * A change that the person should notice: the peer arrived or left, a visitor knocks, or the waiting person admitted
 * this page.
 */
export type PresenceChange = 'arrived' | 'left' | 'knocked' | 'admitted'

/** The state that `selectPresenceChange` compares. */
export interface RoomPresence {
  place: 'asking' | 'joining' | 'joined' | 'leftByPeer' | 'elsewhere'
  /** True while a call is connected, even if the server has given the peer's seat away. */
  isPeerPresent: boolean
  /** The id of the visitor at the door who has no answer yet; null without one. */
  visitorId: number | null
}

/** Derives the presence from the states of membership and call. */
export function readPresence(
  membership: SnapshotFrom<typeof membershipMachine>,
  call: SnapshotFrom<typeof callMachine>,
): RoomPresence {
  const { peer, visitor } = membership.context
  return {
    place: placeOf(membership),
    isPeerPresent: peer !== 'absent' || call.matches('connected'),
    visitorId: visitor && !visitor.isAdmitted ? visitor.id : null,
  }
}

function placeOf(membership: SnapshotFrom<typeof membershipMachine>): RoomPresence['place'] {
  if (membership.matches({ lobby: 'asking' })) return 'asking'
  if (membership.matches('joining')) return 'joining'
  if (membership.matches('joined')) return 'joined'
  return membership.matches({ left: 'byPeer' }) ? 'leftByPeer' : 'elsewhere'
}

/**
 * Returns the change from one presence to the next; null if there is none, or if the person caused it: a join, a
 * hang-up, a reload. A peer who reloads keeps the seat, so nothing changes.
 */
export function selectPresenceChange(before: RoomPresence, after: RoomPresence): PresenceChange | null {
  if (after.visitorId !== null && after.visitorId !== before.visitorId) return 'knocked'
  if (before.place === 'asking' && after.place === 'joining') return 'admitted'
  if (before.place !== 'joined') return null
  if (!before.isPeerPresent) return after.place === 'joined' && after.isPeerPresent ? 'arrived' : null
  const hasLeft = after.place === 'joined' ? !after.isPeerPresent : after.place === 'leftByPeer'
  return hasLeft ? 'left' : null
}
