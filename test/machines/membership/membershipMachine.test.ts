import { assign } from 'xstate'
import { beforeAll, describe, expect, test } from 'vitest'
import { visit } from '../../../machines/membership/membershipMachine.ts'
import { breaks, everyStep, type Invariants, type Step, wayTo } from '../graph.ts'
import { exploration, type Visit } from './membershipMachine.graph.ts'

type VisitStep = Step<typeof visit>

const isOutside = ({ value }: Visit): boolean => typeof value === 'object' && 'outside' in value
const isInside = ({ value }: Visit): boolean => typeof value === 'object' && 'inside' in value
const wants = ({ effects }: VisitStep, type: string): number => effects.filter((effect) => effect.type === type).length

const invariants: Invariants<typeof visit> = {
  'a seat is asked for at the door, once each time': (step) => {
    const isArriving = step.after.value === 'entering' && step.before.value !== 'entering'
    const isAskingAgain = step.after.matches({ inside: { unseated: 'asking' } }) && !step.before.matches({ inside: { unseated: 'asking' } })
    return wants(step, 'entry.asked') === (isArriving || isAskingAgain ? 1 : 0)
  },
  'a person gets inside with a seat only': ({ before, event, after }) => !isInside(after) || isInside(before) || event.type === 'seat.given',
  'whoever leaves gives the seat back': (step) => {
    const isLeaving = step.event.type === 'user.left' && (step.before.value === 'entering' || isInside(step.before))
    return wants(step, 'seat.released') === (isLeaving ? 1 : 0) && (!isLeaving || step.after.matches({ outside: 'left' }))
  },
  'whose seat is gone is quiet about it': (step) => {
    const isOver = step.event.type === 'seat.taken' || (step.event.type === 'seat.refused' && !step.event.isCalling)
      || (step.event.type === 'call.ended' && step.before.matches({ inside: 'unseated' }))
    const isGone = isInside(step.before) && isOver
    return wants(step, 'seat.abandoned') === (isGone ? 1 : 0) && (!isGone || isOutside(step.after))
  },
  'outside and before, the room is empty': ({ after }) => isInside(after) || (after.context.room === 'empty' && after.context.peer === 'absent'),
  'inside, the room is not empty, and somebody is there unless it is just created': ({ after }) =>
    !isInside(after) || (after.context.room !== 'empty' && (after.context.room === 'created') === (after.context.peer === 'absent')),
  'nobody closes who is not away': ({ before, event, after }) =>
    (after.context.page === 'closed') === (event.type === 'peer.away' && isInside(before) ? event.closes : before.context.page === 'closed' && after.context.peer === 'away' && event.type !== 'seat.given'),
  'nobody has a new page who is not here with it': ({ before, event, after }) =>
    (after.context.page === 'renewed') === (event.type === 'peer.back' && isInside(before) ? event.fresh : before.context.page === 'renewed' && after.context.peer === 'here' && event.type !== 'seat.given'),
  'a refusal has a code, and nothing else has': ({ after }) =>
    (after.context.code !== null) === (after.matches({ outside: 'refused' }) || after.matches({ inside: 'unseated' })),
  'a refusal during a call leaves the person inside': ({ before, event, after }) =>
    event.type !== 'seat.refused' || !event.isCalling || !isInside(before) || after.matches({ inside: { unseated: 'pausing' } }),
  'from outside one can always come back': ({ after }) => !isOutside(after) || after.can({ type: 'user.rejoined' }),
  'the lobby is left for good': ({ before, after }) => before.value === 'lobby' || after.value !== 'lobby',
}

describe('a visit', () => {
  let steps: VisitStep[]
  beforeAll(() => { steps = [...everyStep(visit, exploration)] })

  test.each(Object.entries(invariants))('%s', (_, holds) => {
    const broken = steps.find((step) => !holds(step))
    expect(broken && wayTo(broken)).toBeUndefined()
  })
})

describe('a broken visit is noticed', () => {
  const nothing = (): void => {}
  const withActions = (actions: object): typeof visit => visit.provide({ actions } as never) as typeof visit

  const brokenVisits: [what: string, broken: typeof visit, invariant: string][] = [
    ['which asks nobody for a seat', withActions({ askEntry: nothing }), 'a seat is asked for at the door, once each time'],
    ['which keeps the seat of one who left', withActions({ releaseSeat: nothing }), 'whoever leaves gives the seat back'],
    ['which uses a seat that is gone', withActions({ abandonSeat: nothing }), 'whose seat is gone is quiet about it'],
    ['which remembers the room', withActions({ forgetRoom: nothing }), 'outside and before, the room is empty'],
    ['which forgets who left', withActions({ notePeerAbsent: nothing, noteReady: assign({ room: 'ready' }) }), 'inside, the room is not empty, and somebody is there unless it is just created'],
    ['which takes one who is back for one who closes', withActions({ notePeerHere: assign({ peer: 'here' }) }), 'nobody closes who is not away'],
    ['which misses nobody whose page is new', withActions({ notePeerHere: assign({ peer: 'here', page: 'open' }) }), 'nobody has a new page who is not here with it'],
    ['which refuses without a code', withActions({ noteCode: nothing }), 'a refusal has a code, and nothing else has'],
    ['which throws out a person whose call goes on', visit.provide({ guards: { isCalling: () => false } }) as typeof visit, 'a refusal during a call leaves the person inside'],
    ['which keeps a code', withActions({ forgetCode: nothing, noteSeat: assign({ room: 'created' }) }), 'a refusal has a code, and nothing else has'],
  ]

  test.each(brokenVisits)('%s', (_, broken, invariant) => {
    expect(breaks(broken, exploration, invariants[invariant]!)).toBe(true)
  })
})
