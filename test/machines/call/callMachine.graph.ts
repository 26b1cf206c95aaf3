import type { EventFromLogic, SnapshotFrom } from 'xstate'
import { callMachine } from '../../../machines/call/callMachine.ts'
import { limits } from '../../../machines/protocol/limits.ts'
import type { Candidate, DescriptionMessage, SeatName, CandidateMessage } from '../../../machines/protocol/messages.ts'
import { type Exploration, waitsIn } from '../graph.ts'

/**
 * All events that one end of a call can receive from the room, the peer and the browser. They arrive in any order. They
 * come early, late, twice and under wrong connection ids. The key caps counters, so the graph is finite.
 */
export type Call = SnapshotFrom<typeof callMachine>
type Context = Call['context']
type Event = EventFromLogic<typeof callMachine>

/** Returns the other seat; `a` without a seat. */
export const theOther = (seat: SeatName | null): SeatName => (seat === 'a' ? 'b' : 'a')

/** The ufrag of the peer's next description. */
export const nextUfrag = ({ remoteUfrag: ufrag }: Context): string => (ufrag === 'u1' ? 'u2' : 'u1')

/** A description without an ICE restart. */
const unchanged = ({ remoteUfrag: ufrag }: Context): string => `v=0\r\na=ice-ufrag:${ufrag ?? 'u1'}\r\n`

/** Returns every event that may arrive in a snapshot. */
export const events = (snapshot: Call): Event[] => {
  const { seat, connection } = snapshot.context
  return [
    ...(seat ? [...fromRoom(snapshot), ...fromPeer(snapshot.context)] : withoutSeat()),
    ...(connection ? fromConnection(snapshot.context, connection) : []),
    ...fromClock(snapshot),
  ]
}

const withoutSeat = (): Event[] => [
  // The user cancels while joining.
  { type: 'user.hungUp' },
  { type: 'join.accepted', seat: 'a', role: 'impolite', epoch: 1, peer: 'absent', resumed: false },
  { type: 'join.accepted', seat: 'b', role: 'polite', epoch: 1, peer: 'connected', resumed: false },
  { type: 'join.accepted', seat: 'b', role: 'polite', epoch: 1, peer: 'disconnected', resumed: false },
  { type: 'join.accepted', seat: 'a', role: 'impolite', epoch: 1, peer: 'connected', resumed: true },
  { type: 'join.accepted', seat: 'b', role: 'polite', epoch: 1, peer: 'absent', resumed: true },
  // The pages prepared a connection, or this page has lost it.
  ...[{ connection: 'a8.0', remoteUfrag: 'u1' }, null].map(
    (prepared) =>
      ({
        type: 'join.accepted',
        seat: 'b',
        role: 'polite',
        epoch: 1,
        peer: 'connected',
        resumed: false,
        prepared,
      }) as const,
  ),
]

function fromRoom(snapshot: Call): Event[] {
  const {
    value,
    context: { seat, role, epoch, peer },
  } = snapshot
  return [
    ...(['absent', 'connected', 'disconnected'] as const).map(
      (found) => ({ type: 'join.accepted', seat: seat!, role, epoch: epoch + 1, peer: found, resumed: true }) as const,
    ),
    // Before `seat.lost`, which leads to the same state: the shortest paths then send the hang-up.
    { type: 'user.hungUp' },
    ...(['replaced', 'lost'] as const).map((reason) => ({ type: 'seat.lost', reason }) as const),
    // The server sends ready again after a third visitor has left; then the peer is not new.
    { type: 'peer.joined' },
    ...(peer === 'absent' && snapshot.matches('offering')
      ? [{ connection: `${seat}8.0`, remoteUfrag: 'u1' }, null].map(
          (prepared) => ({ type: 'peer.joined', prepared }) as const,
        )
      : []),
    // The server loses one seat or both, and the visitors join again.
    ...(snapshot.matches({ connected: 'flowing' })
      ? (['absent', 'connected', 'disconnected'] as const).map(
          (found) =>
            ({ type: 'join.accepted', seat: seat!, role, epoch: epoch + 1, peer: found, resumed: false }) as const,
        )
      : []),
    ...(peer === 'absent' ? [] : (['left', 'lost'] as const).map((reason) => ({ type: 'peer.left', reason }) as const)),
    ...(peer === 'connected' ? [{ type: 'peer.disconnected' } as const] : []),
    ...(peer === 'disconnected'
      ? [true, false].map((reloaded) => ({ type: 'peer.reconnected', reloaded }) as const)
      : []),
    { type: 'messages.lost' },
    { type: 'signaling.lost' },
    { type: 'signaling.alive' },
    { type: 'network.changed' },
    ...(value === 'hangup' ? [{ type: 'user.retried' } as const] : []),
  ]
}

function fromPeer(context: Context): Event[] {
  const { connection, negotiation } = context
  const sdp = `v=0\r\na=ice-ufrag:${nextUfrag(context)}\r\n`
  const descriptions: DescriptionMessage[] = [
    ...theirs(context).map((name) => ({ connection: name, negotiation: 1, sdp })),
    // A further offer of a connection that this end no longer knows.
    { connection: `${theOther(context.seat)}7.3`, negotiation: 2, sdp },
    ...(connection
      ? [negotiation - 1, negotiation, negotiation + 1]
          .filter((n) => n > 0)
          .map((n) => ({ connection, negotiation: n, sdp }))
      : []),
  ]
  const trickles: CandidateMessage[] = [...theirs(context), ...(connection ? [connection] : [])].flatMap((name) =>
    [context.remoteUfrag, nextUfrag(context), 'an unknown ufrag', null].map((ufrag) => ({
      connection: name,
      candidate: candidate(ufrag),
    })),
  )
  return [
    ...descriptions.flatMap((each): Event[] => [
      { type: 'offer.received', ...each },
      { type: 'answer.received', ...each },
    ]),
    ...(connection
      ? [{ type: 'offer.received', connection, negotiation: negotiation + 1, sdp: unchanged(context) } as const]
      : []),
    ...trickles.map((each) => ({ type: 'candidate.received', ...each }) as const),
    ...unauthenticatedEvents(context, sdp),
    { type: 'hangup.received' },
  ]
}

