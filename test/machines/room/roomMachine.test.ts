import { isDeepStrictEqual } from 'node:util'
import { assign, createMachine, emit, type EventFrom, type SnapshotFrom } from 'xstate'
import { beforeAll, describe, expect, test } from 'vitest'
import type { Ask } from '../../../machines/room/door.ts'
import { roomMachine } from '../../../machines/room/roomMachine.ts'
import { type RoomContext, type Seat, findSeatByToken as seatOfToken } from '../../../machines/room/seats.ts'
import type { RoomEvent, SeatName } from '../../../machines/protocol/messages.ts'
import { breaks, explore, type Step, wayTo } from '../graph.ts'
import { stepperOf } from '../stepper.ts'
import { doorExploration, exploration, formerExploration, preparationExploration } from './roomMachine.graph.ts'
import { invariants } from './roomMachine.invariants.ts'

type Room = typeof roomMachine

const explorations = [exploration, formerExploration, preparationExploration, doorExploration]

describe('the room', () => {
  const steps: Step<Room>[] = []
  /** Each reachable snapshot once, without the initial one. */
  const reached: SnapshotFrom<Room>[] = []
  const step = stepperOf(roomMachine)
  const next = (before: SnapshotFrom<Room>, event: EventFrom<Room>) => step(before, event)[0] as SnapshotFrom<Room>
  beforeAll(() => {
    for (const each of explorations)
      for (const [edge, isFirst] of explore(roomMachine, each)) {
        steps.push(edge)
        if (isFirst) reached.push(edge.after)
      }
  })

  test.each(Object.entries(invariants))('%s', (_, holds) => {
    const broken = steps.find((each) => !holds(each))
    expect(broken && wayTo(broken)).toBeUndefined()
  })

  test('becomes empty in the end: no path leads to a seat that stays taken', () => {
    const deserted = reached.map((end) => {
      const closed = (['a', 'b'] as const).reduce((each, seat) => {
        const epoch = each.context.seats[seat]?.epoch ?? 0
        return next(each, { type: 'socket.closed', seat, epoch, at: 0 })
      }, end)
      return next(closed, { type: 'time.passed', at: 60_000 }).value
    })
    expect(new Set(deserted)).toEqual(new Set(['empty']))
  })

  test('continues unchanged after it was stored and restored', () => {
    const restored = new Map<SnapshotFrom<Room>, SnapshotFrom<Room>>()
    const restore = (snapshot: SnapshotFrom<Room>): SnapshotFrom<Room> => {
      const { value, context } = snapshot
      const known = restored.get(snapshot) ?? roomMachine.resolveState(JSON.parse(JSON.stringify({ value, context })))
      restored.set(snapshot, known)
      return known
    }
    const changed = steps.find(({ before, event, after }) => {
      const { value, context } = next(restore(before), event)
      return !isDeepStrictEqual({ value, context }, { value: after.value, context: after.context })
    })
    expect(changed && wayTo(changed)).toBeUndefined()
  })
})

