import { assign, emit } from 'xstate'
import { beforeAll, describe, expect, test } from 'vitest'
import { membershipMachine } from '../../../machines/membership/membershipMachine.ts'
import { breaks, everyStep, type Invariants, type Step, wayTo } from '../graph.ts'
import { exploration, type Membership } from './membershipMachine.graph.ts'

type MembershipStep = Step<typeof membershipMachine>

const hasLeft = ({ value }: Membership): boolean => typeof value === 'object' && 'left' in value
const hasJoined = ({ value }: Membership): boolean => typeof value === 'object' && 'joined' in value
const isEndedByPeer = ({ before, event }: MembershipStep): boolean =>
  event.type === 'call.ended' &&
  (event.reason === 'remote' || event.reason === 'left') &&
  hasJoined(before) &&
  !before.matches({ joined: 'withoutSeat' })
const wants = ({ effects }: MembershipStep, type: string): number =>
  effects.filter((effect) => effect.type === type).length

const invariants: Invariants<typeof membershipMachine> = {
  'a seat is requested once for each join': (step) => {
    const isArriving = step.after.value === 'joining' && step.before.value !== 'joining'
    const isAskingAgain =
      step.after.matches({ joined: { withoutSeat: 'requesting' } }) &&
      !step.before.matches({ joined: { withoutSeat: 'requesting' } })
    return wants(step, 'join.requested') === (isArriving || isAskingAgain ? 1 : 0)
  },
  'the state joined needs a seat': ({ before, event, after }) =>
    !hasJoined(after) || hasJoined(before) || event.type === 'join.accepted',
  'leaving releases the seat': (step) => {
    const isLeaving = step.event.type === 'user.hungUp' && (step.before.value === 'joining' || hasJoined(step.before))
    const isLeft = isEndedByPeer(step)
    return (
      wants(step, 'seat.released') === (isLeaving || isLeft ? 1 : 0) &&
      (!isLeaving || step.after.matches({ left: 'byUser' }))
    )
  },
  'a page leaves when its peer hung up or left, and not when its call failed': (step) =>
    step.after.matches({ left: 'byPeer' }) ===
    (isEndedByPeer(step) || (step.before.matches({ left: 'byPeer' }) && step.event.type !== 'user.rejoined')),
  'a lost seat is relinquished without a release': (step) => {
    const isOver =
      step.event.type === 'seat.replaced' ||
      (step.event.type === 'join.rejected' && !step.event.isCalling && hasJoined(step.before)) ||
      (step.event.type === 'call.ended' && step.before.matches({ joined: 'withoutSeat' }))
    const isGone = hasJoined(step.before) && isOver
    return wants(step, 'seat.relinquished') === (isGone ? 1 : 0) && (!isGone || hasLeft(step.after))
  },
  'only a rejection from a full room requests the seat of another tab': (step) => {
    const isRejected = step.after.matches({ left: 'rejected' }) && !step.before.matches({ left: 'rejected' })
    return wants(step, 'handover.requested') === (isRejected && step.after.context.code === 'full' ? 1 : 0)
  },
  'outside joined the room is empty': ({ after }) =>
    hasJoined(after) || (after.context.room === 'empty' && after.context.peer === 'absent'),
  'in joined the room is not empty, and the peer is absent only in created': ({ after }) =>
    !hasJoined(after) ||
    (after.context.room !== 'empty' && (after.context.room === 'created') === (after.context.peer === 'absent')),
  'peerPage is closed only while the peer is away': ({ before, event, after }) =>
    (after.context.peerPage === 'closed') ===
    (event.type === 'peer.disconnected' && hasJoined(before)
      ? event.pageClosing
      : before.context.peerPage === 'closed' &&
        after.context.peer === 'disconnected' &&
        event.type !== 'join.accepted'),
  'peerPage is reloaded only while the peer is present': ({ before, event, after }) =>
    (after.context.peerPage === 'reloaded') ===
    (event.type === 'peer.reconnected' && hasJoined(before)
      ? event.reloaded
      : before.context.peerPage === 'reloaded' && after.context.peer === 'connected' && event.type !== 'join.accepted'),
  'a code exists exactly after a rejection': ({ after }) =>
    (after.context.code !== null) === (after.matches({ left: 'rejected' }) || after.matches({ joined: 'withoutSeat' })),
  'a rejection during a call keeps the user in joined': ({ before, event, after }) =>
    event.type !== 'join.rejected' ||
    !event.isCalling ||
    !hasJoined(before) ||
    after.matches({ joined: { withoutSeat: 'waiting' } }),
  'a user who has left can always rejoin': ({ after }) => !hasLeft(after) || after.can({ type: 'user.rejoined' }),
  'the lobby is entered again only from a room that asks first': ({ before, event, after }) =>
    before.matches('lobby') ||
    !after.matches('lobby') ||
    (before.matches('joining') && event.type === 'join.rejected' && event.code === 'ask-first'),
  'a page asks for admission only on a press, once for each': (step) =>
    wants(step, 'ask.requested') ===
    (step.event.type === 'user.asked' && step.before.matches({ lobby: 'atDoor' }) ? 1 : 0),
  'an asking page joins only if it is admitted, the room is open, or the user takes over a seat': (step) => {
    const { before, event, after } = step
    if (!before.matches({ lobby: 'asking' }) || !after.matches('joining')) return true
    return (
      event.type === 'user.joined' ||
      event.type === 'page.reloaded' ||
      event.type === 'peer.admitted' ||
      (event.type === 'visit.updated' && (event.ask === 'admitted' || event.policy === 'open'))
    )
  },
  'the end of a request stops it at the server, except an admission': (step) => {
    const { before, event, after } = step
    const hasEnded = before.matches({ lobby: 'asking' }) && !after.matches({ lobby: 'asking' })
    const isEndedByJoin = hasEnded && after.matches('joining')
    const isRejected = before.matches('joining') && after.matches('lobby') && event.type === 'join.rejected'
    return wants(step, 'visit.requested') === ((hasEnded && !isEndedByJoin) || isRejected ? 1 : 0)
  },
  'a visitor at the door exists only for a page with a seat': ({ after }) =>
    hasJoined(after) || after.context.visitor === null,
}

