import fc from 'fast-check'
import { afterEach, expect, test, vi } from 'vitest'
import { fromCallback } from 'xstate'
import { connectionActor, Peer } from '../../../client/webrtc/peerConnection.ts'
import { call } from '../../../machines/call/callMachine.ts'
import type { ConnectionInput, ConnectionOrder } from '../../../machines/call/callEvents.ts'
import { timers } from '../../../machines/protocol/timeouts.ts'
import { complaint, judge, type Law, settle, unroll } from './judge.ts'
import { Pair, type Step, type Who } from './pair.ts'
import type { Connect, Subject } from './party.ts'

vi.setConfig({ testTimeout: 120_000 })
afterEach(() => void vi.unstubAllGlobals())

const who = fc.constantFrom<Who>(0, 1)
/** What a call has to live with. */
const trouble: fc.WeightedArbitrary<Step>[] = [
  { weight: 4, arbitrary: fc.record({ do: fc.constant('track' as const), who, isOn: fc.boolean() }) },
  { weight: 3, arbitrary: fc.constantFrom(500, 1_000, 5_000, 20_000).map((milliseconds): Step => ({ do: 'pass', milliseconds })) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('path' as const), who, state: fc.constantFrom('disconnected' as const, 'failed' as const) }) },
  { weight: 8, arbitrary: fc.record({ do: fc.constantFrom('network' as const, 'lose mail' as const, 'deafen' as const, 'recover' as const), who }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constantFrom('lose link' as const, 'regain link' as const), who }) },
]
const passed = (steps: Step[]): number => steps.reduce((sum, step) => sum + (step.do === 'pass' ? step.milliseconds : 0), 0)
/** What may end it. */
const enough: fc.WeightedArbitrary<Step>[] = [
  { weight: 1, arbitrary: fc.constant<Step>({ do: 'fail' }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('hang up' as const), who }) },
]

/** Before the two have found each other, and after. */
interface Story { early: Step[]; late: Step[] }

const law = (subject: Subject): Law<Story> => async (scheduler, { early, late }) => {
  const steps = [...early, ...late]
  const mayFail = steps.some((step) => step.do === 'fail')
  const mayEnd = mayFail || steps.some((step) => step.do === 'hang up')
  const pair = new Pair(scheduler, subject)
  const look = (): void => pair.look(mayFail)
  const live = async (part: Step[]): Promise<void> => {
    scheduler.scheduleSequence(part.map((each) => ({ label: JSON.stringify(each), builder: async () => pair.carryOut(each) })))
    await unroll(scheduler, look)
  }
  const rest = async (): Promise<void> => {
    pair.heal()
    for (let second = 0; second < 200 && !pair.isAtRest; second++) {
      vi.advanceTimersByTime(1_000)
      await settle()
      await unroll(scheduler, look)
    }
  }
  await live(early)
  await rest()
  await live(late)
  await rest()
  const [one, other] = pair.parties
  expect(pair.isAtRest, `at rest: ${pair.story}`).toBe(true)
  if (!mayEnd) expect(one.isFlowing && other.isFlowing, `both talk: ${pair.story}`).toBe(true)
  pair.end()
  await unroll(scheduler, look)
}

const real: Subject = { call, connect: connectionActor }
/** Nobody is without the other for so long that the call is given up. */
const stories = (...step: fc.WeightedArbitrary<Step>[]): fc.Arbitrary<Story> => {
  const steps = fc.array(fc.oneof(...step), { maxLength: 7 }).filter((each) => passed(each) < timers.lossPatience / 2)
  return fc.record({ early: steps, late: steps })
}
const calm = stories(...trouble)
const wild = stories(...trouble, ...enough)

test('two calls find together in every order, and neither browser has to refuse anything', () => judge(calm, law(real), 80))
test('two calls come to rest whatever fails, and leave nothing open', () => judge(wild, law(real), 120))

/** Candidates are quicker than descriptions. */
const hasty: Connect = (parts) => fromCallback<ConnectionOrder, ConnectionInput>(({ input, receive, sendBack }) => {
  const peer = new Peer(parts, input, sendBack)
  receive((order) => {
    if (order.type === 'take.candidate') peer.obey(order)
    else void parts.settled().then(() => peer.obey(order))
  })
  return () => peer.close()
})

/** Its connections stay. */
const careless: Connect = (parts) => fromCallback<ConnectionOrder, ConnectionInput>(({ input, receive, sendBack }) => {
  const peer = new Peer(parts, input, sendBack)
  receive((order) => peer.obey(order))
})

const hopeless = call.provide({ guards: { canRestart: () => false } }) as typeof call
const misled = (guard: 'isTimelyCandidate' | 'isNewConnection', answer: boolean) => call.provide({ guards: { [guard]: () => answer } }) as typeof call

test.each<[string, Partial<Subject>, RegExp]>([
  ['tries candidates of any generation', { call: misled('isTimelyCandidate', true) }, /a candidate /],
  ['takes a new connection for the old', { call: misled('isNewConnection', false) }, /./],
  ['does not look for a way anew', { call: hopeless }, /both talk|at rest/],
  ['lets candidates overtake descriptions', { connect: hasty }, /a candidate before its description/],
  ['leaves connections open', { connect: careless }, /open/],
])('a call that %s is found out', async (_, fault, why) => {
  expect(await complaint(calm, law({ ...real, ...fault }))).toMatch(why)
})