/** An unauthenticated peer offers a connection, offers it again, and answers offers, pending or not. */
function unauthenticatedEvents({ seat, connection, negotiation, unauthenticatedPeer }: Context, sdp: string): Event[] {
  const name = `${theOther(seat)}9.1`
  return [
    ...[1, 2].map((n) => ({ type: 'unauthenticatedOffer.received', connection: name, negotiation: n, sdp }) as const),
    ...(connection
      ? [negotiation - 1, negotiation]
          .filter((n) => n > 0)
          .map((n) => ({ type: 'unauthenticatedAnswer.received', connection, negotiation: n, sdp }) as const)
      : []),
    ...(unauthenticatedPeer
      ? [nextUfrag({ remoteUfrag: null } as Context), 'an unknown ufrag', null].map(
          (ufrag) => ({ type: 'candidate.received', connection: name, candidate: candidate(ufrag) }) as const,
        )
      : []),
    { type: 'user.acceptedPeer' },
  ]
}

/** Connections that the peer may have made and this end does not use. */
const theirs = ({ seat, connection }: Context): string[] =>
  [`${theOther(seat)}7.1`, `${theOther(seat)}7.2`].filter((name) => name !== connection)

/** Returns a host candidate with this ufrag. */
export const candidate = (usernameFragment: string | null): Candidate => ({
  candidate: 'candidate:1 1 udp 1 192.0.2.7 9 typ host',
  sdpMid: '0',
  sdpMLineIndex: 0,
  usernameFragment,
})

function fromConnection({ negotiation }: Context, connection: string): Event[] {
  const made = [negotiation - 1, negotiation]
    .filter((n) => n > 0)
    .map((n) => ({ connection, negotiation: n, sdp: 'v=0\r\na=ice-ufrag:own\r\n' }))
  return [
    ...made.flatMap((each): Event[] => [
      { type: 'offer.created', ...each },
      { type: 'answer.created', ...each },
    ]),
    { type: 'candidate.gathered', connection, candidate: candidate('own') },
    { type: 'negotiation.needed' },
    { type: 'offer.stale' },
    { type: 'transport.connected' },
    { type: 'transport.disconnected' },
    { type: 'transport.failed' },
    { type: 'media.started' },
    { type: 'connection.failed', message: 'reported by the browser' },
  ]
}

/** Events of the delays that run in this state. */
function fromClock(snapshot: Call): Event[] {
  const isLosing = snapshot.matches('connected') && !snapshot.matches({ connected: 'flowing' })
  return [
    ...waitsIn<Event>(snapshot),
    ...(isLosing ? [{ type: 'recovery.timedOut' } as const] : []),
    ...(snapshot.context.recentRestarts > 0 ? [{ type: 'restart.budgetReset' } as const] : []),
    ...(snapshot.context.isRestartPaused ? [{ type: 'restart.allowed' } as const] : []),
  ]
}

/** Returns the state that affects the further behaviour; counters are capped. */
export const key = (snapshot: Call): string => {
  const { value, context } = snapshot
  const {
    seat,
    peer,
    connection,
    negotiation,
    pendingNegotiation: asked,
    pendingOfferSdp: offer,
    remoteUfrag: ufrag,
    pendingCandidates: early,
    unauthenticatedPeer,
    failedAttempts: attempts,
    reason,
  } = context
  // Messages of an unauthenticated peer matter until the user is asked. Failed attempts do not matter while the user
  // decides.
  const isAsked = value === 'unauthenticatedPeer'
  const tries = isAsked ? 1 : Math.min(attempts, limits.failedIceRestarts + 1)
  const isKept = isAsked || snapshot.matches({ connected: 'flowing' }) || snapshot.matches({ connected: 'stalled' })
  return JSON.stringify([
    value,
    seat,
    peer,
    connection && connection[0] === seat,
    Math.min(negotiation, 2),
    asked !== null,
    // Earlier failures do not affect the handling of descriptions and candidates.
    ...(tries > 0 ? [] : [offer !== null, ufrag !== null, early.length > 0]),
    tries,
    typeof value === 'object' && 'connected' in value && budgetOf(context),
    value === 'hangup' && reason,
    isKept &&
      unauthenticatedPeer && [unauthenticatedPeer.offer === null, isAsked && unauthenticatedPeer.candidates.length > 0],
  ])
}

/**
 * Whether a restart is allowed, and allowed at once. Without the peer, the signaling connection makes no difference.
 */
const budgetOf = ({
  peer,
  signaling,
  recentRestarts: restarts,
  isRestartPaused: resting,
  hasTransportFailed: hopeless,
}: Context) => [resting, hopeless, restarts >= limits.iceRestartsPerMinute, peer === 'connected' && signaling]

/** Every event in every state, under the capped key. */
export const exploration: Exploration<typeof callMachine> = { events, key }
