import { assign, createMachine, emit, transition } from 'xstate'
import { beforeAll, describe, expect, test } from 'vitest'
import { roomMachine } from '../../../machines/room/roomMachine.ts'
import { type RoomContext, type Seat, findSeatByToken as seatOfToken } from '../../../machines/room/seats.ts'
import type { RoomEvent, SeatName } from '../../../machines/protocol/messages.ts'
import { breaks, everyStep, shortestPaths, type Step, wayTo } from '../graph.ts'
import { exploration } from './roomMachine.graph.ts'
import { invariants } from './roomMachine.invariants.ts'

type Room = typeof roomMachine

describe('the room', () => {
  let steps: Step<Room>[]
  beforeAll(() => {
    steps = [...everyStep(roomMachine, exploration)]
  })

  test.each(Object.entries(invariants))('%s', (_, holds) => {
    const broken = steps.find((step) => !holds(step))
    expect(broken && wayTo(broken)).toBeUndefined()
  })

  test('is left by everybody in the end: no way leads to a seat that nobody can free', () => {
    const ends = shortestPaths(roomMachine, exploration)
      .map((path) => path.at(-1)?.after)
      .filter((end) => end !== undefined)
    const deserted = ends.map((end) => {
      const gone = (['a', 'b'] as const).reduce(
        (each, seat) =>
          transition(roomMachine, each, {
            type: 'socket.closed',
            seat,
            epoch: each.context.seats[seat]?.epoch ?? 0,
            at: 0,
          })[0],
        end,
      )
      return transition(roomMachine, gone, { type: 'time.passed', at: 60_000 })[0].value
    })
    expect(new Set(deserted)).toEqual(new Set(['empty']))
  })

  test('goes on the same after a night in a store', () => {
    const awakened = steps.map(({ before, event }) => {
      const stored = roomMachine.resolveState(
        JSON.parse(JSON.stringify({ value: before.value, context: before.context })),
      )
      const [after] = transition(roomMachine, stored, event)
      return { value: after.value, context: after.context }
    })
    expect(awakened).toEqual(steps.map(({ after: { value, context } }) => ({ value, context })))
  })
})

