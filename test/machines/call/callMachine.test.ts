import { assign, createActor, createMachine, emit, enqueueActions, fromCallback, SimulatedClock, type SnapshotFrom } from 'xstate'
import { beforeAll, describe, expect, test } from 'vitest'
import type { CallEffect, CallFact, ConnectionFact, ConnectionInput, ConnectionOrder } from '../../../machines/call/callEvents.ts'
import { call } from '../../../machines/call/callMachine.ts'
import { limits } from '../../../machines/protocol/limits.ts'
import { type CallContext, freshConnection } from '../../../machines/call/negotiation.ts'
import { timers } from '../../../machines/protocol/timeouts.ts'
import { candidate, exploration } from './callMachine.graph.ts'
import { invariants } from './callMachine.invariants.ts'
import { breaks, explore, type Step, stepsTo, wayTo } from '../graph.ts'

type Machine = typeof call

describe('one end of a call', () => {
  /** The way to the first step that breaks an invariant. */
  const broken = new Map<string, string>()
  /** The last step of each shortest path. Others are not kept: there are too many of them. */
  const ends: Step<Machine>[] = []
  beforeAll(() => {
    for (const [step, isFirst] of explore(call, exploration)) {
      if (isFirst) ends.push(step)
      for (const [name, holds] of Object.entries(invariants)) if (!broken.has(name) && !holds(step)) broken.set(name, wayTo(step))
    }
  }, 240_000)

  test.each(Object.keys(invariants))('%s', (name) => expect(broken.get(name)).toBeUndefined())

  test('does the same as an actor whose clock runs, on every shortest path, and hangs in no state for ever', () => {
    for (const path of ends.map(stepsTo)) {
      const clock = new SimulatedClock()
      const actor = createActor(quiet, { clock }).start()
      for (const step of path) {
        const { event, after } = step
        if (event.type.startsWith('xstate.after.')) clock.increment(delayOf(event.type))
        else actor.send(event)
        const { value, context } = actor.getSnapshot()
        expect({ value, context }, wayTo(step)).toEqual({ value: after.value, context: after.context })
      }
      for (let second = 0; second < 300; second += 5) clock.increment(5_000)
      for (const delay of Object.values(unhurried)) clock.increment(delay)
      expect(isSettled(actor.getSnapshot()), wayTo(path.at(-1)!)).toBe(true)
      actor.stop()
    }
  }, 240_000)
})

/** On a path these waits end by their events, not by the sum of other waits. */
const unhurried = { restartPause: 6_000, respite: 1e7, reading: 1e7, restartWindow: 1e8, lossPatience: 1e9 }

/** A call whose connection does and says nothing. */
const quiet = call.provide({ actors: { connection: fromCallback<ConnectionOrder, ConnectionInput, ConnectionFact>(() => undefined) }, delays: unhurried })

/** Where a call may stay for as long as nobody says anything: out of a call, in one, asking for one, or when the browser has the next word. */
const isSettled = (end: SnapshotFrom<Machine>): boolean =>
  end.matches('idle') || end.matches('hangup') || end.matches({ connected: 'flowing' }) || end.matches('offering') || end.matches({ answering: 'replying' })

/** A call with a clock of its own and a connection that does nothing, and all that comes of it. */
function start(facts: CallFact[]) {
  const clock = new SimulatedClock()
  const orders: ConnectionOrder[] = []
  const inputs: ConnectionInput[] = []
  const said: CallEffect[] = []
  const connection = fromCallback<ConnectionOrder, ConnectionInput, ConnectionFact>(({ input, receive }) => {
    inputs.push(input)
    receive((order) => orders.push(order))
  })
  const actor = createActor(call.provide({ actors: { connection } }), { clock })
  actor.on('*', (effect) => said.push(effect))
  actor.start()
  for (const fact of facts) actor.send(fact)
  return { actor, clock, inputs, orders, said, state: () => actor.getSnapshot().value }
}

/** Of such a call. */
function delayOf(type: string): number {
  const name = type.split('.')[2] as 'farewell' | 'restartPause'
  return name === 'restartPause' ? unhurried[name] : timers[name]
}

