import { assign, enqueueActions, setup } from 'xstate'
import {
  addDecline,
  closedDoor,
  type DoorContext,
  type FormerHolder,
  mayAsk,
  mayEnter,
  mayPrepare,
  preparationOf,
  stricterPolicy,
  withPolicy,
} from './door.ts'
import {
  emptyRoomContext,
  expiredSeats,
  findSeatByToken,
  firstFreeSeat,
  isJoinKeyUsed,
  nextEpoch,
  otherSeat,
  type RoomContext,
  type Seat,
  seatNames,
  takenSeats,
  withoutMedia,
  withSeat,
} from './seats.ts'
import { roomEventDescriptions, type RoomEffect, type RoomMachineEvent } from './roomEvents.ts'
import { timeouts } from '../protocol/timeouts.ts'
import type { RoomPolicy } from '../protocol/vocabulary.ts'
import type { Door, RoomEvent, SeatName } from '../protocol/messages.ts'

type EventOf<T extends RoomMachineEvent['type']> = Extract<RoomMachineEvent, { type: T }>
type BySeat = { seat: SeatName; epoch: number }
type ByVisitor = BySeat & { visitorId: number }

/** The part of the door that holders see. */
export const visibleDoor = ({ policy, visitor, preparation }: DoorContext): Door => ({
  policy,
  visitor: visitor && { id: visitor.id, name: visitor.name, isAdmitted: visitor.isAdmitted },
  ...(preparation && { preparation: preparation.id }),
})

/** A request older than the seat's last one comes from an abandoned socket, and must not take the seat. */
const hasValidToken = (
  context: RoomContext,
  { seat, presentedTokenHash, requestedAt }: EventOf<'holder.resumed'>,
): boolean =>
  findSeatByToken(context, presentedTokenHash) === seat && requestedAt >= (context.seats[seat]?.requestedAt ?? 0)

/**
 * Returns the former holder after these seats are freed at `at`; null if it left (`at` is null), because then its call is
 * over.
 */
function formerHolder({ seats }: RoomContext, freed: SeatName[], at: number | null): FormerHolder | null {
  const [name] = freed
  const seat = name && seats[name]
  if (!seat || at === null) return null
  const isInCall = seats[otherSeat(name)]?.hasMedia === true
  return {
    tokenHashes: [seat.tokenHash, seat.previousTokenHash],
    until: isInCall ? null : at + timeouts.callLostTimeoutMs,
  }
}

/**
 * The state of one room. A room is a value: the server applies events with XState's pure `transition`, stores the
 * snapshot and executes the emitted effects. Events carry the time (`at`). The machine never uses `after`, so any node
 * can apply any event.
 */
