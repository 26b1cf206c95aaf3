import type { ActorRefFrom, SnapshotFrom } from 'xstate'
import type { callMachine } from '../../machines/call/callMachine.ts'
import { mayCapture } from '../../machines/media/capture.ts'
import type { DeviceKind } from '../../machines/protocol/vocabulary.ts'
import type { RoomUpdate } from '../../machines/signaling/signalingEvents.ts'
import type { signalingMachine } from '../../machines/signaling/signalingMachine.ts'
import type { membershipMachine } from '../../machines/membership/membershipMachine.ts'
import type { PreparedCall } from '../../machines/call/callEvents.ts'
import type { JoinedEvent, MediaState, Message, PeerMessage, SeatName } from '../../machines/protocol/messages.ts'
import type { FailureReporter } from '../signaling/failureReporter.ts'
import type { Continuity } from '../verification/continuity.ts'
import type { PageLifecycle } from './pageLifecycle.ts'
import type { SeatStorage } from './seatStorage.ts'
import { type DeviceActors, readMediaState, onMediaStateChange } from '../media/mediaState.ts'
import type { RemoteTrace } from '../trace/remoteTrace.ts'

/** The machines of one session and their other dependencies. */
export interface SessionParts extends DeviceActors {
  membership: ActorRefFrom<typeof membershipMachine>
  call: ActorRefFrom<typeof callMachine>
  signaling: ActorRefFrom<typeof signalingMachine>
  outbox: { send(message: PeerMessage): void; onAcknowledged?(message: PeerMessage): void }
  seatStorage: SeatStorage
  continuity: Pick<Continuity, 'sign' | 'isUnauthenticated' | 'acceptPeer' | 'waiveProof'>
  /** Reports failed calls to the server; without it nothing is reported. */
  failureReporter?: Pick<FailureReporter, 'report'>
  createKey(): string
  /** Called with the media state that the peer reports. */
  onRemoteMediaState(media: MediaState): void
  /** Another person may be the peer now. */
  onNewPeer?(): void
  /** The user left the room, or lost the seat. */
  onVisitEnded?(): void
  /** The page lifecycle; without it the page counts as active. */
  pageLifecycle?: PageLifecycle
  /** Handles trace messages. */
  remoteTrace?: RemoteTrace
  /**
   * Takes over the connection of this preparation. Returns null if this page has lost it, and undefined without a
   * preparation. `holder`: the seat that offered.
   */
  confirmPreparation?(id: number | undefined, holder: SeatName): PreparedCall | null | undefined
}

type HandlerTable<T extends { type: string }> = { [K in T['type']]: (event: Extract<T, { type: K }>) => void }

const deviceKinds: readonly DeviceKind[] = ['microphone', 'camera', 'screen']
const defaultMediaState: MediaState = { microphone: true, camera: true, screen: false }

