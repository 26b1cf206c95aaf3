import { assign, createMachine, emit, transition } from 'xstate'
import { beforeAll, describe, expect, test } from 'vitest'
import { room } from '../../../machines/room/roomMachine.ts'
import { type RoomContext, type Seat, seatOf as seatOfToken } from '../../../machines/room/seats.ts'
import type { RoomEvent, SeatName } from '../../../machines/protocol/messages.ts'
import { breaks, everyStep, shortestPaths, type Step, wayTo } from '../graph.ts'
import { exploration } from './roomMachine.graph.ts'
import { invariants } from './roomMachine.invariants.ts'

type Room = typeof room

describe('the room', () => {
  let steps: Step<Room>[]
  beforeAll(() => { steps = [...everyStep(room, exploration)] })

  test.each(Object.entries(invariants))('%s', (_, holds) => {
    const broken = steps.find((step) => !holds(step))
    expect(broken && wayTo(broken)).toBeUndefined()
  })

  test('is left by everybody in the end: no way leads to a seat that nobody can free', () => {
    const ends = shortestPaths(room, exploration).map((path) => path.at(-1)?.after).filter((end) => end !== undefined)
    const deserted = ends.map((end) => {
      const gone = (['a', 'b'] as const).reduce((each, seat) =>
        transition(room, each, { type: 'socket.closed', seat, epoch: each.context.seats[seat]?.epoch ?? 0, at: 0 })[0], end)
      return transition(room, gone, { type: 'time.passed', at: 60_000 })[0].value
    })
    expect(new Set(deserted)).toEqual(new Set(['empty']))
  })

  test('goes on the same after a night in a store', () => {
    const awakened = steps.map(({ before, event }) => {
      const stored = room.resolveState(JSON.parse(JSON.stringify({ value: before.value, context: before.context })))
      const [after] = transition(room, stored, event)
      return { value: after.value, context: after.context }
    })
    expect(awakened).toEqual(steps.map(({ after: { value, context } }) => ({ value, context })))
  })
})

