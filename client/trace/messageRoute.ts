import type { CallEvent } from '../../machines/call/callEvents.ts'
import type { ChatEvent } from '../../machines/chat/chatEvents.ts'
import type { SeatName } from '../../machines/protocol/messages.ts'
import type { TransferEvent } from '../../machines/transfer/transferEvents.ts'
import type { VerificationEvent } from '../../machines/verification/verificationEvents.ts'
import { type Place, places, type TracedMachine, type TraceEntry } from '../../machines/protocol/traceEntry.ts'

/** The seat of each place, as far as the trace shows it. */
export type Seats = Partial<Record<Place, SeatName>>

/** Returns the seats after an entry. */
export const seatsAfter = (seats: Seats, { place, machine, event, fields: { seat } }: TraceEntry): Seats =>
  machine !== 'room' && event === 'join.accepted' && (seat === 'a' || seat === 'b')
    ? { ...seats, [place]: seat }
    : seats

/** Signaling events that originate at the server. */
const serverEvents = new Set(['join.accepted', 'event.received', 'join.rejected', 'leave.acknowledged'])

/** Events that the other page causes without the server: messages of the data channels, and media. */
const peerEvents: Partial<Record<TracedMachine, ReadonlySet<string>>> = {
  call: new Set<CallEvent['type']>(['media.started']),
  verification: new Set<VerificationEvent['type']>(['peer.committed', 'peer.revealed', 'peer.malformed']),
  chat: new Set<ChatEvent['type']>(['hello.received', 'text.received', 'ack.received']),
  transfer: new Set<TransferEvent['type']>([
    'peer.offered',
    'peer.forgot',
    'peer.accepted',
    'peer.ended',
    'peer.stored',
    'peer.cancelled',
  ]),
}

/** True for an event that arrived from the other page over the peer connection. */
export const isPeerEvent = ({ machine, event }: TraceEntry): boolean => peerEvents[machine]?.has(event) ?? false

/**
 * Returns the route of a message between a page and the server, or from page to page; null for an entry that crossed no
 * network.
 */
export function messageRoute(entry: TraceEntry, seats: Seats): { from: Place; to: Place } | null {
  const { place, machine, event, fields } = entry
  if (isPeerEvent(entry)) return { from: place === 'here' ? 'there' : 'here', to: place }
  if (machine === 'signaling' && serverEvents.has(event)) return { from: 'server', to: place }
  const from = places.find((each) => seats[each] !== undefined && seats[each] === fields.seat)
  return machine === 'room' && from ? { from, to: 'server' } : null
}