/** Forwards the events of each machine to the machines that need them. Returns its stop function. */
export function connectMachines(parts: SessionParts): () => void {
  const { membership, call, signaling, outbox, seatStorage, continuity } = parts
  const handlers = createRoomEventHandlers(parts)
  outbox.onAcknowledged = (message) => traceRelayedMessage(parts, message, false)
  const subscriptions = [
    membership.on('join.requested', () =>
      signaling.send({ type: 'join.requested', ...seatStorage.createJoinRequest(parts.createKey) }),
    ),
    membership.on('ask.requested', ({ name }) =>
      signaling.send({ type: 'visit.requested', ask: { joinKey: seatStorage.askKey(parts.createKey), name } }),
    ),
    membership.on('ask.admitted', () => seatStorage.markAdmitted()),
    membership.on('visit.requested', () => signaling.send({ type: 'visit.requested', ask: null })),
    signaling.on('visit.updated', ({ view }) => membership.send({ type: 'visit.updated', ...view })),
    signaling.on('visit.rejected', (event) => membership.send(event)),
    membership.on('seat.released', ({ reason }) => {
      // The call must not process another event now: then its hang-up would follow the leave.
      if (membership.getSnapshot().matches({ left: 'byPeer' })) call.send({ type: 'seat.lost', reason: 'lost' })
      else call.send({ type: 'user.hungUp', ...(reason && { reason }) })
      signaling.send({ type: 'seat.released' })
      seatStorage.markLeft()
      // The peer may have missed the hang-up. The same tab can still prove its identity when it returns.
      continuity.waiveProof()
      parts.onVisitEnded?.()
    }),
    membership.on('seat.relinquished', () => {
      const isReplaced = membership.getSnapshot().matches({ left: 'replaced' })
      call.send({ type: 'seat.lost', reason: isReplaced ? 'replaced' : 'lost' })
      signaling.send({ type: 'seat.relinquished' })
      // The user may take the seat back from the other tab.
      if (isReplaced) return seatStorage.markLeft()
      seatStorage.clearToken()
      continuity.waiveProof()
      parts.onVisitEnded?.()
    }),
    signaling.on('join.accepted', ({ seat: given }) => onSeatGiven(parts, given)),
    signaling.on('join.rejected', ({ code }) => {
      seatStorage.clearToken()
      const isCalling = hasCall(call.getSnapshot())
      // Messages to the server reach no peer until there is a seat again.
      if (isCalling) call.send({ type: 'signaling.lost' })
      membership.send({ type: 'join.rejected', code, isCalling })
    }),
    signaling.on('join.keyRenewed', ({ joinKey }) => seatStorage.setJoinKey(joinKey)),
    signaling.on('leave.acknowledged', () => seatStorage.clearLeftToken()),
    signaling.on('signaling.lost', (event) => {
      for (const each of [membership, call]) each.send(event)
    }),
    signaling.on('signaling.alive', (event) => call.send(event)),
    signaling.on('event.received', ({ roomEvent }) => dispatch(handlers, roomEvent)),
    call.on('message.outgoing', ({ message }) => outbox.send(continuity.sign(message))),
    call.on('media.reported', ({ mediaFlow }) => signaling.send({ type: 'media.reported', mediaFlow })),
    call.on('transport.suspected', () => signaling.send({ type: 'signaling.suspected' })),
    call.on('call.ended', ({ reason }) => {
      // A lost call may continue, and then each side must prove its identity.
      if (reason === 'remote' || reason === 'left') continuity.waiveProof()
      if (reason === 'failed' || reason === 'lost') parts.failureReporter?.report(reason)
      membership.send({ type: 'call.ended', reason })
    }),
    call.on('unauthenticatedPeer.accepted', () => {
      continuity.acceptPeer()
      parts.onNewPeer?.()
    }),
  ]
  const stops = [
    ...subscriptions.map((each) => () => each.unsubscribe()),
    onMediaStateChange(parts, () => sendMediaState(parts)),
    updateDevices(parts),
  ]
  return () => stops.forEach((stop) => stop())
}

/** Allows or disallows capture for each device, from the states of membership and call. Returns its stop function. */
function updateDevices({ membership, call, pageLifecycle, ...devices }: SessionParts): () => void {
  const update = (): void => {
    for (const kind of deviceKinds) {
      const may = (pageLifecycle?.isActive() ?? true) && mayCapture(kind, membership.getSnapshot(), call.getSnapshot())
      const isSuspended = devices[kind].getSnapshot().matches('suspended')
      if (may === isSuspended) devices[kind].send({ type: may ? 'capture.allowed' : 'capture.disallowed' })
    }
  }
  const subscriptions = [membership.subscribe(update), call.subscribe(update)]
  const stop = pageLifecycle?.subscribe(update)
  return () => {
    subscriptions.forEach((each) => each.unsubscribe())
    stop?.()
  }
}

function onSeatGiven(parts: SessionParts, given: JoinedEvent): void {
  const { membership, call, seatStorage, remoteTrace } = parts
  const { seat, role, epoch, peer, resumed, state, token, door } = given
  seatStorage.setToken(token)
  const callSnapshot = call.getSnapshot()
  // First, because the end of a call makes a page without a seat leave.
  membership.send({ type: 'join.accepted', state, peer, door })
  if (door) seatStorage.setPolicy(door.policy)
  // The seat is new: the previous peer has seen this page leave, or has also lost its seat and continues the call.
  if (!resumed && callSnapshot.context.seat && !callSnapshot.matches({ connected: 'flowing' }))
    call.send({ type: 'seat.lost', reason: 'lost' })
  if (!resumed && !hasCall(callSnapshot)) parts.onNewPeer?.()
  const prepared = parts.confirmPreparation?.(given.preparation, seat === 'a' ? 'b' : 'a')
  call.send({ type: 'join.accepted', seat, role, epoch, peer, resumed, prepared })
  sendMediaState(parts)
  if (peer === 'absent') remoteTrace?.peerDisconnected(true)
  else remoteTrace?.peerConnected()
}

