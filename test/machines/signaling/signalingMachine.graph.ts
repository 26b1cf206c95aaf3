import type { SnapshotFrom } from 'xstate'
import type { SignalingEvent } from '../../../machines/signaling/signalingEvents.ts'
import { signalingMachine } from '../../../machines/signaling/signalingMachine.ts'
import { type Exploration, waitsIn } from '../graph.ts'
import { createJoined } from './createJoined.ts'

export type Snapshot = SnapshotFrom<typeof signalingMachine>

/** An accepted join. */
export const given = (resumed = false): SignalingEvent => ({
  type: 'join.accepted',
  position: 'e.1',
  seat: createJoined({ resumed }),
})
/** A rejected join. */
export const refused = (code: Extract<SignalingEvent, { type: 'join.rejected' }>['code']): SignalingEvent => ({
  type: 'join.rejected',
  code,
  random: 0.5,
  joinKey: 'fresh key',
})
/** The membership requests a seat. */
export const asked = { type: 'join.requested', joinKey: 'key', token: null } as const satisfies SignalingEvent
/** The socket closed. The delay of its reconnect is in the middle of the range. */
export const closed: SignalingEvent = { type: 'socket.closed', random: 0.5 }

/** All events, one for each case that the machine distinguishes. */
export const facts: SignalingEvent[] = [
  { type: 'page.opened' },
  { type: 'page.closing' },
  { type: 'network.changed' },
  asked,
  { ...asked, token: 'stored' },
  { type: 'visit.requested', ask: null },
  { type: 'visit.requested', ask: { joinKey: 'ask key', name: 'Ben' } },
  { type: 'visit.updated', view: { occupancy: 'waiting', policy: 'ask', ask: 'asking' } },
  { type: 'visit.rejected', code: 'throttled' },
  { type: 'visitor.answered', visitor: 3, isAdmitted: true },
  { type: 'policy.selected', policy: 'ask' },
  { type: 'preparation.stepped', step: { type: 'request' } },
  { type: 'seat.released' },
  { type: 'seat.relinquished' },
  { type: 'media.reported', mediaFlow: 'flowing' },
  { type: 'media.reported', mediaFlow: 'stopped' },
  { type: 'signaling.suspected' },
  { type: 'signaling.alive' },
  { type: 'socket.opened' },
  closed,
  given(),
  given(true),
  { type: 'leave.acknowledged' },
  { type: 'event.received', position: 'e.2', roomEvent: { type: 'ready' } },
  { type: 'event.received', position: 'e.2', roomEvent: { type: 'door', policy: 'ask', visitor: null } },
  { type: 'event.received', position: 'e.3', roomEvent: { type: 'drain', delayMs: 100 } },
  refused('full'),
  refused('seat-lost'),
  refused('unavailable'),
  refused('throttled'),
]

/** Returns the state that affects the further behaviour; attempts are capped. */
export const keyOf = ({
  value,
  context: { joinKey, token, formerToken, position, mediaFlow, selectedPolicy, attempts },
}: Snapshot): string =>
  JSON.stringify([value, joinKey, token, formerToken, position, mediaFlow, selectedPolicy, Math.min(attempts, 2)])

/** All events and all delays; a drain is due at any time. */
export const exploration: Exploration<typeof signalingMachine> = {
  input: { room: 'den' },
  key: keyOf,
  events: (before) => [...facts, { type: 'drain.due' }, ...waitsIn<SignalingEvent>(before)],
}