describe('in time', () => {
  const alone: CallFact = { type: 'seat.given', seat: 'a', role: 'impolite', epoch: 3, peer: 'absent', resumed: false }
  const second: CallFact = { ...alone, seat: 'b', role: 'polite', peer: 'here' }
  const offerMade = (n = 1): CallFact => ({ type: 'offer.made', connection: `a3.${n}`, negotiation: 1, sdp: 'v=0' })
  const answered: CallFact = { type: 'answer.received', connection: 'a3.1', negotiation: 1, sdp: 'v=0' }
  const theirs = (negotiation: number, ufrag: string): CallFact =>
    ({ type: 'offer.received', connection: 'a2.1', negotiation, sdp: `v=0\r\na=ice-ufrag:${ufrag}\r\n` })
  const wavered: CallFact[] = [{ type: 'path.wavered' }, { type: 'line.proven' }]
  const failed: CallFact[] = [{ type: 'path.failed' }, { type: 'line.proven' }]
  const connected: CallFact[] = [alone, offerMade(), { type: 'peer.arrived' }, answered, { type: 'path.opened' }]

  test('an offer that waits for its visitor is made anew before it is old', () => {
    const { clock, orders, state } = start([alone, offerMade()])
    clock.increment(timers.offerAge - 1)
    expect([state(), orders.length]).toEqual([{ offering: 'waiting' }, 1])
    clock.increment(1)
    expect([state(), orders.length]).toEqual([{ offering: 'making' }, 2])
  })

  test('an offer that nobody answers is made anew', () => {
    const { clock, state } = start([alone, offerMade(), { type: 'peer.arrived' }])
    clock.increment(timers.answerPatience - 1)
    expect(state()).toEqual({ offering: 'asking' })
    clock.increment(1)
    expect(state()).toEqual({ offering: 'making' })
  })

  test('one who was promised an offer and gets none makes one', () => {
    const { clock, state } = start([second])
    clock.increment(timers.offerPatience - 1)
    expect(state()).toEqual({ answering: 'listening' })
    clock.increment(1)
    expect(state()).toEqual({ offering: 'making' })
  })

  test('a path that does not open is tried three times, and then the call has failed', () => {
    const { actor, clock, said, state } = start([alone, offerMade(), { type: 'peer.arrived' }])
    for (let attempt = 1; attempt <= limits.connectAttempts; attempt++) {
      if (attempt > 1) actor.send(offerMade(attempt))
      actor.send({ ...answered, connection: `a3.${attempt}` } as CallFact)
      expect(state()).toEqual({ offering: 'connecting' })
      clock.increment(timers.connectPatience)
    }
    expect(state()).toBe('hangup')
    expect(said.at(-1)).toEqual({ type: 'call.ended', reason: 'failed' })
  })

  test('a call without media is lost after its patience', () => {
    const { actor, clock, said, state } = start([...connected, { type: 'link.lost' }, { type: 'path.wavered' }])
    clock.increment(timers.lossPatience - 1)
    expect(state()).toEqual({ connected: 'stalled' })
    clock.increment(1)
    expect(actor.getSnapshot().context.seat).toBe('a')
    expect(state()).toBe('hangup')
    expect(said).toContainEqual({ type: 'call.ended', reason: 'lost' })
  })

  test('media that comes back sets the patience back', () => {
    const { actor, clock, state } = start([...connected, { type: 'link.lost' }, { type: 'path.wavered' }])
    clock.increment(timers.lossPatience - 1)
    actor.send({ type: 'path.opened' })
    clock.increment(timers.lossPatience)
    expect(state()).toEqual({ connected: { flowing: 'settled' } })
    actor.send({ type: 'path.wavered' })
    clock.increment(timers.lossPatience - 1)
    expect(state()).toEqual({ connected: 'stalled' })
  })

  test('two restarts that bring nothing are followed by a new connection, then by one through the relay alone, and at last the call is lost', () => {
    const { actor, clock, inputs, orders, said, state } = start([...connected, ...failed])
    clock.increment(0)
    const tries: unknown[] = []
    for (let attempt = 0; state() !== 'hangup'; attempt++) {
      tries.push([state(), inputs.at(-1)])
      clock.increment(timers.restartPatience)
      clock.increment(0)
    }
    expect(orders.filter((order) => order.type === 'make.offer').map(({ restart }) => restart)).toEqual([false, true, true, false, false, false, false])
    expect(tries).toEqual([
      [{ connected: 'restarting' }, { connection: 'a3.1', relayOnly: false }], [{ connected: 'restarting' }, { connection: 'a3.1', relayOnly: false }],
      [{ connected: 'rebuilding' }, { connection: 'a3.2', relayOnly: false }],
      [{ connected: 'rebuilding' }, { connection: 'a3.3', relayOnly: true }], [{ connected: 'rebuilding' }, { connection: 'a3.4', relayOnly: true }],
      [{ connected: 'rebuilding' }, { connection: 'a3.5', relayOnly: true }],
    ])
    expect(actor.getSnapshot().context.reason).toBe('lost')
    expect(said.at(-2)).toEqual({ type: 'flow.reported', media: 'stopped' })
    expect(said.at(-1)).toEqual({ type: 'call.ended', reason: 'lost' })
  })

  test('a silent path is restarted by the impolite side at once, and by the polite one if the other does not', () => {
    const impolite = start([...connected, ...wavered])
    impolite.clock.increment(0)
    expect(impolite.state()).toEqual({ connected: 'restarting' })

    const polite = start([second, { type: 'offer.received', connection: 'a2.1', negotiation: 1, sdp: 'v=0' }, { type: 'path.opened' }, ...wavered])
    polite.clock.increment(timers.restartCourtesy - 1)
    expect(polite.state()).toEqual({ connected: 'stalled' })
    polite.clock.increment(1)
    expect(polite.state()).toEqual({ connected: 'restarting' })
  })

  test('a path that cannot come back by itself is restarted by either side at once', () => {
    const polite = start([second, theirs(1, 'u1'), { type: 'path.opened' }, ...failed])
    polite.clock.increment(0)
    expect(polite.state()).toEqual({ connected: 'restarting' })
  })

  test.each(['path.wavered', 'path.failed'] as const)('who may be cut off from the server as well leaves the restart to the other side (%s)', (type) => {
    const { actor, clock, state } = start([...connected, { type }])
    clock.increment(timers.restartPatience)
    expect(state()).toEqual({ connected: 'stalled' })
    actor.send({ type: 'line.proven' })
    clock.increment(0)
    expect(state()).toEqual({ connected: 'restarting' })
  })

  describe('an offer that restarts nothing', () => {
    const inCall: CallFact[] = [second, theirs(1, 'u1'), { type: 'path.opened' }]

    test('is no reason to wait for a way of the other side', () => {
      const { orders, state } = start([...inCall, { type: 'path.wavered' }, theirs(2, 'u1')])
      expect([state(), orders.at(-1)?.type]).toEqual([{ connected: 'stalled' }, 'take.offer'])
    })

    test('that takes the place of a restart is answered, and the restart is offered again', () => {
      const { clock, orders, actor, state } = start([...inCall, ...wavered])
      clock.increment(timers.restartCourtesy)
      actor.send(theirs(2, 'u1'))
      expect(state()).toEqual({ connected: 'restarting' })
      expect(orders.slice(-2)).toEqual([expect.objectContaining({ type: 'take.offer', negotiation: 2 }), { type: 'make.offer', negotiation: 3, restart: true }])
    })
  })

  test('the polite side yields however many offers of its own went nowhere', () => {
    const { actor, clock, orders, state } = start([second, theirs(1, 'u1'), { type: 'path.opened' }, { type: 'negotiation.needed' }])
    for (const patience of [timers.answerPatience, timers.answerPatience]) clock.increment(patience)
    expect(orders.at(-1)).toEqual({ type: 'make.offer', negotiation: 4, restart: false })
    actor.send(theirs(2, 'u1'))
    expect([state(), orders.at(-1)]).toEqual([{ connected: { flowing: 'settled' } }, expect.objectContaining({ type: 'take.offer', negotiation: 2 })])
    // What it offers then has a number that nobody has seen.
    actor.send({ type: 'negotiation.needed' })
    expect(orders.at(-1)).toEqual({ type: 'make.offer', negotiation: 5, restart: false })
  })

  test('a path that fails again and again is restarted five times a minute, five seconds apart at least', () => {
    const { actor, clock, orders } = start(connected)
    const restarts = (): number => orders.filter((order) => order.type === 'make.offer' && order.restart).length
    const at: number[] = []
    for (let second = 0; second < 59; second++) {
      for (const fact of failed) actor.send(fact)
      clock.increment(0)
      if (restarts() > at.length) at.push(second)
      actor.send({ type: 'path.opened' })
      actor.send({ type: 'path.failed' })
      clock.increment(1_000)
    }
    expect(at.length).toBeLessThanOrEqual(limits.restarts)
    expect(at.slice(1).every((each, index) => each - at[index]! >= timers.restartPause / 1_000)).toBe(true)
  })

  test('without a line to the server nothing is tried; when there is one again, it is as soon as the mail was read', () => {
    const { actor, clock, orders, state } = start([...connected, { type: 'link.lost' }, { type: 'path.failed' }])
    clock.increment(timers.restartPatience)
    expect([state(), orders.filter(({ type }) => type === 'make.offer').length]).toEqual([{ connected: 'stalled' }, 1])
    actor.send({ ...alone, peer: 'here', resumed: true, epoch: 4 } as CallFact)
    clock.increment(timers.reading - 1)
    expect(state()).toEqual({ connected: 'stalled' })
    clock.increment(1)
    clock.increment(0)
    expect(state()).toEqual({ connected: 'restarting' })
  })

  test.each([[true, 'accepting', 1], [false, 'restarting', 2]])('of one who comes back with a page that was loaded anew (%s), an offer is awaited', (fresh, inside, offers) => {
    const { clock, orders, state } = start([...connected, ...wavered, { type: 'peer.away' }, { type: 'peer.back', fresh }])
    clock.increment(0)
    expect([state(), orders.filter(({ type }) => type === 'make.offer').length]).toEqual([{ connected: inside }, offers])
  })

  test('an offer within a call that nobody answers is made anew', () => {
    const { clock, orders, state } = start([...connected, { type: 'negotiation.needed' }])
    expect(state()).toEqual({ connected: { flowing: 'negotiating' } })
    clock.increment(timers.answerPatience)
    expect([state(), orders.filter(({ type }) => type === 'make.offer').length]).toEqual([{ connected: { flowing: 'negotiating' } }, 3])
  })

  test.each([
    ['the seat is another one, in a room that knows nobody', { type: 'seat.given', seat: 'a', role: 'impolite', epoch: 1, peer: 'absent', resumed: false }],
    ['the other one is not heard of by the server any more', { type: 'peer.left', reason: 'lost' }],
  ] as const)('a call goes on where %s, and asks whoever comes whether it is the same', (_, fact) => {
    const { actor } = start([...connected, { type: 'negotiation.needed' }, fact])
    expect(actor.getSnapshot()).toMatchObject({ value: { connected: { flowing: 'settled' } }, context: { peer: 'absent', asked: null } })
    actor.send({ type: 'peer.arrived' })
    expect(actor.getSnapshot()).toMatchObject({ value: { connected: { flowing: 'negotiating' } }, context: { connection: 'a3.1' } })
  })

  test.each(['lost', 'left'] as const)('a path that wavers with nobody in the other seat (%s) may come back; one that fails ends the call', (reason) => {
    const { actor, state } = start([...connected, { type: 'peer.left', reason }, { type: 'path.wavered' }])
    expect(state()).toEqual({ connected: 'stalled' })
    actor.send({ type: 'path.opened' })
    expect(state()).toEqual({ connected: { flowing: 'settled' } })
    actor.send({ type: 'path.failed' })
    expect(actor.getSnapshot()).toMatchObject({ value: 'hangup', context: { reason: 'left' } })
  })

  describe('a stranger', () => {
    const stranger: CallFact = { type: 'stranger.offered', connection: 'b9.1', negotiation: 1, sdp: 'v=0\r\na=ice-ufrag:u9\r\n' }
    const candidates = ['u9', 'u8'].map((ufrag): CallFact => ({ type: 'candidate.received', connection: 'b9.1', candidate: candidate(ufrag) }))
    const asked = [...connected, { type: 'path.wavered' }, stranger, ...candidates] as CallFact[]

    test('who offers while media flows changes nothing', () => {
      const { orders, inputs, state } = start([...connected, stranger])
      expect([state(), inputs.length, orders.at(-1)?.type]).toEqual([{ connected: { flowing: 'settled' } }, 1, 'take.answer'])
    })

    test('who offers while the call recovers is met when the person accepts, with the candidates that came meanwhile', () => {
      const { actor, orders, inputs, said, state } = start(asked)
      expect([state(), inputs.length]).toEqual(['unproven', 1])
      actor.send({ type: 'user.accepted' })
      expect([state(), inputs.at(-1)?.connection]).toEqual([{ answering: 'replying' }, 'b9.1'])
      expect(orders.slice(-2)).toEqual([expect.objectContaining({ type: 'take.offer', connection: 'b9.1' }), { type: 'take.candidate', candidate: candidate('u9') }])
      expect(said).toContainEqual({ type: 'stranger.accepted' })
    })

    test('who offered while media flowed is asked about as soon as the path is lost for good', () => {
      const { actor, state } = start([...connected, stranger, { type: 'path.wavered' }])
      expect(state()).toEqual({ connected: 'stalled' })
      actor.send({ type: 'connection.broke', message: 'DTLS is closed' })
      expect(state()).toBe('unproven')
    })

    test('whom the person does not want is hung up on', () => {
      const { actor, state } = start(asked)
      actor.send({ type: 'user.hungUp' })
      expect([state(), actor.getSnapshot().context]).toEqual(['hangup', expect.objectContaining({ reason: 'local', connection: null, stranger: null })])
    })

    test('is forgotten when the call comes back by itself', () => {
      const { actor, state } = start([...asked, { type: 'path.opened' }])
      expect([state(), actor.getSnapshot().context.stranger]).toEqual([{ connected: { flowing: 'settled' } }, null])
    })

    test('gives way to the other side, whose page offers a connection with a proof', () => {
      const { inputs, state } = start([...asked, { type: 'offer.received', connection: 'b4.1', negotiation: 1, sdp: 'v=0' }])
      expect([state(), inputs.at(-1)?.connection]).toEqual([{ answering: 'replying' }, 'b4.1'])
    })

    test('who answers the offer of a page that was loaded again is not met; who is accepted gets a new offer', () => {
      const { actor, orders, state } = start([
        { ...alone, peer: 'here', resumed: true } as CallFact, offerMade(),
        { type: 'stranger.answered', connection: 'a3.1', negotiation: 1, sdp: 'v=0' },
      ])
      expect([state(), orders.map(({ type }) => type)]).toEqual(['unproven', ['make.offer']])
      actor.send({ type: 'user.accepted' })
      expect([state(), orders.at(-1)?.type]).toEqual([{ offering: 'making' }, 'make.offer'])
    })

    test('about whom nobody decides is let go of after the patience of a call', () => {
      const { actor, clock, state } = start([...asked, { type: 'link.lost' }])
      clock.increment(timers.decisionPatience)
      expect([state(), actor.getSnapshot().context.reason]).toEqual(['hangup', 'lost'])
    })
  })

  test('who has come to one that talks on with somebody else makes the offer', () => {
    const { state } = start([{ type: 'seat.given', seat: 'b', role: 'polite', epoch: 4, peer: 'here', resumed: false }, { type: 'offer.received', connection: 'a3.1', negotiation: 2, sdp: 'v=0' }])
    expect(state()).toEqual({ offering: 'making' })
  })

  test('who stays sees for a moment why the call ended, and then waits with a new offer', () => {
    const { clock, said, state } = start([...connected, { type: 'path.wavered' }, { type: 'peer.left', reason: 'left' }])
    expect(said.at(-1)).toEqual({ type: 'call.ended', reason: 'left' })
    clock.increment(timers.farewell - 1)
    expect(state()).toBe('hangup')
    clock.increment(1)
    expect(state()).toEqual({ offering: 'making' })
  })

  test('of the candidates that come early, the newest few are kept', () => {
    const early = Array.from({ length: limits.earlyCandidates + 5 }, (_, n) => ({ type: 'candidate.received', connection: 'a3.1', candidate: { ...candidate('next'), sdpMid: String(n) } }) as const)
    const { actor } = start([alone, ...early])
    expect(actor.getSnapshot().context.early.map(({ sdpMid }) => sdpMid)).toEqual(early.slice(5).map((each) => each.candidate.sdpMid))
  })
})