describe('a membership', () => {
  let steps: MembershipStep[]
  beforeAll(() => {
    steps = [...everyStep(membershipMachine, exploration)]
  })

  test.each(Object.entries(invariants))('%s', (_, holds) => {
    const broken = steps.find((step) => !holds(step))
    expect(broken && wayTo(broken)).toBeUndefined()
  })
})

describe('the invariants detect a membership machine that', () => {
  const nothing = (): void => {}
  const withActions = (actions: object): typeof membershipMachine =>
    membershipMachine.provide({ actions } as never) as typeof membershipMachine

  const brokenMemberships: [what: string, broken: typeof membershipMachine, invariant: string][] = [
    ['requests no seat', withActions({ requestJoin: nothing }), 'a seat is requested once for each join'],
    ['keeps the seat after leaving', withActions({ releaseSeat: nothing }), 'leaving releases the seat'],
    [
      'stays in a room after its peer has left the call',
      membershipMachine.provide({ guards: { hasPeerLeft: () => false } }) as typeof membershipMachine,
      'a page leaves when its peer hung up or left, and not when its call failed',
    ],
    [
      'leaves a room after a call that failed',
      membershipMachine.provide({ guards: { hasPeerLeft: () => true } }) as typeof membershipMachine,
      'a page leaves when its peer hung up or left, and not when its call failed',
    ],
    ['keeps a lost seat', withActions({ relinquishSeat: nothing }), 'a lost seat is relinquished without a release'],
    [
      'requests no seat of another tab',
      withActions({ requestHandover: nothing }),
      'only a rejection from a full room requests the seat of another tab',
    ],
    [
      'requests the seat of another tab after every rejection',
      withActions({ requestHandover: emit({ type: 'handover.requested' }) }),
      'only a rejection from a full room requests the seat of another tab',
    ],
    ['keeps the room after leaving', withActions({ clearRoom: nothing }), 'outside joined the room is empty'],
    [
      'keeps a peer that left',
      withActions({ setPeerAbsent: nothing, setRoomReady: assign({ room: 'ready' }) }),
      'in joined the room is not empty, and the peer is absent only in created',
    ],
    [
      'keeps peerPage closed after the peer returns',
      withActions({ setPeerConnected: assign({ peer: 'connected' }) }),
      'peerPage is closed only while the peer is away',
    ],
    [
      'does not store that the peer’s page was reloaded',
      withActions({ setPeerConnected: assign({ peer: 'connected', peerPage: 'open' }) }),
      'peerPage is reloaded only while the peer is present',
    ],
    [
      'asks twice',
      withActions({ clearAskEnd: emit({ type: 'ask.requested', name: '' }) }),
      'a page asks for admission only on a press, once for each',
    ],
    [
      'joins after any answer',
      membershipMachine.provide({ guards: { mayJoin: () => true } }) as typeof membershipMachine,
      'an asking page joins only if it is admitted, the room is open, or the user takes over a seat',
    ],
    [
      'keeps a request that has ended',
      withActions({ requestVisit: nothing }),
      'the end of a request stops it at the server, except an admission',
    ],
    [
      'keeps the visitor after leaving',
      withActions({ clearRoom: assign({ room: 'empty', peer: 'absent', peerPage: 'open' }) }),
      'a visitor at the door exists only for a page with a seat',
    ],
    ['rejects without a code', withActions({ setCode: nothing }), 'a code exists exactly after a rejection'],
    [
      'ends a membership whose call continues',
      membershipMachine.provide({ guards: { isCalling: () => false } }) as typeof membershipMachine,
      'a rejection during a call keeps the user in joined',
    ],
    [
      'keeps a code',
      withActions({ clearCode: nothing, setSeat: assign({ room: 'created' }) }),
      'a code exists exactly after a rejection',
    ],
  ]

  test.each(brokenMemberships)('%s', (_, broken, invariant) => {
    expect(breaks(broken, [exploration], invariants[invariant]!)).toBe(true)
  })
})