/** Each machine has one fault; the invariant meant for it must detect the fault. */
describe('the invariants detect a room machine that', () => {
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
      'admits a third visitor',
      () => withState('ready', { 'visitor.joined': admit }),
      'a third visitor is not admitted',
    ],
    [
      'gives a taken seat to another visitor',
      () => withState('full', { 'visitor.joined': admit }),
      'no seat changes its visitor, except for a newer claim to it',
    ],
    ['gives one visitor two seats', () => withGuards({ isNewVisitor: () => true }), 'no visitor has two seats'],
    [
      'does not send ready',
      () => withState('created', { 'visitor.joined': { target: 'ready', ...admit } }),
      'both holders receive ready and full exactly when that state begins',
    ],
    [
      'does not enter the state ready',
      () => withState('created', { 'visitor.joined': admit }),
      'the state matches the number of taken seats',
    ],
    [
      'is full when one holder reports media',
      () => withGuards({ hasPeerMedia: () => true }),
      'full means that both holders report media',
    ],
    [
      'stays full when one holder has lost the call',
      () => withState('full', { 'holder.resumed': { actions: rotateToken } }),
      'full means that both holders report media',
    ],
    [
      'accepts old epochs',
      () => withGuards({ isCurrentHolder: () => true }),
      'an event with an old epoch, or for a free seat, changes nothing',
    ],
    [
      'accepts any token',
      () => withGuards({ hasValidToken: () => true }),
      'a wrong token or a late resume changes nothing',
    ],
    [
      'lets a late resume take the seat',
      () => withGuards({ hasValidToken: isAnyHolder, isReloadedHolder: isAnyHolder }),
      'a wrong token or a late resume changes nothing',
    ],
    [
      'does not rotate its token',
      () => withActions({ rotateToken: nothing }),
      'the right token resumes and rotates, and the previous token stays valid',
    ],
    [
      'does not increment its epoch',
      () => withActions({ takeSeat: seatWithoutEpoch }),
      'every accepted join gets a new epoch',
    ],
    [
      'starts its epochs again',
      () => withActions({ freeSeats: assign({ seats: { a: null, b: null }, epoch: 0 }) }),
      'epochs only increase',
    ],
    [
      'frees seats without seat.freed',
      () => withActions({ freeSeats: assign({ seats: { a: null, b: null } }) }),
      'seat.freed is emitted exactly when a seat becomes free',
    ],
    [
      'sends no event when a peer leaves',
      () => withActions({ notifyPeer: nothing }),
      'the other holder receives peer.disconnected and peer.reconnected',
    ],
    [
      'keeps seats forever',
      () => withGuards({ areAllSeatsExpired: () => false, isAnySeatExpired: () => false }),
      'a seat is freed exactly at its deadline',
    ],
    [
      'sets no deadline',
      () => withActions({ startGrace: nothing }),
      'a disconnected seat gets the grace period, a shorter one after a closed page',
    ],
    [
      'does not store that a page was closed',
      () => withActions({ setPageClosing: nothing }),
      'page.closing marks the page as closing',
    ],
    [
      'keeps media from before a reload',
      () => withActions({ rotateToken: rotateOnly }),
      'a reloaded page has no media',
    ],
    [
      'sends no event to the remaining holder',
      () => withActions({ freeSeats: freeOnly }),
      'the remaining holder receives peer.left with the reason',
    ],
    ['sends events to a free seat', () => withActions({ notifyPeer: tellAnyway }), 'only taken seats receive events'],
    [
      'keeps media for a lone holder',
      () => withActions({ freeSeats: freeOnly }),
      'a lone holder has only media that it reported since it is alone',
    ],
    [
      'ignores the media of a lone holder',
      () => withState('created', { 'media.started': undefined }),
      'a report of a current holder that is alone without a former peer is remembered',
    ],
    [
      'keeps the media of a lone holder for a new visitor',
      () => withActions({ takeSeat: takeSeatOnly }),
      'a new visitor finds a holder without media, except for the call of a former holder',
    ],
    ['has a third seat', () => withActions({ takeSeat: seatAnother }), 'there are never more than two seats'],
    [
      'gives a reserved seat to a new visitor',
      () => withGuards({ isNewVisitor: isNewKey }),
      'a new visitor does not get a reserved seat',
    ],
    [
      'lets any signed token take a seat',
      () => withGuards({ isNewestClaim: () => true }),
      'a token of an earlier run does not take a seat that was issued in this run',
    ],
    [
      'restores no holder to a taken seat',
      () => withGuards({ isNewestClaim: () => false }),
      'a holder is restored to the seat of the token, unless a newer claim has it',
    ],
    [
      'keeps a reservation for a new visitor',
      () => withState('created', { 'visitor.joined': { target: 'ready', ...admit } }),
      'a reservation exists only for a lone holder with a call, during the grace period',
    ],
    [
      'reserves no seat',
      () => withActions({ restoreSeat: restoreOnly }),
      'a holder restored alone with a call reserves the other seat',
    ],
    [
      'ends a reservation early',
      () => withGuards({ isReservationOver: () => true }),
      'a reservation lasts until its deadline',
    ],
    [
      'gives the seat to a visitor that nobody admitted',
      () => withGuards({ isNewVisitor: isNewKey }),
      'a room that asks first admits only the visitor that its holder admitted, and a locked room none',
    ],
    [
      'meets a second visitor at the door',
      () => withGuards({ mayAsk: ({ context }: { context: Context }) => context.door.policy === 'ask' }),
      'one visitor is at the door at a time',
    ],
    [
      'applies an answer to any visitor',
      () => withGuards({ isAskingVisitor: ({ context }: { context: Context }) => context.door.visitor !== null }),
      'only the answer of a holder to this request admits a visitor',
    ],
    [
      'forgets that it declined a visitor',
      () => withGuards({ mayAsk: ({ context }: { context: Context }) => context.door.policy === 'ask' }),
      'a declined visitor leaves the door, and asks again only after its wait',
    ],
    [
      'keeps the visitor at the door of a locked room',
      () => withActions({ setPolicy: setPolicyOnly }),
      'a visitor is at the door only while one holder waits in a room that asks first',
    ],
    [
      'opens when a holder is restored',
      () => withActions({ restorePolicy: setPolicyOf }),
      'a restored room admits no more visitors than before',
    ],
    [
      'lets any event change the policy',
      () =>
        withActions({
          startGrace: assign({
            door: ({ context }: { context: Context }) => ({ ...context.door, policy: 'open' as const }),
          }),
        }),
      'only a holder of the room changes its policy',
    ],
    [
      'keeps a visitor whose socket closed',
      () => withGuards({ isVisitorExpired: () => false }),
      'a disconnected visitor leaves the door exactly at its deadline',
    ],
    [
      'does not send who is at the door',
      () => withActions({ notifyOfDoor: nothing }),
      'each holder receives the door when it changes',
    ],
    [
      'keeps a former holder beside two holders',
      () => withActions({ takeSeat: takeSeatOnly }),
      'a former holder exists only beside a lone holder, after its seat expired',
    ],
    [
      'changes the name of a visitor at the door',
      () => withActions({ meetVisitor: meetAgain }),
      'a repeated request keeps its id, its name and its admission, and is not sent again',
    ],
    [
      'admits a visitor for any time',
      () => withActions({ admitVisitor: admitForever }),
      'an admitted visitor has a deadline, which no new connection extends',
    ],
    [
      'meets a visitor during the call of a former holder',
      () => withGuards({ mayAsk: ({ context }: { context: Context }) => context.door.policy === 'ask' }),
      'nobody asks while the call of a former holder goes on',
    ],
    [
      'expects no former holder of a running call',
      () => withGuards({ hasFormerPeer: () => false }),
      'a former holder has no deadline while the other holder reports media',
    ],
    [
      'expects a former holder forever',
      () => withGuards({ isFormerHolderExpired: () => false }),
      'a former holder is forgotten at its deadline',
    ],
    [
      'locks the room for all but a former holder',
      () => withActions({ setPolicy: setPolicyOnly }),
      'a new policy is for a former holder without a call, too',
    ],
    [
      'prepares a second connection',
      () => withGuards({ mayPrepare: ({ context }: { context: Context }) => context.door.policy !== 'locked' }),
      'there is one preparation at a time, and each has a new number',
    ],
    [
      'lets a visitor that looks prepare before one that asks',
      () => withGuards({ mayPrepare: ({ context }: { context: Context }) => context.door.preparation === null }),
      'a visitor that asks prepares before one that looks',
    ],
    [
      'keeps the preparation of a visitor that left the door',
      () => withActions({ endVisitorPreparation: nothing }),
      'a preparation ends with its visitor at the door',
    ],
    [
      'lets a declined visitor prepare',
      () => withGuards({ mayPrepare: isDoorFree }),
      'a declined visitor prepares only after its wait',
    ],
    [
      'ends any preparation',
      () =>
        withGuards({ isCurrentPreparation: ({ context }: { context: Context }) => context.door.preparation !== null }),
      'the end of an older preparation changes nothing',
    ],
    [
      'keeps the preparation of a reloaded page',
      () => withActions({ rotateToken: rotateOnly }),
      'a reloaded page of the holder has no preparation',
    ],
    [
      'keeps the preparation of a locked room',
      () => withActions({ setPolicy: setPolicyOnly }),
      'a preparation exists only while one holder waits in a room that is not locked',
    ],
    [
      'has an object other than plain data in its context',
      () => withActions({ setPageClosing: assign({ epoch: ({ context }) => Object(context.epoch) as number }) }),
      'the state of a room is plain data',
    ],
  ]

  test.each(brokenRooms)('%s', (_, broken, invariant) => {
    expect(breaks(broken(), explorations, invariants[invariant]!)).toBe(true)
  })

  test('every invariant is broken by one of these room machines', () => {
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
  const isDoorFree = ({ context: { door } }: { context: Context }, { keyHash }: { keyHash: string | null }): boolean =>
    door.policy !== 'locked' && door.preparation === null && (door.visitor === null || door.visitor.keyHash === keyHash)
  const isNewKey = ({ context }: { context: Context }, { joinKey }: { joinKey: string }): boolean =>
    (['a', 'b'] as const).every((seat) => context.seats[seat]?.joinKey !== joinKey)
  const setPolicyOf = assign(
    ({ context }: { context: Context }, { policy }: { policy: Context['door']['policy'] }) => ({
      door: { ...context.door, policy, visitor: null },
    }),
  )
  const meetAgain = assign(({ context }: { context: Context }, { keyHash, source, name, at }: Ask) => {
    const epoch = context.epoch + 1
    const { id = epoch, isAdmitted = false, expiresAt = null } = context.door.visitor ?? {}
    const visitor = { id, keyHash, source, name: `${name} at ${at}`, visit: epoch, isAdmitted, expiresAt }
    return { epoch, door: { ...context.door, visitor } }
  })
  const admitForever = assign(({ context: { door } }: { context: Context }) => ({
    door: { ...door, visitor: door.visitor && { ...door.visitor, isAdmitted: true } },
  }))
  const setPolicyOnly = assign(
    ({ context }: { context: Context }, { policy }: { policy: Context['door']['policy'] }) => ({
      door: { ...context.door, policy },
    }),
  )
  const takeSeatOnly = assign(({ context }: { context: Context }, params: { tokenHash: string; joinKey: string }) => {
    const epoch = context.epoch + 1
    return { epoch, seats: { ...context.seats, [context.seats.a ? 'b' : 'a']: seatOf(params, epoch) } }
  })
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
