import { assign, enqueueActions, setup } from 'xstate'
import { expired, freeSeat, isSpent, nextEpoch, other, type RoomContext, type Seat, seatNames, seatOf, silent, takenSeats, withSeat } from './seats.ts'
import { timers } from '../protocol/timeouts.ts'
import type { RoomEvent, SeatName } from '../protocol/messages.ts'

/**
 * The only rule of a room. A room is a value: apply events with XState's pure `transition`, keep the snapshot in a store,
 * carry out what it emits. Time comes in with events (`at`, milliseconds), never from `after`, so that any node may apply any event.
 */

export type RoomFact =
  /** `asked`: when, on a clock of the visitor's. */
  | { type: 'visitor.entered'; token: string; key: string; asked: number }
  /** `fresh`: the page was loaded anew and knows nothing of the call. */
  | { type: 'holder.resumed'; seat: SeatName; presented: string; token: string; fresh: boolean; asked: number }
  /**
   * A holder comes back with a signed token from an earlier run of the server, of which this room knows nothing. `claimed`: the token's
   * epoch. `flowing`: media arrives from the other holder.
   */
  | { type: 'holder.restored'; seat: SeatName; presented: string; token: string; claimed: number; fresh: boolean; flowing: boolean; asked: number; at: number }
  | { type: 'socket.closed'; seat: SeatName; epoch: number; at: number }
  | { type: 'page.closed'; seat: SeatName; epoch: number }
  | { type: 'holder.left'; seat: SeatName; epoch: number }
  | { type: 'media.flowed'; seat: SeatName; epoch: number }
  | { type: 'media.stopped'; seat: SeatName; epoch: number }
  | { type: 'time.passed'; at: number }

/** What a room wants done: put an event into a seat's mailbox, or forget a seat's mailboxes. */
export type RoomEffect =
  | { type: 'told'; seat: SeatName; event: RoomEvent }
  | { type: 'freed'; seat: SeatName }

type Fact<T extends RoomFact['type']> = Extract<RoomFact, { type: T }>
type BySeat = { seat: SeatName; epoch: number }

/** A visit that comes after one that was asked for later comes from a socket that was given up: it must not take the seat away. */
const hasToken = (context: RoomContext, { seat, presented, asked }: Fact<'holder.resumed'>): boolean =>
  seatOf(context, presented) === seat && asked >= (context.seats[seat]?.asked ?? 0)

