import type { SnapshotFrom } from 'xstate'
import type { callMachine } from '../call/callMachine.ts'
import type { DeviceKind } from '../protocol/vocabulary.ts'
import type { membershipMachine } from '../membership/membershipMachine.ts'

/**
 * Returns true if a device may be captured: a microphone or camera until membership is `left`, a shared screen during
 * a call. So no camera light stays on after a call, and a shared screen is never sent to the next peer. In
 * `unauthenticatedPeer` nothing is sent, so no screen is captured either.
 */
export function mayCapture(
  kind: DeviceKind,
  membership: SnapshotFrom<typeof membershipMachine>,
  call: SnapshotFrom<typeof callMachine>,
): boolean {
  if (membership.matches('left')) return false
  return kind !== 'screen' || !(call.matches('idle') || call.matches('hangup') || call.matches('unauthenticatedPeer'))
}
