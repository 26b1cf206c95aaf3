import type { SnapshotFrom } from 'xstate'
import type { call } from '../call/callMachine.ts'
import type { DeviceKind } from '../protocol/vocabulary.ts'
import type { visit } from '../membership/membershipMachine.ts'

/**
 * The one rule of where tracks live: a microphone and a camera in the lobby, at the door and in the room; a shared screen in a call.
 * Nowhere else, so that no light stays on after a call, and nobody who comes later sees a screen that was shared with another.
 * In `unproven` nothing is sent, so no screen is captured either.
 */
export function mayCapture(kind: DeviceKind, visiting: SnapshotFrom<typeof visit>, calling: SnapshotFrom<typeof call>): boolean {
  if (visiting.matches('outside')) return false
  return kind !== 'screen' || !(calling.matches('idle') || calling.matches('hangup') || calling.matches('unproven'))
}