/** Calls that are wrong in one point: each must be noticed, by the invariant that was meant for it. */
describe('a broken call is noticed', () => {
  type Given = { context: CallContext; event: CallFact }
  const withActions = (actions: object): Machine => call.provide({ actions } as never) as Machine
  const withGuards = (guards: object): Machine => call.provide({ guards } as never) as Machine
  const withoutAlways = (): Machine => {
    const { states } = call.config as { states: Record<string, object> }
    return createMachine({ ...call.config, states: { ...states, idle: { ...states.idle, always: undefined } } } as never, call.implementations as never) as never
  }
  /** A call that hears something else while media flows. */
  const whileFlowing = (change: Record<string, unknown>): Machine => {
    const { connected } = call.config.states!
    const { flowing } = connected!.states!
    // What is undefined is not heard here, but by the states around; to XState it would be forbidden.
    const on = Object.fromEntries(Object.entries({ ...flowing!.on as object, ...change }).filter(([, transition]) => transition !== undefined))
    const states = { ...connected!.states, flowing: { ...flowing, on } }
    return createMachine({ ...call.config, states: { ...call.config.states, connected: { ...connected, states } } } as never, call.implementations as never) as never
  }
  const nothing = (): void => {}
  const openAs = (change: (context: CallContext) => Partial<CallContext>, isStopped = true) => enqueueActions(({ context, enqueue }) => {
    const made = (context as CallContext).made + 1
    const connection = `${(context as CallContext).seat}${(context as CallContext).epoch}.${made}`
    if (isStopped) enqueue.stopChild('connection')
    enqueue.assign({ ...freshConnection, made, connection, reason: null, ...change(context as CallContext) } as never)
    enqueue.spawnChild('connection' as never, { id: 'connection', input: { connection, relayOnly: false } } as never)
  })
  const order = (make: (given: Given) => object) => enqueueActions(({ context, event, enqueue }) => {
    enqueue.assign({ asked: null, offer: null, ufrag: 'u1' } as never)
    enqueue.sendTo('connection' as never, make({ context, event } as Given) as never)
  })

  const brokenCalls: [what: string, broken: () => Machine, invariant: string][] = [
    ['which forgets to close its connection', () => withActions({ close: assign({ connection: null }) }), 'there is one connection at most, and the context names it'],
    ['which opens a second connection beside the first', () => withActions({ open: openAs(() => ({}), false) }), 'an old connection is closed before a new one is opened'],
    ['which gives a name twice', () => withActions({ open: openAs(({ seat, epoch, made }) => ({ made: made + 1, connection: `${seat}${epoch}.1` })) }), 'a name is given to one connection only'],
    ['which goes on without a seat', () => withActions({ close: nothing }), 'who has no seat has no connection and is out of every call'],
    ['which takes any answer', () => withGuards({ isAwaitedAnswer: () => true }), 'no answer is taken that was not asked for'],
    ['which takes no answer', () => withGuards({ isAwaitedAnswer: () => false }), 'the answer that was asked for is taken'],
    ['which goes on asking', () => withActions({ takeAnswer: order(({ event }) => ({ ...event, type: 'take.answer' })), takeEarly: assign({ asked: ({ context }) => context.negotiation }) }), 'an answer is taken once'],
    ['which takes old offers', () => withGuards({ isSpentOffer: () => false }), 'an offer of the past is not taken'],
    ['whose polite side insists', () => withGuards({ isGlareToIgnore: ({ context }: Given) => context.asked !== null }), 'when offers cross, the polite side yields'],
    ['whose impolite side yields', () => withGuards({ isGlareToIgnore: () => false }), 'when offers cross, the impolite side does not'],
    ['whose impolite side yields to a rival', () => withGuards({ isRivalToIgnore: () => false }), 'when offers cross, the impolite side does not'],
    ['which does not count its offers', () => withActions({ makeOffer: enqueueActions(({ enqueue }) => {
      enqueue.assign({ negotiation: 1, asked: 1, offer: null } as never)
      enqueue.sendTo('connection' as never, { type: 'make.offer', negotiation: 1, restart: false } as never)
    }) }), 'an offer of our own is open as long as it is asked, and numbered on'],
    ['which keeps anybody’s candidates', () => withGuards({ isEarlyCandidate: () => true }), 'no candidate of another connection is kept or tried'],
    ['which does not look at the ufrag', () => withGuards({ isTimelyCandidate: ({ context, event }: Given) => event.type === 'candidate.received' && event.connection === context.connection }), 'no candidate is tried under a foreign ufrag'],
    ['which lets every candidate wait', () => withGuards({ isTimelyCandidate: () => false }), 'a candidate of the description in force is tried at once'],
    ['which forgets the candidates that came early', () => withActions({ takeEarly: assign({ early: [] }) }), 'a candidate that came early is tried with its description'],
    ['which never clears what came early', () => withActions({ takeEarly: nothing }), 'candidates wait for one description only, and not too many'],
    ['which speaks of another connection', () => withActions({ sayCandidate: emit({ type: 'message.said', message: { type: 'candidate', connection: 'a1.99', candidate: candidate(null) } } as const) }), 'what is said is about the connection in use'],
    ['which says offers that nobody wants any more', () => withGuards({ isMade: () => true }), 'an offer is said when it is wanted, and an answer to the newest only'],
    ['which says answers that nobody wants any more', () => withGuards({ isLatest: () => true }), 'an offer is said when it is wanted, and an answer to the newest only'],
    ['which says good-bye again and again', () => withActions({ tellEnd: emit({ type: 'message.said', message: { type: 'bye' } } as const) }), 'nothing is said after the end'],
    ['which hangs up without a word', () => withActions({ sayBye: nothing }), 'good-bye is said by who hangs up, and by nobody else'],
    ['which ends in silence', () => withActions({ tellEnd: nothing }), 'an end has a reason, and is told'],
    ['which ends for no reason', () => withActions({ noteReason: nothing }), 'an end has a reason, and is told'],
    ['which is always lost', () => withActions({ noteReason: assign({ reason: 'lost' }) }), 'the reason is that of what happened'],
    ['which believes the server that the other side left', () => whileFlowing({ 'peer.left': undefined }), 'no server event ends a flowing call'],
    ['which lets a stranger replace the peer', () => whileFlowing({ 'stranger.offered': { target: '#call.connected.accepting', actions: ['noteStranger', 'meetStranger'] } }), 'a flowing call never changes its peer without proof or consent'],
    ['which meets a stranger before it asks', () => withActions({ noteStranger: openAs(() => ({ stranger: { offer: null, candidates: [] } })) }), 'nothing that a stranger says is given to the browser before the person accepts'],
    ['which asks while media flows', () => whileFlowing({ 'stranger.offered': undefined }), 'a stranger leaves a flowing call as it was'],
    ['which asks about nobody', () => withActions({ noteStranger: nothing }), 'the person is asked about a stranger, and about nobody else'],
    ['which accepts a stranger and meets nobody', () => withActions({ meetStranger: nothing }), 'a stranger who was accepted is met on the connection that they offered, or on a new one of ours'],
    ['which reports media that nobody saw', () => withActions({ stopPatience: emit({ type: 'flow.reported', media: 'flowing' } as const) }), 'media is reported from within a call only, and its end at the latest when the call ends'],
    ['which never reports an end', () => withActions({ reportStopped: nothing }), 'a connection that is given up has no media'],
    ['which does not note who is there', () => withActions({ notePeerAway: nothing }), 'the other side’s presence is noted'],
    ['which leaves who is alone without an offer', withoutAlways, 'who is alone in a room waits with an offer, or will in a moment'],
    ['which never gives up', () => withGuards({ canTryAgain: () => true }), 'what cannot be connected is given up in the end'],
    ['which restarts for nobody', () => withGuards({ canRestart: () => true }), 'a restart is made where it is heard of, and no more often than may be'],
    ['which goes on restarting', () => withGuards({ isWorn: ({ context }: Given) => context.connection === null }), 'after two restarts in vain there is a new connection, and after that the relay alone'],
    ['which trusts the way that failed', () => withActions({ open: openAs(() => ({})) }), 'after two restarts in vain there is a new connection, and after that the relay alone'],
    ['which says good-bye through the server alone', () => withActions({ sayBye: emit({ type: 'message.said', message: { type: 'bye' } } as const) }), 'who hangs up says so on the connection, too, before it is closed'],
    ['which does not look', () => withActions({ lookAtPath: nothing }), 'a path is looked at when the network has changed'],
    ['which believes in its line', () => withActions({ noteLinkLost: nothing }), 'whether anything can be said is noted'],
    ['which does not doubt its line', () => withActions({ doubtLink: nothing }), 'when nothing arrives any more, the line has to prove itself'],
    ['which holds a live thing', () => withActions({ notePeerAway: assign({ peer: Object('away') as 'away' }) }), 'a call is plain data'],
  ]

  test.each(brokenCalls)('%s', (_, broken, invariant) => {
    expect(breaks(broken(), exploration, invariants[invariant]!)).toBe(true)
  })

  test('and every invariant has a call that breaks it', () => {
    expect(Object.keys(invariants).filter((name) => !brokenCalls.some(([, , invariant]) => invariant === name))).toEqual([])
  })

})
