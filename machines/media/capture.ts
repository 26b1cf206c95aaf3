import type { SnapshotFrom } from 'xstate'
import type { callMachine } from '../call/callMachine.ts'
import type { DeviceKind } from '../protocol/vocabulary.ts'
import type { membershipMachine } from '../membership/membershipMachine.ts'

/**
 * Where tracks may live: a microphone and a camera in `lobby`, `joining` and `joined`; a shared screen in a call. Nowhere else,
 * so that no light stays on after a call, and the next peer does not see a screen that was shared with another.
 * In `unauthenticatedPeer` nothing is sent, so no screen is captured either.
 */
export function mayCapture(
  kind: DeviceKind,
  membership: SnapshotFrom<typeof membershipMachine>,
  call: SnapshotFrom<typeof callMachine>,
): boolean {
  if (membership.matches('left')) return false
  return kind !== 'screen' || !(call.matches('idle') || call.matches('hangup') || call.matches('unauthenticatedPeer'))
}