function createRoomEventHandlers(parts: SessionParts): HandlerTable<RoomUpdate> {
  const { membership, call, onRemoteMediaState, remoteTrace, continuity, seatStorage } = parts
  const messageHandlers: HandlerTable<PeerMessage> = {
    offer: (message) =>
      call.send({
        ...toDescription(message),
        type: continuity.isUnauthenticated(message) ? 'unauthenticatedOffer.received' : 'offer.received',
      }),
    answer: (message) =>
      call.send({
        ...toDescription(message),
        type: continuity.isUnauthenticated(message) ? 'unauthenticatedAnswer.received' : 'answer.received',
      }),
    candidate: ({ connection, candidate }) => call.send({ type: 'candidate.received', connection, candidate }),
    media: ({ microphone, camera, screen }) => onRemoteMediaState({ microphone, camera, screen }),
    // The hang-up also comes over the data channel. This copy may come from a new holder of the peer's seat.
    hangup: (message) => {
      if (!continuity.isUnauthenticated(message))
        call.send({ ...(message.reason && { reason: message.reason }), type: 'hangup.received' })
    },
    'trace.subscribe': (message) => remoteTrace?.onSubscribe(message),
    'trace.entries': (message) => remoteTrace?.addRemoteEntries(message),
  }
  return {
    ready: ({ preparation }) => {
      // The server also repeats `ready` when media stops; then no peer has joined.
      const isNew = membership.getSnapshot().context.peer === 'absent'
      membership.send({ type: 'room.ready' })
      if (isNew && !hasCall(call.getSnapshot())) parts.onNewPeer?.()
      const prepared = parts.confirmPreparation?.(preparation, call.getSnapshot().context.seat ?? 'a')
      if (isNew) call.send({ type: 'peer.joined', prepared })
      sendMediaState(parts)
      remoteTrace?.peerConnected()
    },
    full: () => membership.send({ type: 'room.full' }),
    message: ({ message }) => {
      traceRelayedMessage(parts, message, true)
      dispatch(messageHandlers, message)
    },
    'peer.disconnected': (event) => {
      for (const each of [membership, call]) each.send(event)
      remoteTrace?.peerDisconnected(false)
    },
    'peer.reconnected': (event) => {
      for (const each of [membership, call]) each.send(event)
      sendMediaState(parts)
      remoteTrace?.peerConnected(event.reloaded)
    },
    'peer.left': (event) => {
      for (const each of [membership, call]) each.send(event)
      // While the call continues, the peer's heartbeats still report its media state.
      if (!call.getSnapshot().matches('connected')) {
        onRemoteMediaState(defaultMediaState)
        continuity.waiveProof()
      }
      remoteTrace?.peerDisconnected(true)
    },
    'seat.replaced': () => membership.send({ type: 'seat.replaced' }),
    resync: () => call.send({ type: 'messages.lost' }),
    // The signaling machine handles it.
    drain: () => undefined,
    door: ({ policy, visitor }) => {
      seatStorage.setPolicy(policy)
      membership.send({ type: 'door.changed', policy, visitor })
    },
    // client/preparation/ handles it.
    'preparation.answered': () => undefined,
    'room.trace': ({ entry }) => remoteTrace?.addServerEntry(entry),
  }
}

/** @param isFromPeer false for a message of this page */
function traceRelayedMessage({ call, remoteTrace }: SessionParts, message: PeerMessage, isFromPeer: boolean): void {
  const { seat } = call.getSnapshot().context
  if (seat) remoteTrace?.addRelayedMessage(message, (seat === 'a') === isFromPeer ? 'b' : 'a')
}

function dispatch<T extends { type: string }>(handlers: HandlerTable<T>, event: T): void {
  const handler = handlers[event.type as T['type']] as ((event: T) => void) | undefined
  // A newer server may send types that this page does not know.
  handler?.(event)
}

const toDescription = ({ connection, negotiation, sdp }: Message<'offer'> | Message<'answer'>) => ({
  connection,
  negotiation,
  sdp,
})

/** True if the two pages have, or had a moment ago, a connection that works without the server. */
const hasCall = (snapshot: SnapshotFrom<typeof callMachine>): boolean =>
  snapshot.matches('connected') || snapshot.matches('unauthenticatedPeer')

/** Sends nothing while the room has no peer. */
function sendMediaState(parts: SessionParts): void {
  const snapshot = parts.membership.getSnapshot()
  if (snapshot.matches('joined') && !snapshot.matches({ joined: 'withoutSeat' }) && snapshot.context.peer !== 'absent')
    parts.outbox.send({ type: 'media', ...readMediaState(parts) })
}
