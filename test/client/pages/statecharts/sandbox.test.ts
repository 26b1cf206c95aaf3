import { expect, test } from 'vitest'
import type { AnyStateMachine } from 'xstate'
import { chartedMachines } from '../../../../client/pages/statecharts/drawings.ts'
import { contextLines } from '../../../../client/pages/statecharts/sandbox/contextLines.ts'
import { parseFields } from '../../../../client/pages/statecharts/sandbox/parseFields.ts'
import { Sandbox, type SandboxStep } from '../../../../client/pages/statecharts/sandbox/sandbox.ts'
import { sampleFields, sampleInput } from '../../../../client/pages/statecharts/sandbox/samples.ts'
import { machineNameFor, type TracedMachine, tracedMachines } from '../../../../machines/protocol/traceEntry.ts'
import { createStatechart } from '../../../../machines/statechart.ts'

function open(traced: TracedMachine) {
  const name = machineNameFor(traced)
  const machine: AnyStateMachine = chartedMachines[name]
  const chart = createStatechart(machine)
  const sandbox = new Sandbox(machine, chart, sampleInput(traced))
  const eventOf = (type: string, step: SandboxStep) => ({ ...sampleFields(name, type, step.snapshot.context), type })
  return { chart, sandbox, eventOf }
}

test('a call is made with the samples, and each step lists its actions and timers', () => {
  const { sandbox, eventOf } = open('call')
  let step = sandbox.start()
  const send = (type: string) => {
    step = sandbox.send(step, eventOf(type, step))
    return step.snapshot.value
  }
  expect(send('join.accepted')).toEqual({ offering: 'creatingOffer' })
  expect(step.effects).toEqual([
    { kind: 'start', actor: 'peerConnection' },
    { kind: 'send', event: 'createOffer', to: 'peerConnection' },
  ])
  expect(send('offer.created')).toEqual({ offering: 'waitingForPeer' })
  const timer = 'xstate.after.offerMaxAge.call.offering.waitingForPeer'
  expect(step.effects).toEqual([
    { kind: 'emit', event: 'message.outgoing' },
    { kind: 'timer', event: timer, delayMs: 240_000 },
  ])
  expect(sandbox.offeredEvents(step).find(({ type }) => type === timer)).toEqual({
    type: timer,
    name: 'after.offerMaxAge',
    delayMs: 240_000,
  })
  expect(send('peer.joined')).toEqual({ offering: 'awaitingAnswer' })
  expect(step.effects[0]).toEqual({ kind: 'cancel', event: timer })
  send('answer.received')
  send('transport.connected')
  expect(send('transport.failed')).toEqual({ connected: 'stalled' })
  // The timer of the machine's own action.
  expect(sandbox.offeredEvents(step)).toContainEqual({
    type: 'recovery.timedOut',
    name: 'recovery.timedOut',
    delayMs: 90_000,
  })
  expect(send('recovery.timedOut')).toBe('hangup')
  expect(step.timers).toEqual([])
  expect(step.effects).toContainEqual({ kind: 'stop', actor: 'peerConnection' })
})

test('each branch shows its guards with their results, and the parts of a combined guard', () => {
  const { sandbox, eventOf, chart } = open('call')
  const step = sandbox.send(sandbox.start(), eventOf('join.accepted', sandbox.start()))
  const branches = sandbox.branches(step.snapshot, eventOf('offer.created', step))
  expect(branches.map(({ transition, isTaken }) => [chart.transitions[transition]?.to, isTaken])).toEqual([
    ['call.offering.waitingForPeer', true],
    ['call.offering.awaitingAnswer', false],
    [null, false],
  ])
  const isTrue = { isCombined: false, isTrue: true, parts: [] }
  expect(branches[0]?.guard).toEqual({
    name: 'and',
    isCombined: true,
    isTrue: true,
    parts: [
      { ...isTrue, name: 'isPendingOffer' },
      { ...isTrue, name: 'isAlone' },
    ],
  })
})

test('an event without its fields has a guard without a result, and is not sent', () => {
  const { sandbox, eventOf } = open('signaling')
  const step = ['page.opened', 'join.requested', 'socket.opened', 'join.accepted'].reduce(
    (before, type) => sandbox.send(before, eventOf(type, before)),
    sandbox.start(),
  )
  const broken = { type: 'event.received' }
  expect(sandbox.branches(step.snapshot, broken).map(({ guard, isTaken }) => [guard?.isTrue, isTaken])).toEqual([
    [null, false],
    [undefined, false],
  ])
  expect(() => sandbox.send(step, broken)).toThrow()
})

/** States that only other fields than the samples lead to. */
const unreached: Partial<Record<TracedMachine, string[]>> = {
  membership: [
    'membership.lobby.declined',
    'membership.joined.withoutSeat',
    'membership.joined.withoutSeat.waiting',
    'membership.joined.withoutSeat.requesting',
  ],
  call: ['call.connected.flowing.prepared'],
  screen: ['device.failed', 'device.suspended.on'],
  statusBanner: ['statusBanner.peer.pageClosed'],
  quality: ['quality.fair', 'quality.poor'],
  // The sandbox shows the sender's side.
  transfer: ['transfer.preparing'],
}

test.each(tracedMachines)('the samples of %s never fail, and lead to nearly every state', (traced) => {
  const { sandbox, eventOf, chart } = open(traced)
  const steps = [sandbox.start()]
  const visits = new Map<string, number>()
  const entered = new Set<string>()
  for (const step of steps) {
    for (const { id } of step.snapshot._nodes) entered.add(id)
    for (const { type } of sandbox.offeredEvents(step)) {
      const next = sandbox.send(step, eventOf(type, step))
      const key = `${JSON.stringify(next.snapshot.value)} ${type}`
      const count = visits.get(key) ?? 0
      visits.set(key, count + 1)
      // The quality machine needs three samples.
      if (count < 3) steps.push(next)
    }
  }
  const states = chart.states.filter(({ kind }) => kind !== 'history').map(({ id }) => id)
  expect(states.filter((id) => !entered.has(id))).toEqual(unreached[traced] ?? [])
})

test('contextLines lists nested values, and marks what changed', () => {
  const before = { seat: null, peer: { name: 'Ben', ids: [1] }, list: [] }
  const after = { seat: 'a', peer: { name: 'Ben', ids: [1, 2] }, list: [] }
  expect(
    contextLines(after, before).map(({ path, depth, value, isChanged }) => [path, depth, value, isChanged]),
  ).toEqual([
    ['seat', 0, '"a"', true],
    ['peer', 0, null, true],
    ['peer.name', 1, '"Ben"', false],
    ['peer.ids', 1, null, true],
    ['peer.ids.0', 2, '1', false],
    ['peer.ids.1', 2, '2', true],
    ['list', 0, '[]', false],
  ])
  expect(contextLines(after, undefined).some(({ isChanged }) => isChanged)).toBe(false)
  expect(contextLines(undefined, undefined)).toEqual([])
})

test.each([
  ['{"seat": "a"}', { seat: 'a' }],
  ['{}', {}],
  ['["a"]', null],
  ['null', null],
  ['{"seat": a}', null],
])('parseFields reads %s', (text, fields) => {
  expect(parseFields(text)).toEqual(fields)
})