export const room = setup({
  types: { context: {} as RoomContext, events: {} as RoomFact, emitted: {} as RoomEffect },
  guards: {
    /** Who asks twice under one key has a seat already. A seat that is kept for somebody is not free. */
    isStranger: ({ context }, { key }: Fact<'visitor.entered'>) => !isSpent(context, key) && context.awaited === null,
    /** A seat belongs to the newest claim. What was given in this run of the server is newer than all tokens of earlier ones. */
    isNewestClaim: ({ context }, { seat, claimed }: Fact<'holder.restored'>) => claimed > (context.seats[seat]?.claimed ?? -Infinity),
    /** Nobody holds the claimed seat. */
    isFreeClaim: ({ context }, { seat }: Fact<'holder.restored'>) => context.seats[seat] === null,
    isAwaitOver: ({ context }, { at }: { at: number }) => (context.awaited ?? Infinity) <= at,
    /** What carries an old epoch comes from a socket that was replaced. */
    isHolder: ({ context }, { seat, epoch }: BySeat) => context.seats[seat]?.epoch === epoch,
    /** Said twice, it is known already. */
    isHolderWhoStays: ({ context }, { seat, epoch }: BySeat) => context.seats[seat]?.epoch === epoch && !context.seats[seat].closes,
    isHolderWhoAwaits: ({ context }, { seat, epoch }: BySeat) => context.seats[seat]?.epoch === epoch && context.awaited !== null,
    hasToken: ({ context }, fact: Fact<'holder.resumed'>) => hasToken(context, fact),
    hasTokenButNoCall: ({ context }, fact: Fact<'holder.resumed'>) => fact.fresh && hasToken(context, fact),
    isLastToFlow: ({ context }, { seat, epoch }: BySeat) =>
      context.seats[seat]?.epoch === epoch && context.seats[other(seat)]?.flowing === true,
    isLastHolder: ({ context }, { seat, epoch }: BySeat) =>
      context.seats[seat]?.epoch === epoch && takenSeats(context).length === 1,
    isAnyoneExpired: ({ context }, { at }: { at: number }) => expired(context, at).length > 0,
    isEveryoneExpired: ({ context }, { at }: { at: number }) => expired(context, at).length > 0 && expired(context, at).length === takenSeats(context).length,
  },
  actions: {
    seat: assign(({ context }, { token, key, asked }: Fact<'visitor.entered'>) => {
      const epoch = nextEpoch(context)
      const seat: Seat = { token, previous: key, key, asked, epoch, claimed: epoch, closes: false, deadline: null, flowing: false }
      return { epoch, seats: { ...context.seats, [freeSeat(context)]: seat } }
    }),
    /** One who is in a call is in it with somebody: their seat is kept, for as long as that of one who is away. */
    restore: assign(({ context }, { seat: name, presented, token, claimed, flowing, asked, at }: Fact<'holder.restored'>) => {
      const epoch = nextEpoch(context, claimed)
      const seat: Seat = { token, previous: presented, key: presented, asked, epoch, claimed, closes: false, deadline: null, flowing: false }
      const awaited = flowing && !context.seats[other(name)] ? at + timers.grace : null
      return { epoch, seats: { ...context.seats, [name]: seat }, awaited }
    }),
    /** Nobody vouches for a call any more. */
    awaitNobody: assign(({ context }) => ({ awaited: null, seats: { a: silent(context, 'a'), b: silent(context, 'b') } })),
    /** A page that was loaded anew has no media, whatever it reported before. */
    rotate: assign(({ context }, { seat, presented, token, fresh, asked }: Fact<'holder.resumed'>) => {
      const epoch = nextEpoch(context)
      const flowing = !fresh && context.seats[seat]?.flowing === true
      return { epoch, ...withSeat(context, seat, { token, previous: presented, asked, epoch, closes: false, deadline: null, flowing }) }
    }),
    /** A page that was closed and comes back was reloaded: that takes seconds. */
    startGrace: assign(({ context }, { seat, at }: { seat: SeatName; at: number }) =>
      withSeat(context, seat, { deadline: at + (context.seats[seat]?.closes ? timers.graceAfterClose : timers.grace) })),
    noteClosing: assign(({ context }, { seat }: { seat: SeatName }) => withSeat(context, seat, { closes: true })),
    noteFlow: assign(({ context }, { seat, flowing }: { seat: SeatName; flowing: boolean }) => withSeat(context, seat, { flowing })),
    /** Frees seats; who stays hears why, and has no call any more. */
    free: enqueueActions(({ context, enqueue }, { seats, reason }: { seats: SeatName[]; reason: 'left' | 'lost' }) => {
      const stay = takenSeats(context).filter((name) => !seats.includes(name))
      enqueue.assign({ seats: { a: null, b: null, ...Object.fromEntries(stay.map((name) => [name, silent(context, name)])) }, awaited: null })
      for (const seat of seats) enqueue.emit({ type: 'freed', seat })
      for (const seat of stay) enqueue.emit({ type: 'told', seat, event: { type: 'peer.left', reason } })
    }),
    tellOther: enqueueActions(({ context, enqueue }, { seat, event }: { seat: SeatName; event: RoomEvent }) => {
      if (context.seats[other(seat)]) enqueue.emit({ type: 'told', seat: other(seat), event })
    }),
    tellBoth: enqueueActions(({ enqueue }, { event }: { event: RoomEvent }) => {
      for (const seat of seatNames) enqueue.emit({ type: 'told', seat, event })
    }),
  },
}).createMachine({
  id: 'room',
  context: { seats: { a: null, b: null }, epoch: 0, awaited: null },
  initial: 'empty',
  states: {
    empty: {
      on: {
        'visitor.entered': { target: 'created', actions: { type: 'seat', params: ({ event }) => event } },
        'holder.restored': { target: 'created', actions: { type: 'restore', params: ({ event }) => event } },
      },
    },
    created: {
      on: {
        'visitor.entered': {
          guard: { type: 'isStranger', params: ({ event }) => event },
          target: 'ready',
          actions: [{ type: 'seat', params: ({ event }) => event }, { type: 'tellBoth', params: { event: { type: 'ready' } } }],
        },
        'holder.restored': [
          {
            guard: { type: 'isFreeClaim', params: ({ event }) => event },
            target: 'ready',
            actions: [{ type: 'restore', params: ({ event }) => event }, { type: 'tellBoth', params: { event: { type: 'ready' } } }],
          },
          { guard: { type: 'isNewestClaim', params: ({ event }) => event }, actions: { type: 'restore', params: ({ event }) => event } },
        ],
        /** Media of a call that outlived the server: the page reports it once, perhaps before the other holder is back. */
        'media.flowed': {
          guard: { type: 'isHolderWhoAwaits', params: ({ event }) => event },
          actions: { type: 'noteFlow', params: ({ event }) => ({ seat: event.seat, flowing: true }) },
        },
        /** The call that vouched for the other holder is over. */
        'media.stopped': {
          guard: { type: 'isHolderWhoAwaits', params: ({ event }) => event },
          actions: 'awaitNobody',
        },
      },
    },
    ready: {
      on: {
        'media.flowed': [
          {
            guard: { type: 'isLastToFlow', params: ({ event }) => event },
            target: 'full',
            actions: [
              { type: 'noteFlow', params: ({ event }) => ({ seat: event.seat, flowing: true }) },
              { type: 'tellBoth', params: { event: { type: 'full' } } },
            ],
          },
          {
            guard: { type: 'isHolder', params: ({ event }) => event },
            actions: { type: 'noteFlow', params: ({ event }) => ({ seat: event.seat, flowing: true }) },
          },
        ],
        'media.stopped': {
          guard: { type: 'isHolder', params: ({ event }) => event },
          actions: { type: 'noteFlow', params: ({ event }) => ({ seat: event.seat, flowing: false }) },
        },
      },
    },
    full: {
      on: {
        'media.stopped': {
          guard: { type: 'isHolder', params: ({ event }) => event },
          target: 'ready',
          actions: [
            { type: 'noteFlow', params: ({ event }) => ({ seat: event.seat, flowing: false }) },
            { type: 'tellBoth', params: { event: { type: 'ready' } } },
          ],
        },
        'holder.resumed': {
          guard: { type: 'hasTokenButNoCall', params: ({ event }) => event },
          target: 'ready',
          actions: [
            { type: 'rotate', params: ({ event }) => event },
            { type: 'tellOther', params: ({ event }) => ({ seat: event.seat, event: { type: 'peer.back', fresh: event.fresh } }) },
            { type: 'tellBoth', params: { event: { type: 'ready' } } },
          ],
        },
        'holder.restored': {
          guard: { type: 'isNewestClaim', params: ({ event }) => event },
          target: 'ready',
          actions: [
            { type: 'restore', params: ({ event }) => event },
            { type: 'tellOther', params: ({ event }) => ({ seat: event.seat, event: { type: 'peer.back', fresh: event.fresh } }) },
            { type: 'tellBoth', params: { event: { type: 'ready' } } },
          ],
        },
      },
    },
  },
  on: {
    'holder.restored': {
      guard: { type: 'isNewestClaim', params: ({ event }) => event },
      actions: [
        { type: 'restore', params: ({ event }) => event },
        { type: 'tellOther', params: ({ event }) => ({ seat: event.seat, event: { type: 'peer.back', fresh: event.fresh } }) },
      ],
    },
    'holder.resumed': {
      guard: { type: 'hasToken', params: ({ event }) => event },
      actions: [
        { type: 'rotate', params: ({ event }) => event },
        { type: 'tellOther', params: ({ event }) => ({ seat: event.seat, event: { type: 'peer.back', fresh: event.fresh } }) },
      ],
    },
    'socket.closed': {
      guard: { type: 'isHolder', params: ({ event }) => event },
      actions: [
        { type: 'startGrace', params: ({ event }) => event },
        {
          type: 'tellOther',
          params: ({ context, event }) => ({ seat: event.seat, event: { type: 'peer.away', closes: context.seats[event.seat]?.closes === true } }),
        },
      ],
    },
    'page.closed': {
      guard: { type: 'isHolderWhoStays', params: ({ event }) => event },
      actions: { type: 'noteClosing', params: ({ event }) => event },
    },
    'holder.left': [
      {
        guard: { type: 'isLastHolder', params: ({ event }) => event },
        target: '.empty',
        actions: { type: 'free', params: ({ event }) => ({ seats: [event.seat], reason: 'left' }) },
      },
      {
        guard: { type: 'isHolder', params: ({ event }) => event },
        target: '.created',
        actions: { type: 'free', params: ({ event }) => ({ seats: [event.seat], reason: 'left' }) },
      },
    ],
    'time.passed': [
      {
        guard: { type: 'isEveryoneExpired', params: ({ event }) => event },
        target: '.empty',
        actions: { type: 'free', params: ({ context, event }) => ({ seats: expired(context, event.at), reason: 'lost' }) },
      },
      {
        guard: { type: 'isAnyoneExpired', params: ({ event }) => event },
        target: '.created',
        actions: { type: 'free', params: ({ context, event }) => ({ seats: expired(context, event.at), reason: 'lost' }) },
      },
      { guard: { type: 'isAwaitOver', params: ({ event }) => event }, actions: 'awaitNobody' },
    ],
  },
})