/** Rooms that are wrong in one point: each must be noticed, by the invariant that was meant for it. */
describe('a broken room is noticed', () => {
  const { states } = roomMachine.config as { states: Record<string, { on: Record<string, unknown> }> }
  const implementations = roomMachine.implementations

  const withState = (name: string, on: Record<string, unknown>): Room =>
    createMachine(
      { ...roomMachine.config, states: { ...states, [name]: { on: { ...states[name]?.on, ...on } } } } as never,
      implementations as never,
    ) as never
  const withActions = (actions: object): Room => roomMachine.provide({ actions } as never) as Room
  const withGuards = (guards: object): Room => roomMachine.provide({ guards } as never) as Room
  const admit = { actions: [{ type: 'takeSeat', params: ({ event }: { event: unknown }) => event }] }
  const nothing = (): void => {}
  const rotateToken = [{ type: 'rotateToken', params: ({ event }: { event: unknown }) => event }]

  const brokenRooms: [what: string, broken: () => Room, invariant: string][] = [
    [
      'which lets a third visitor in',
      () => withState('ready', { 'visitor.joined': admit }),
      'a third visitor is not let in',
    ],
    [
      'which gives a taken seat away',
      () => withState('full', { 'visitor.joined': admit }),
      'nobody is unseated for another, but for a newer claim to the same seat',
    ],
    ['which seats one visitor twice', () => withGuards({ isNewVisitor: () => true }), 'nobody sits twice'],
    [
      'which does not tell that both are there',
      () => withState('created', { 'visitor.joined': { target: 'ready', ...admit } }),
      'both are told when ready or full begins, and only then',
    ],
    [
      'which forgets to be ready',
      () => withState('created', { 'visitor.joined': admit }),
      'the state says how many seats are taken',
    ],
    [
      'which is full when one reports media',
      () => withGuards({ hasPeerMedia: () => true }),
      'full means that both report media',
    ],
    [
      'which stays full when one has lost the call',
      () => withState('full', { 'holder.resumed': { actions: rotateToken } }),
      'full means that both report media',
    ],
    [
      'which listens to old epochs',
      () => withGuards({ isCurrentHolder: () => true }),
      'an old epoch, or one who has no seat, changes nothing',
    ],
    [
      'which takes any token',
      () => withGuards({ hasValidToken: () => true }),
      'a wrong token changes nothing, nor does one that comes late',
    ],
    [
      'which lets a late visit take the seat',
      () => withGuards({ hasValidToken: isAnyHolder, isReloadedHolder: isAnyHolder }),
      'a wrong token changes nothing, nor does one that comes late',
    ],
    [
      'whose token does not rotate',
      () => withActions({ rotateToken: nothing }),
      'the right token resumes and is rotated, with one step of overlap',
    ],
    [
      'whose epoch stands still',
      () => withActions({ takeSeat: seatWithoutEpoch }),
      'a seat is entered and resumed under an epoch of its own',
    ],
    [
      'whose epoch begins anew',
      () => withActions({ freeSeats: assign({ seats: { a: null, b: null }, epoch: 0 }) }),
      'epochs only grow',
    ],
    [
      'which frees seats in silence',
      () => withActions({ freeSeats: assign({ seats: { a: null, b: null } }) }),
      'a seat is forgotten when it becomes empty, and only then',
    ],
    [
      'which tells nobody that one left',
      () => withActions({ notifyPeer: nothing }),
      'who stays hears that the other went away, and how, or came back',
    ],
    [
      'which keeps seats for ever',
      () => withGuards({ areAllSeatsExpired: () => false, isAnySeatExpired: () => false }),
      'a seat is kept for its holder until its time is up, and no longer',
    ],
    [
      'which keeps no time',
      () => withActions({ startGrace: nothing }),
      'an empty chair waits its grace, a shorter one after a closed page',
    ],
    [
      'which does not hear that a page was closed',
      () => withActions({ setPageClosing: nothing }),
      'a page that was closed is known to be',
    ],
    [
      'which believes what a page reported before it was loaded anew',
      () => withActions({ rotateToken: rotateOnly }),
      'who loaded the page anew has no media',
    ],
    [
      'which says nothing to who stays',
      () => withActions({ freeSeats: freeOnly }),
      'who stays hears that the other left, and why',
    ],
    ['which tells one who has gone', () => withActions({ notifyPeer: tellAnyway }), 'only who sits is told anything'],
    [
      'which keeps media for one who is alone',
      () => withActions({ freeSeats: freeOnly }),
      'who is alone has no media, unless another is awaited',
    ],
    ['which has a third seat', () => withActions({ takeSeat: seatAnother }), 'never more than two seats'],
    [
      'which gives the seat of one who is awaited to a stranger',
      () => withGuards({ isNewVisitor: isNewKey }),
      'a stranger does not get the seat of one who is awaited',
    ],
    [
      'which lets any signed token take a seat',
      () => withGuards({ isNewestClaim: () => true }),
      'a seat that was given in this run is not taken by a token of an earlier one',
    ],
    [
      'which restores nobody to a seat that somebody has',
      () => withGuards({ isNewestClaim: () => false }),
      'a holder is restored to the seat of the token, unless a newer claim has it',
    ],
    [
      'which awaits somebody for a stranger, too',
      () => withState('created', { 'visitor.joined': { target: 'ready', ...admit } }),
      'somebody is awaited only while one who has a call is alone, and for the grace',
    ],
    [
      'which awaits nobody',
      () => withActions({ restoreSeat: restoreOnly }),
      'one who is restored with a call and alone is waited with',
    ],
    [
      'which soon stops to wait for one who is awaited',
      () => withGuards({ isReservationOver: () => true }),
      'one who is awaited is awaited until their time is up',
    ],
    [
      'which holds a live thing',
      () => withActions({ setPageClosing: assign({ epoch: ({ context }) => Object(context.epoch) as number }) }),
      'a room is plain data',
    ],
  ]

  test.each(brokenRooms)('%s', (_, broken, invariant) => {
    expect(breaks(broken(), exploration, invariants[invariant]!)).toBe(true)
  })

  test('and every invariant has a room that breaks it', () => {
    const unbroken = Object.keys(invariants).filter(
      (name) => !brokenRooms.some(([, , invariant]) => invariant === name),
    )
    expect(unbroken).toEqual([])
  })

  type Context = RoomContext
  type Resumed = { seat: SeatName; presentedTokenHash: string; tokenHash: string }
  const seatOf = ({ tokenHash, joinKey }: { tokenHash: string; joinKey: string }, epoch: number): Seat => ({
    tokenHash,
    previousTokenHash: joinKey,
    joinKey,
    requestedAt: 1,
    epoch,
    claimedEpoch: epoch,
    isPageClosing: false,
    expiresAt: null,
    hasMedia: false,
  })

  const isAnyHolder = ({ context }: { context: Context }, { seat, presentedTokenHash }: Resumed): boolean =>
    seatOfToken(context, presentedTokenHash) === seat
  const isNewKey = ({ context }: { context: Context }, { joinKey }: { joinKey: string }): boolean =>
    (['a', 'b'] as const).every((seat) => context.seats[seat]?.joinKey !== joinKey)
  const restoreOnly = assign(
    (
      { context }: { context: Context },
      { seat, presentedTokenHash, tokenHash, claimedEpoch }: Resumed & { claimedEpoch: number },
    ) => {
      const epoch = context.epoch + 1
      return {
        epoch,
        seats: {
          ...context.seats,
          [seat]: { ...seatOf({ tokenHash, joinKey: presentedTokenHash }, epoch), claimedEpoch },
        },
        reservedUntil: null,
      }
    },
  )
  const seatWithoutEpoch = assign(
    ({ context }: { context: Context }, params: { tokenHash: string; joinKey: string }) => ({
      seats: { ...context.seats, [context.seats.a ? 'b' : 'a']: seatOf(params, 1) },
    }),
  )
  const seatAnother = assign(({ context }: { context: Context }, params: { tokenHash: string; joinKey: string }) => {
    const epoch = context.epoch + 1
    return { epoch, seats: { ...context.seats, [context.seats.a ? 'b' : 'a']: seatOf(params, epoch), c: null } }
  })
  const rotateOnly = assign(({ context }: { context: Context }, { seat, presentedTokenHash, tokenHash }: Resumed) => {
    const epoch = context.epoch + 1
    return {
      epoch,
      seats: {
        ...context.seats,
        [seat]: {
          ...context.seats[seat],
          tokenHash,
          previousTokenHash: presentedTokenHash,
          epoch,
          isPageClosing: false,
          expiresAt: null,
        },
      },
    }
  })
  const freeOnly = assign(({ context }: { context: Context }, { seats }: { seats: SeatName[] }) => ({
    seats: { ...context.seats, ...Object.fromEntries(seats.map((seat) => [seat, null])) },
  }))
  const tellAnyway = emit((_: unknown, { seat, event }: { seat: SeatName; event: RoomEvent }) => ({
    type: 'event.sent',
    seat: seat === 'a' ? 'b' : 'a',
    event,
  }))
})