/** Rooms that are wrong in one point: each must be noticed, by the invariant that was meant for it. */
describe('a broken room is noticed', () => {
  const { states } = room.config as { states: Record<string, { on: Record<string, unknown> }> }
  const implementations = room.implementations

  const withState = (name: string, on: Record<string, unknown>): Room =>
    createMachine({ ...room.config, states: { ...states, [name]: { on: { ...states[name]?.on, ...on } } } } as never, implementations as never) as never
  const withActions = (actions: object): Room => room.provide({ actions } as never) as Room
  const withGuards = (guards: object): Room => room.provide({ guards } as never) as Room
  const admit = { actions: [{ type: 'seat', params: ({ event }: { event: unknown }) => event }] }
  const nothing = (): void => {}
  const rotate = [{ type: 'rotate', params: ({ event }: { event: unknown }) => event }]

  const brokenRooms: [what: string, broken: () => Room, invariant: string][] = [
    ['which lets a third visitor in', () => withState('ready', { 'visitor.entered': admit }), 'a third visitor is not let in'],
    ['which gives a taken seat away', () => withState('full', { 'visitor.entered': admit }), 'nobody is unseated for another, but for a newer claim to the same seat'],
    ['which seats one visitor twice', () => withGuards({ isStranger: () => true }), 'nobody sits twice'],
    ['which does not tell that both are there', () => withState('created', { 'visitor.entered': { target: 'ready', ...admit } }), 'both are told when ready or full begins, and only then'],
    ['which forgets to be ready', () => withState('created', { 'visitor.entered': admit }), 'the state says how many seats are taken'],
    ['which is full when one reports media', () => withGuards({ isLastToFlow: () => true }), 'full means that both report media'],
    ['which stays full when one has lost the call', () => withState('full', { 'holder.resumed': { actions: rotate } }), 'full means that both report media'],
    ['which listens to old epochs', () => withGuards({ isHolder: () => true }), 'an old epoch, or one who has no seat, changes nothing'],
    ['which takes any token', () => withGuards({ hasToken: () => true }), 'a wrong token changes nothing, nor does one that comes late'],
    ['which lets a late visit take the seat', () => withGuards({ hasToken: isAnyHolder, hasTokenButNoCall: isAnyHolder }), 'a wrong token changes nothing, nor does one that comes late'],
    ['whose token does not rotate', () => withActions({ rotate: nothing }), 'the right token resumes and is rotated, with one step of overlap'],
    ['whose epoch stands still', () => withActions({ seat: seatWithoutEpoch }), 'a seat is entered and resumed under an epoch of its own'],
    ['whose epoch begins anew', () => withActions({ free: assign({ seats: { a: null, b: null }, epoch: 0 }) }), 'epochs only grow'],
    ['which frees seats in silence', () => withActions({ free: assign({ seats: { a: null, b: null } }) }), 'a seat is forgotten when it becomes empty, and only then'],
    ['which tells nobody that one left', () => withActions({ tellOther: nothing }), 'who stays hears that the other went away, and how, or came back'],
    ['which keeps seats for ever', () => withGuards({ isEveryoneExpired: () => false, isAnyoneExpired: () => false }), 'a seat is kept for its holder until its time is up, and no longer'],
    ['which keeps no time', () => withActions({ startGrace: nothing }), 'an empty chair waits its grace, a shorter one after a closed page'],
    ['which does not hear that a page was closed', () => withActions({ noteClosing: nothing }), 'a page that was closed is known to be'],
    ['which believes what a page reported before it was loaded anew', () => withActions({ rotate: rotateOnly }), 'who loaded the page anew has no media'],
    ['which says nothing to who stays', () => withActions({ free: freeOnly }), 'who stays hears that the other left, and why'],
    ['which tells one who has gone', () => withActions({ tellOther: tellAnyway }), 'only who sits is told anything'],
    ['which keeps media for one who is alone', () => withActions({ free: freeOnly }), 'who is alone has no media, unless another is awaited'],
    ['which has a third seat', () => withActions({ seat: seatAnother }), 'never more than two seats'],
    ['which gives the seat of one who is awaited to a stranger', () => withGuards({ isStranger: isNewKey }), 'a stranger does not get the seat of one who is awaited'],
    ['which lets any signed token take a seat', () => withGuards({ isNewestClaim: () => true }), 'a seat that was given in this run is not taken by a token of an earlier one'],
    ['which restores nobody to a seat that somebody has', () => withGuards({ isNewestClaim: () => false }), 'a holder is restored to the seat of the token, unless a newer claim has it'],
    ['which awaits somebody for a stranger, too', () => withState('created', { 'visitor.entered': { target: 'ready', ...admit } }), 'somebody is awaited only while one who has a call is alone, and for the grace'],
    ['which awaits nobody', () => withActions({ restore: restoreOnly }), 'one who is restored with a call and alone is waited with'],
    ['which soon stops to wait for one who is awaited', () => withGuards({ isAwaitOver: () => true }), 'one who is awaited is awaited until their time is up'],
    ['which holds a live thing', () => withActions({ noteClosing: assign({ epoch: ({ context }) => Object(context.epoch) as number }) }), 'a room is plain data'],
  ]

  test.each(brokenRooms)('%s', (_, broken, invariant) => {
    expect(breaks(broken(), exploration, invariants[invariant]!)).toBe(true)
  })

  test('and every invariant has a room that breaks it', () => {
    const unbroken = Object.keys(invariants).filter((name) => !brokenRooms.some(([, , invariant]) => invariant === name))
    expect(unbroken).toEqual([])
  })

  type Context = RoomContext
  type Resumed = { seat: SeatName; presented: string; token: string }
  const seatOf = ({ token, key }: { token: string; key: string }, epoch: number): Seat =>
    ({ token, previous: key, key, asked: 1, epoch, claimed: epoch, closes: false, deadline: null, flowing: false })

  const isAnyHolder = ({ context }: { context: Context }, { seat, presented }: Resumed): boolean => seatOfToken(context, presented) === seat
  const isNewKey = ({ context }: { context: Context }, { key }: { key: string }): boolean => (['a', 'b'] as const).every((seat) => context.seats[seat]?.key !== key)
  const restoreOnly = assign(({ context }: { context: Context }, { seat, presented, token, claimed }: Resumed & { claimed: number }) => {
    const epoch = context.epoch + 1
    return { epoch, seats: { ...context.seats, [seat]: { ...seatOf({ token, key: presented }, epoch), claimed } }, awaited: null }
  })
  const seatWithoutEpoch = assign(({ context }: { context: Context }, params: { token: string; key: string }) =>
    ({ seats: { ...context.seats, [context.seats.a ? 'b' : 'a']: seatOf(params, 1) } }))
  const seatAnother = assign(({ context }: { context: Context }, params: { token: string; key: string }) => {
    const epoch = context.epoch + 1
    return { epoch, seats: { ...context.seats, [context.seats.a ? 'b' : 'a']: seatOf(params, epoch), c: null } }
  })
  const rotateOnly = assign(({ context }: { context: Context }, { seat, presented, token }: Resumed) => {
    const epoch = context.epoch + 1
    return { epoch, seats: { ...context.seats, [seat]: { ...context.seats[seat], token, previous: presented, epoch, closes: false, deadline: null } } }
  })
  const freeOnly = assign(({ context }: { context: Context }, { seats }: { seats: SeatName[] }) =>
    ({ seats: { ...context.seats, ...Object.fromEntries(seats.map((seat) => [seat, null])) } }))
  const tellAnyway = emit((_: unknown, { seat, event }: { seat: SeatName; event: RoomEvent }) =>
    ({ type: 'told', seat: seat === 'a' ? 'b' : 'a', event }))
})
