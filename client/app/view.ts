import type { SnapshotFrom } from 'xstate'
import type { callMachine } from '../../machines/call/callMachine.ts'
import type { membershipMachine } from '../../machines/membership/membershipMachine.ts'

/** The view of a room's page. */
export type View =
  | 'lobby'
  | 'joining'
  | 'waiting'
  | 'connecting'
  | 'call'
  | 'unauthenticatedPeer'
  | 'failed'
  | 'rejected'
  | 'openInOtherTab'
  | 'left'
  | 'ended'

/** Selects the view for the states of membership and call. Membership has priority. */
export function viewFor(
  membershipSnapshot: SnapshotFrom<typeof membershipMachine>,
  callSnapshot: SnapshotFrom<typeof callMachine>,
): View {
  if (membershipSnapshot.matches('lobby')) return 'lobby'
  if (membershipSnapshot.matches('joining')) return 'joining'
  if (membershipSnapshot.matches({ left: 'rejected' })) return 'rejected'
  if (membershipSnapshot.matches({ left: 'replaced' })) return 'openInOtherTab'
  if (membershipSnapshot.matches({ left: 'byPeer' })) return 'ended'
  if (membershipSnapshot.matches('left')) return 'left'
  if (callSnapshot.matches('connected')) return 'call'
  if (callSnapshot.matches('unauthenticatedPeer')) return 'unauthenticatedPeer'
  if (callSnapshot.matches('hangup')) return 'failed'
  return membershipSnapshot.context.peer === 'absent' ? 'waiting' : 'connecting'
}

/** Returns the name of a state value's outermost state. */
export const outerStateName = (value: string | object): string =>
  typeof value === 'string' ? value : (Object.keys(value)[0] ?? '')
