import { assign } from 'xstate'
import { beforeAll, describe, expect, test } from 'vitest'
import { membershipMachine } from '../../../machines/membership/membershipMachine.ts'
import { breaks, everyStep, type Invariants, type Step, wayTo } from '../graph.ts'
import { exploration, type Membership } from './membershipMachine.graph.ts'

type MembershipStep = Step<typeof membershipMachine>

const hasLeft = ({ value }: Membership): boolean => typeof value === 'object' && 'left' in value
const hasJoined = ({ value }: Membership): boolean => typeof value === 'object' && 'joined' in value
const wants = ({ effects }: MembershipStep, type: string): number =>
  effects.filter((effect) => effect.type === type).length

const invariants: Invariants<typeof membershipMachine> = {
  'a seat is asked for at the door, once each time': (step) => {
    const isArriving = step.after.value === 'joining' && step.before.value !== 'joining'
    const isAskingAgain =
      step.after.matches({ joined: { withoutSeat: 'requesting' } }) &&
      !step.before.matches({ joined: { withoutSeat: 'requesting' } })
    return wants(step, 'join.requested') === (isArriving || isAskingAgain ? 1 : 0)
  },
  'a person gets inside with a seat only': ({ before, event, after }) =>
    !hasJoined(after) || hasJoined(before) || event.type === 'join.accepted',
  'whoever leaves gives the seat back': (step) => {
    const isLeaving = step.event.type === 'user.left' && (step.before.value === 'joining' || hasJoined(step.before))
    return (
      wants(step, 'seat.released') === (isLeaving ? 1 : 0) && (!isLeaving || step.after.matches({ left: 'byUser' }))
    )
  },
  'whose seat is gone is quiet about it': (step) => {
    const isOver =
      step.event.type === 'seat.replaced' ||
      (step.event.type === 'join.rejected' && !step.event.isCalling) ||
      (step.event.type === 'call.ended' && step.before.matches({ joined: 'withoutSeat' }))
    const isGone = hasJoined(step.before) && isOver
    return wants(step, 'seat.relinquished') === (isGone ? 1 : 0) && (!isGone || hasLeft(step.after))
  },
  'outside and before, the room is empty': ({ after }) =>
    hasJoined(after) || (after.context.room === 'empty' && after.context.peer === 'absent'),
  'inside, the room is not empty, and somebody is there unless it is just created': ({ after }) =>
    !hasJoined(after) ||
    (after.context.room !== 'empty' && (after.context.room === 'created') === (after.context.peer === 'absent')),
  'nobody closes who is not away': ({ before, event, after }) =>
    (after.context.peerPage === 'closed') ===
    (event.type === 'peer.disconnected' && hasJoined(before)
      ? event.pageClosing
      : before.context.peerPage === 'closed' &&
        after.context.peer === 'disconnected' &&
        event.type !== 'join.accepted'),
  'nobody has a new page who is not here with it': ({ before, event, after }) =>
    (after.context.peerPage === 'reloaded') ===
    (event.type === 'peer.reconnected' && hasJoined(before)
      ? event.reloaded
      : before.context.peerPage === 'reloaded' && after.context.peer === 'connected' && event.type !== 'join.accepted'),
  'a refusal has a code, and nothing else has': ({ after }) =>
    (after.context.code !== null) === (after.matches({ left: 'rejected' }) || after.matches({ joined: 'withoutSeat' })),
  'a refusal during a call leaves the person inside': ({ before, event, after }) =>
    event.type !== 'join.rejected' ||
    !event.isCalling ||
    !hasJoined(before) ||
    after.matches({ joined: { withoutSeat: 'waiting' } }),
  'from outside one can always come back': ({ after }) => !hasLeft(after) || after.can({ type: 'user.rejoined' }),
  'the lobby is left for good': ({ before, after }) => before.value === 'lobby' || after.value !== 'lobby',
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

describe('a broken membership is noticed', () => {
  const nothing = (): void => {}
  const withActions = (actions: object): typeof membershipMachine =>
    membershipMachine.provide({ actions } as never) as typeof membershipMachine

  const brokenMemberships: [what: string, broken: typeof membershipMachine, invariant: string][] = [
    [
      'which asks nobody for a seat',
      withActions({ requestJoin: nothing }),
      'a seat is asked for at the door, once each time',
    ],
    [
      'which keeps the seat of one who left',
      withActions({ releaseSeat: nothing }),
      'whoever leaves gives the seat back',
    ],
    [
      'which uses a seat that is gone',
      withActions({ relinquishSeat: nothing }),
      'whose seat is gone is quiet about it',
    ],
    ['which remembers the room', withActions({ clearRoom: nothing }), 'outside and before, the room is empty'],
    [
      'which forgets who left',
      withActions({ setPeerAbsent: nothing, setRoomReady: assign({ room: 'ready' }) }),
      'inside, the room is not empty, and somebody is there unless it is just created',
    ],
    [
      'which takes one who is back for one who closes',
      withActions({ setPeerConnected: assign({ peer: 'connected' }) }),
      'nobody closes who is not away',
    ],
    [
      'which misses nobody whose page is new',
      withActions({ setPeerConnected: assign({ peer: 'connected', peerPage: 'open' }) }),
      'nobody has a new page who is not here with it',
    ],
    ['which refuses without a code', withActions({ setCode: nothing }), 'a refusal has a code, and nothing else has'],
    [
      'which throws out a person whose call goes on',
      membershipMachine.provide({ guards: { isCalling: () => false } }) as typeof membershipMachine,
      'a refusal during a call leaves the person inside',
    ],
    [
      'which keeps a code',
      withActions({ clearCode: nothing, setSeat: assign({ room: 'created' }) }),
      'a refusal has a code, and nothing else has',
    ],
  ]

  test.each(brokenMemberships)('%s', (_, broken, invariant) => {
    expect(breaks(broken, exploration, invariants[invariant]!)).toBe(true)
  })
})