export const roomMachine = setup({
  types: { context: {} as RoomContext, events: {} as RoomMachineEvent, emitted: {} as RoomEffect },
  guards: {
    /**
     * A repeated join with the same key is a retry, not a second visitor. A reserved seat is not free, and the policy may
     * require an admission.
     */
    isNewVisitor: ({ context }, { joinKey, formerTokenHash }: EventOf<'visitor.joined'>) =>
      !isJoinKeyUsed(context, joinKey) &&
      context.reservedUntil === null &&
      mayEnter(context.door, joinKey, formerTokenHash),
    /** A repeated request with the same key comes from a new connection. It does not disturb the holder again. */
    isReturningVisitor: ({ context }, { keyHash }: EventOf<'visitor.asked'>) =>
      context.door.visitor?.keyHash === keyHash,
    mayAsk: ({ context }, ask: EventOf<'visitor.asked'>) => context.reservedUntil === null && mayAsk(context.door, ask),
    /** An event of an earlier connection comes from an abandoned socket. */
    isCurrentVisit: ({ context }, { visit }: { visit: number }) => context.door.visitor?.visit === visit,
    /** An answer to an earlier visitor must not reach the next one. */
    isAskingVisitor: ({ context }, { seat, epoch, visitorId }: ByVisitor) =>
      context.seats[seat]?.epoch === epoch &&
      context.door.visitor?.id === visitorId &&
      !context.door.visitor.isAdmitted,
    /** A connection needs a holder that is there. */
    mayPrepare: ({ context }, request: EventOf<'preparation.requested'>) =>
      context.reservedUntil === null &&
      takenSeats(context).every((name) => context.seats[name]?.expiresAt === null) &&
      mayPrepare(context.door, request),
    /** An event of an earlier attempt must not end the next one. */
    isCurrentPreparation: ({ context }, { id }: { id: number }) => context.door.preparation?.id === id,
    isPolicyChange: ({ context }, { seat, epoch, policy }: EventOf<'policy.changed'>) =>
      context.seats[seat]?.epoch === epoch && context.door.policy !== policy,
    isVisitorExpired: ({ context }, { at }: { at: number }) => (context.door.visitor?.expiresAt ?? Infinity) <= at,
    isFormerHolderExpired: ({ context }, { at }: { at: number }) => (context.door.former?.until ?? Infinity) <= at,
    /** The call of the former holder may continue. */
    hasFormerPeer: ({ context }, { seat, epoch }: BySeat) =>
      context.seats[seat]?.epoch === epoch && context.door.former !== null,
    /** The newest claim holds a seat. A seat taken in this server run is newer than all tokens of earlier runs. */
    isNewestClaim: ({ context }, { seat, claimedEpoch }: EventOf<'holder.restored'>) =>
      claimedEpoch > (context.seats[seat]?.claimedEpoch ?? -Infinity),
    isClaimedSeatFree: ({ context }, { seat }: EventOf<'holder.restored'>) => context.seats[seat] === null,
    isReservationOver: ({ context }, { at }: { at: number }) => (context.reservedUntil ?? Infinity) <= at,
    /** An event with an old epoch comes from a replaced socket. */
    isCurrentHolder: ({ context }, { seat, epoch }: BySeat) => context.seats[seat]?.epoch === epoch,
    /** A second `page.closing` changes nothing. */
    isFirstPageClose: ({ context }, { seat, epoch }: BySeat) =>
      context.seats[seat]?.epoch === epoch && !context.seats[seat].isPageClosing,
    isReservationHolder: ({ context }, { seat, epoch }: BySeat) =>
      context.seats[seat]?.epoch === epoch && context.reservedUntil !== null,
    hasValidToken: ({ context }, event: EventOf<'holder.resumed'>) => hasValidToken(context, event),
    isReloadedHolder: ({ context }, event: EventOf<'holder.resumed'>) =>
      event.reloaded && hasValidToken(context, event),
    hasPeerMedia: ({ context }, { seat, epoch }: BySeat) =>
      context.seats[seat]?.epoch === epoch && context.seats[otherSeat(seat)]?.hasMedia === true,
    isLastHolder: ({ context }, { seat, epoch }: BySeat) =>
      context.seats[seat]?.epoch === epoch && takenSeats(context).length === 1,
    isAnySeatExpired: ({ context }, { at }: { at: number }) => expiredSeats(context, at).length > 0,
    areAllSeatsExpired: ({ context }, { at }: { at: number }) =>
      expiredSeats(context, at).length > 0 && expiredSeats(context, at).length === takenSeats(context).length,
  },
  actions: {
    takeSeat: assign(({ context }, { tokenHash, joinKey, requestedAt }: EventOf<'visitor.joined'>) => {
      const epoch = nextEpoch(context)
      const seat: Seat = {
        tokenHash,
        previousTokenHash: joinKey,
        joinKey,
        requestedAt,
        epoch,
        claimedEpoch: epoch,
        isPageClosing: false,
        expiresAt: null,
        hasMedia: false,
      }
      const free = firstFreeSeat(context)
      const other = context.seats[otherSeat(free)]
      // The holder that stayed reports its media only once.
      const hasMedia = context.door.former !== null && context.door.former.until === null
      const seats = { [free]: seat, [otherSeat(free)]: other && { ...other, hasMedia } } as RoomContext['seats']
      return { epoch, seats, door: { ...context.door, former: null } }
    }),
    /** `until`: null while the other holder reports media. */
    setFormerDeadline: assign(({ context: { door } }, { until }: { until: number | null }) => ({
      door: { ...door, former: door.former && { ...door.former, until } },
    })),
    forgetFormerHolder: assign(({ context: { door } }) => ({ door: { ...door, former: null } })),
    setPolicy: assign(({ context }, { policy }: { policy: RoomPolicy }) => ({
      door: withPolicy(context.door, policy),
    })),
    /** Each holder states the policy that it knows. The room must not admit more visitors than before the crash. */
    restorePolicy: enqueueActions(({ context, enqueue }, { seat, policy }: { seat: SeatName; policy: RoomPolicy }) => {
      const door = withPolicy(context.door, stricterPolicy(context.door.policy, policy))
      if (door.policy === context.door.policy) return
      enqueue.assign({ door })
      const peer = otherSeat(seat)
      if (context.seats[peer])
        enqueue.emit({ type: 'event.sent', seat: peer, event: { type: 'door', ...visibleDoor(door) } })
    }),
    /**
     * A repeated ask keeps its id, so that an answer on its way is valid. It keeps its name, which the holder has read. A
     * new connection does not extend an admission.
     */
    meetVisitor: assign(({ context }, { keyHash, source, name }: EventOf<'visitor.asked'>) => {
      const epoch = nextEpoch(context)
      const asked = { id: epoch, keyHash, source, name, isAdmitted: false, expiresAt: null }
      const known = context.door.visitor ?? asked
      const visitor = { ...known, visit: epoch, expiresAt: known.isAdmitted ? known.expiresAt : null }
      return { epoch, door: { ...context.door, visitor, preparation: preparationOf(context.door, keyHash) } }
    }),
    startVisitorGrace: assign(({ context }, { at }: { at: number }) => ({
      door: {
        ...context.door,
        visitor: context.door.visitor && {
          ...context.door.visitor,
          expiresAt: context.door.visitor.isAdmitted ? context.door.visitor.expiresAt : at + timeouts.doorGraceMs,
        },
      },
    })),
    /** An admitted visitor joins at once. One that does not must not keep the door. */
    admitVisitor: assign(({ context: { door } }, { at }: { at: number }) => ({
      door: {
        ...door,
        visitor: door.visitor && { ...door.visitor, isAdmitted: true, expiresAt: at + timeouts.admissionMs },
      },
    })),
    declineVisitor: assign(({ context }, { at }: { at: number }) => ({
      door: {
        ...context.door,
        declined: context.door.visitor ? addDecline(context.door, context.door.visitor, at) : context.door.declined,
      },
    })),
    startPreparation: assign(({ context }, { keyHash }: EventOf<'preparation.requested'>) => {
      const epoch = nextEpoch(context)
      return { epoch, door: { ...context.door, preparation: { id: epoch, keyHash } } }
    }),
    endPreparation: assign(({ context: { door } }) => ({ door: { ...door, preparation: null } })),
    /** A visitor that leaves the door takes its preparation with it. */
    endVisitorPreparation: assign(({ context: { door } }) => ({
      door: { ...door, preparation: door.visitor ? null : door.preparation },
    })),
    /** The connection of the current attempt becomes the call. */
    notifyOfReady: enqueueActions(({ context, enqueue }, { preparation }: EventOf<'visitor.joined'>) => {
      const isPrepared = preparation !== undefined && context.door.preparation?.id === preparation
      for (const seat of seatNames)
        enqueue.emit({ type: 'event.sent', seat, event: { type: 'ready', ...(isPrepared && { preparation }) } })
    }),
    /** Frees the door, and notifies the holders if a visitor was there. */
    dismissVisitor: enqueueActions(({ context, enqueue }) => {
      if (!context.door.visitor) return
      const door = { ...context.door, visitor: null }
      enqueue.assign({ door })
      for (const seat of takenSeats(context))
        enqueue.emit({ type: 'event.sent', seat, event: { type: 'door', ...visibleDoor(door) } })
    }),
    notifyOfDoor: enqueueActions(({ context, enqueue }) => {
      for (const seat of takenSeats(context))
        enqueue.emit({ type: 'event.sent', seat, event: { type: 'door', ...visibleDoor(context.door) } })
    }),
    /** A holder in a call has a peer, so the peer's seat is reserved for the grace period. */
    restoreSeat: assign(({ context }, event: EventOf<'holder.restored'>) => {
      const { seat: name, presentedTokenHash, tokenHash, claimedEpoch, requestedAt } = event
      const epoch = nextEpoch(context, claimedEpoch)
      const seat: Seat = {
        tokenHash,
        previousTokenHash: presentedTokenHash,
        joinKey: presentedTokenHash,
        requestedAt,
        epoch,
        claimedEpoch,
        isPageClosing: false,
        expiresAt: null,
        hasMedia: false,
      }
      const reservedUntil = event.hasMedia && !context.seats[otherSeat(name)] ? event.at + timeouts.seatGraceMs : null
      return { epoch, seats: { ...context.seats, [name]: seat }, reservedUntil }
    }),
    /** The call is over, so no holder has media. */
    endReservation: assign(({ context }) => ({
      reservedUntil: null,
      seats: { a: withoutMedia(context, 'a'), b: withoutMedia(context, 'b') },
    })),
    /** A resumed seat gets a new token. A reloaded page has no media. */
    rotateToken: assign(
      ({ context }, { seat, presentedTokenHash, tokenHash, reloaded, requestedAt }: EventOf<'holder.resumed'>) => {
        const epoch = nextEpoch(context)
        const hasMedia = !reloaded && context.seats[seat]?.hasMedia === true
        return {
          epoch,
          // A new page does not have the connection.
          ...(reloaded && { door: { ...context.door, preparation: null } }),
          ...withSeat(context, seat, {
            tokenHash,
            previousTokenHash: presentedTokenHash,
            requestedAt,
            epoch,
            isPageClosing: false,
            expiresAt: null,
            hasMedia,
          }),
        }
      },
    ),
    /** After an announced close only a reload can follow, and a reload takes seconds. */
    startGrace: assign(({ context }, { seat, at }: { seat: SeatName; at: number }) =>
      withSeat(context, seat, {
        expiresAt: at + (context.seats[seat]?.isPageClosing ? timeouts.seatGraceAfterCloseMs : timeouts.seatGraceMs),
      }),
    ),
    setPageClosing: assign(({ context }, { seat }: { seat: SeatName }) =>
      withSeat(context, seat, { isPageClosing: true }),
    ),
    setHasMedia: assign(({ context }, { seat, hasMedia }: { seat: SeatName; hasMedia: boolean }) =>
      withSeat(context, seat, { hasMedia }),
    ),
    /** Frees seats. The remaining holder is notified, and has no media any more. */
    freeSeats: enqueueActions(({ context, enqueue }, { seats, at }: { seats: SeatName[]; at: number | null }) => {
      const reason = at === null ? 'left' : 'lost'
      const remaining = takenSeats(context).filter((name) => !seats.includes(name))
      const remainingSeats = Object.fromEntries(remaining.map((name) => [name, withoutMedia(context, name)]))
      enqueue.assign({
        seats: { a: null, b: null, ...remainingSeats },
        reservedUntil: null,
        // The next creator selects the policy.
        door: remaining.length === 0 ? closedDoor : { ...context.door, former: formerHolder(context, seats, at) },
      })
      for (const seat of seats) enqueue.emit({ type: 'seat.freed', seat })
      for (const seat of remaining) enqueue.emit({ type: 'event.sent', seat, event: { type: 'peer.left', reason } })
    }),
    notifyPeer: enqueueActions(({ context, enqueue }, { seat, event }: { seat: SeatName; event: RoomEvent }) => {
      if (context.seats[otherSeat(seat)]) enqueue.emit({ type: 'event.sent', seat: otherSeat(seat), event })
    }),
    notifyBoth: enqueueActions(({ enqueue }, { event }: { event: RoomEvent }) => {
      for (const seat of seatNames) enqueue.emit({ type: 'event.sent', seat, event })
    }),
  },
}).createMachine({
  id: 'room',
  description: 'The two seats of a room and their holders. The server runs it.',
  meta: { events: roomEventDescriptions },
  context: emptyRoomContext(0),
  initial: 'empty',
  states: {
    empty: {
      description: 'Both seats are free. The server deletes the room.',
      on: {
        'visitor.joined': {
          target: 'created',
          actions: [
            { type: 'takeSeat', params: ({ event }) => event },
            { type: 'setPolicy', params: ({ event }) => event },
          ],
        },
        'holder.restored': {
          target: 'created',
          actions: [
            { type: 'restoreSeat', params: ({ event }) => event },
            { type: 'setPolicy', params: ({ event }) => event },
          ],
        },
      },
    },
    created: {
      description: 'One seat is taken. Its holder waits, and may have left an offer for the other seat.',
      on: {
        'visitor.joined': {
          guard: { type: 'isNewVisitor', params: ({ event }) => event },
          target: 'ready',
          actions: [
            { type: 'takeSeat', params: ({ event }) => event },
            'dismissVisitor',
            { type: 'notifyOfReady', params: ({ event }) => event },
            'endPreparation',
          ],
        },
        'holder.restored': [
          {
            guard: { type: 'isClaimedSeatFree', params: ({ event }) => event },
            target: 'ready',
            actions: [
              { type: 'restoreSeat', params: ({ event }) => event },
              { type: 'restorePolicy', params: ({ event }) => event },
              'dismissVisitor',
              { type: 'notifyBoth', params: { event: { type: 'ready' } } },
              'endPreparation',
            ],
          },
          {
            guard: { type: 'isNewestClaim', params: ({ event }) => event },
            actions: [
              { type: 'restoreSeat', params: ({ event }) => event },
              { type: 'restorePolicy', params: ({ event }) => event },
              'endPreparation',
            ],
          },
        ],
        'preparation.requested': {
          guard: { type: 'mayPrepare', params: ({ event }) => event },
          actions: [{ type: 'startPreparation', params: ({ event }) => event }, 'notifyOfDoor'],
        },
        'preparation.ended': {
          guard: { type: 'isCurrentPreparation', params: ({ event }) => event },
          actions: ['endPreparation', 'notifyOfDoor'],
        },
        'visitor.asked': [
          {
            guard: { type: 'isReturningVisitor', params: ({ event }) => event },
            actions: { type: 'meetVisitor', params: ({ event }) => event },
          },
          {
            guard: { type: 'mayAsk', params: ({ event }) => event },
            actions: [{ type: 'meetVisitor', params: ({ event }) => event }, 'notifyOfDoor'],
          },
        ],
        'visitor.withdrew': {
          guard: { type: 'isCurrentVisit', params: ({ event }) => event },
          actions: ['endVisitorPreparation', 'dismissVisitor'],
        },
        'visitor.disconnected': {
          guard: { type: 'isCurrentVisit', params: ({ event }) => event },
          actions: { type: 'startVisitorGrace', params: ({ event }) => event },
        },
        'visitor.admitted': {
          guard: { type: 'isAskingVisitor', params: ({ event }) => event },
          actions: [{ type: 'admitVisitor', params: ({ event }) => event }, 'notifyOfDoor'],
        },
        'visitor.declined': {
          guard: { type: 'isAskingVisitor', params: ({ event }) => event },
          actions: [
            { type: 'declineVisitor', params: ({ event }) => event },
            'endVisitorPreparation',
            'dismissVisitor',
          ],
        },
        /** The call survived the server. The page reports its media once, perhaps before the peer returns. */
        'media.started': [
          {
            guard: { type: 'isReservationHolder', params: ({ event }) => event },
            actions: { type: 'setHasMedia', params: ({ event }) => ({ seat: event.seat, hasMedia: true }) },
          },
          {
            guard: { type: 'hasFormerPeer', params: ({ event }) => event },
            actions: { type: 'setFormerDeadline', params: { until: null } },
          },
          /** After a crash the first media of a call may arrive before the peer returns. A new visitor resets it. */
          {
            guard: { type: 'isCurrentHolder', params: ({ event }) => event },
            actions: { type: 'setHasMedia', params: ({ event }) => ({ seat: event.seat, hasMedia: true }) },
          },
        ],
        'media.stopped': [
          /** The call with the peer is over. */
          { guard: { type: 'isReservationHolder', params: ({ event }) => event }, actions: 'endReservation' },
          {
            guard: { type: 'hasFormerPeer', params: ({ event }) => event },
            actions: {
              type: 'setFormerDeadline',
              params: ({ event }) => ({ until: event.at + timeouts.callLostTimeoutMs }),
            },
          },
          {
            guard: { type: 'isCurrentHolder', params: ({ event }) => event },
            actions: { type: 'setHasMedia', params: ({ event }) => ({ seat: event.seat, hasMedia: false }) },
          },
        ],
      },
    },
    ready: {
      description: 'Both seats are taken. The server notified both holders, and they negotiate.',
      on: {
        'media.started': [
          {
            guard: { type: 'hasPeerMedia', params: ({ event }) => event },
            target: 'full',
            actions: [
              { type: 'setHasMedia', params: ({ event }) => ({ seat: event.seat, hasMedia: true }) },
              { type: 'notifyBoth', params: { event: { type: 'full' } } },
            ],
          },
          {
            guard: { type: 'isCurrentHolder', params: ({ event }) => event },
            actions: { type: 'setHasMedia', params: ({ event }) => ({ seat: event.seat, hasMedia: true }) },
          },
        ],
        'media.stopped': {
          guard: { type: 'isCurrentHolder', params: ({ event }) => event },
          actions: { type: 'setHasMedia', params: ({ event }) => ({ seat: event.seat, hasMedia: false }) },
        },
      },
    },
    full: {
      description: 'Both holders reported that media flows: the call is up.',
      on: {
        'media.stopped': {
          guard: { type: 'isCurrentHolder', params: ({ event }) => event },
          target: 'ready',
          actions: [
            { type: 'setHasMedia', params: ({ event }) => ({ seat: event.seat, hasMedia: false }) },
            { type: 'notifyBoth', params: { event: { type: 'ready' } } },
          ],
        },
        'holder.resumed': {
          guard: { type: 'isReloadedHolder', params: ({ event }) => event },
          target: 'ready',
          actions: [
            { type: 'rotateToken', params: ({ event }) => event },
            {
              type: 'notifyPeer',
              params: ({ event }) => ({
                seat: event.seat,
                event: { type: 'peer.reconnected', reloaded: event.reloaded },
              }),
            },
            { type: 'notifyBoth', params: { event: { type: 'ready' } } },
          ],
        },
        'holder.restored': {
          guard: { type: 'isNewestClaim', params: ({ event }) => event },
          target: 'ready',
          actions: [
            { type: 'restoreSeat', params: ({ event }) => event },
            { type: 'restorePolicy', params: ({ event }) => event },
            {
              type: 'notifyPeer',
              params: ({ event }) => ({
                seat: event.seat,
                event: { type: 'peer.reconnected', reloaded: event.reloaded },
              }),
            },
            { type: 'notifyBoth', params: { event: { type: 'ready' } } },
          ],
        },
      },
    },
  },
  on: {
    'holder.restored': {
      guard: { type: 'isNewestClaim', params: ({ event }) => event },
      actions: [
        { type: 'restoreSeat', params: ({ event }) => event },
        { type: 'restorePolicy', params: ({ event }) => event },
        {
          type: 'notifyPeer',
          params: ({ event }) => ({ seat: event.seat, event: { type: 'peer.reconnected', reloaded: event.reloaded } }),
        },
      ],
    },
    'holder.resumed': {
      guard: { type: 'hasValidToken', params: ({ event }) => event },
      actions: [
        { type: 'rotateToken', params: ({ event }) => event },
        {
          type: 'notifyPeer',
          params: ({ event }) => ({ seat: event.seat, event: { type: 'peer.reconnected', reloaded: event.reloaded } }),
        },
      ],
    },
    'policy.changed': {
      guard: { type: 'isPolicyChange', params: ({ event }) => event },
      actions: [{ type: 'setPolicy', params: ({ event }) => event }, 'notifyOfDoor'],
    },
    'socket.closed': {
      guard: { type: 'isCurrentHolder', params: ({ event }) => event },
      actions: [
        { type: 'startGrace', params: ({ event }) => event },
        {
          type: 'notifyPeer',
          params: ({ context, event }) => ({
            seat: event.seat,
            event: { type: 'peer.disconnected', pageClosing: context.seats[event.seat]?.isPageClosing === true },
          }),
        },
      ],
    },
    'page.closing': {
      guard: { type: 'isFirstPageClose', params: ({ event }) => event },
      actions: { type: 'setPageClosing', params: ({ event }) => event },
    },
    'holder.left': [
      {
        guard: { type: 'isLastHolder', params: ({ event }) => event },
        target: '.empty',
        actions: { type: 'freeSeats', params: ({ event }) => ({ seats: [event.seat], at: null }) },
      },
      {
        guard: { type: 'isCurrentHolder', params: ({ event }) => event },
        target: '.created',
        actions: { type: 'freeSeats', params: ({ event }) => ({ seats: [event.seat], at: null }) },
      },
    ],
    'time.passed': [
      {
        guard: { type: 'areAllSeatsExpired', params: ({ event }) => event },
        target: '.empty',
        actions: {
          type: 'freeSeats',
          params: ({ context, event }) => ({ seats: expiredSeats(context, event.at), at: event.at }),
        },
      },
      {
        guard: { type: 'isAnySeatExpired', params: ({ event }) => event },
        target: '.created',
        actions: {
          type: 'freeSeats',
          params: ({ context, event }) => ({ seats: expiredSeats(context, event.at), at: event.at }),
        },
      },
      { guard: { type: 'isReservationOver', params: ({ event }) => event }, actions: 'endReservation' },
      {
        guard: { type: 'isVisitorExpired', params: ({ event }) => event },
        actions: ['endVisitorPreparation', 'dismissVisitor'],
      },
      { guard: { type: 'isFormerHolderExpired', params: ({ event }) => event }, actions: 'forgetFormerHolder' },
    ],
  },
})
