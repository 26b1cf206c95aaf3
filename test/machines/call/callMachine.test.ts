import {
  assign,
  createActor,
  createMachine,
  emit,
  enqueueActions,
  fromCallback,
  SimulatedClock,
  type SnapshotFrom,
} from 'xstate'
import { beforeAll, describe, expect, test } from 'vitest'
import type {
  CallEffect,
  CallEvent,
  PeerConnectionEvent,
  PeerConnectionInput,
  PeerConnectionCommand,
} from '../../../machines/call/callEvents.ts'
import { callMachine } from '../../../machines/call/callMachine.ts'
import { limits } from '../../../machines/protocol/limits.ts'
import { type CallContext, initialConnectionContext } from '../../../machines/call/negotiation.ts'
import { timeouts } from '../../../machines/protocol/timeouts.ts'
import { candidate, exploration } from './callMachine.graph.ts'
import { invariants } from './callMachine.invariants.ts'
import { breaks, explore, type Step, stepsTo, wayTo } from '../graph.ts'

type Machine = typeof callMachine

describe('one end of a call', () => {
  /** The way to the first step that breaks an invariant. */
  const broken = new Map<string, string>()
  /** The last step of each shortest path. Others are not kept: there are too many of them. */
  const ends: Step<Machine>[] = []
  beforeAll(() => {
    for (const [step, isFirst] of explore(callMachine, exploration)) {
      if (isFirst) ends.push(step)
      for (const [name, holds] of Object.entries(invariants))
        if (!broken.has(name) && !holds(step)) broken.set(name, wayTo(step))
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
const unhurried = {
  restartDelay: 6_000,
  restartCooldown: 1e7,
  resumeRead: 1e7,
  restartWindow: 1e8,
  callLostTimeout: 1e9,
}

/** A call whose connection does and says nothing. */
const quiet = callMachine.provide({
  actors: {
    peerConnection: fromCallback<PeerConnectionCommand, PeerConnectionInput, PeerConnectionEvent>(() => undefined),
  },
  delays: unhurried,
})

/** Where a call may stay for as long as nobody says anything: out of a call, in one, asking for one, or when the browser has the next word. */
const isSettled = (end: SnapshotFrom<Machine>): boolean =>
  end.matches('idle') ||
  end.matches('hangup') ||
  end.matches({ connected: 'flowing' }) ||
  end.matches('offering') ||
  end.matches({ answering: 'creatingAnswer' })

/** A call with a clock of its own and a connection that does nothing, and all that comes of it. */
function start(facts: CallEvent[]) {
  const clock = new SimulatedClock()
  const orders: PeerConnectionCommand[] = []
  const inputs: PeerConnectionInput[] = []
  const said: CallEffect[] = []
  const connection = fromCallback<PeerConnectionCommand, PeerConnectionInput, PeerConnectionEvent>(
    ({ input, receive }) => {
      inputs.push(input)
      receive((order) => orders.push(order))
    },
  )
  const actor = createActor(callMachine.provide({ actors: { peerConnection: connection } }), { clock })
  actor.on('*', (effect) => said.push(effect))
  actor.start()
  for (const fact of facts) actor.send(fact)
  return { actor, clock, inputs, orders, said, state: () => actor.getSnapshot().value }
}

/** The length of an `xstate.after.NAME.state` delay in such a call, in ms: the timeout of that name unless `unhurried` replaces it. */
function delayOf(type: string): number {
  const name = type.split('.')[2] as 'endedScreenTime' | 'decisionTimeout' | 'restartDelay'
  return name === 'restartDelay' ? unhurried[name] : timeouts[`${name}Ms`]
}

describe('in time', () => {
  const alone: CallEvent = {
    type: 'join.accepted',
    seat: 'a',
    role: 'impolite',
    epoch: 3,
    peer: 'absent',
    resumed: false,
  }
  const second: CallEvent = { ...alone, seat: 'b', role: 'polite', peer: 'connected' }
  const offerMade = (n = 1): CallEvent => ({ type: 'offer.created', connection: `a3.${n}`, negotiation: 1, sdp: 'v=0' })
  const answered: CallEvent = { type: 'answer.received', connection: 'a3.1', negotiation: 1, sdp: 'v=0' }
  const theirs = (negotiation: number, ufrag: string): CallEvent => ({
    type: 'offer.received',
    connection: 'a2.1',
    negotiation,
    sdp: `v=0\r\na=ice-ufrag:${ufrag}\r\n`,
  })
  const wavered: CallEvent[] = [{ type: 'transport.disconnected' }, { type: 'signaling.alive' }]
  const failed: CallEvent[] = [{ type: 'transport.failed' }, { type: 'signaling.alive' }]
  const connected: CallEvent[] = [
    alone,
    offerMade(),
    { type: 'peer.joined' },
    answered,
    { type: 'transport.connected' },
  ]

  test('an offer that waits for its visitor is made anew before it is old', () => {
    const { clock, orders, state } = start([alone, offerMade()])
    clock.increment(timeouts.offerMaxAgeMs - 1)
    expect([state(), orders.length]).toEqual([{ offering: 'waitingForPeer' }, 1])
    clock.increment(1)
    expect([state(), orders.length]).toEqual([{ offering: 'creatingOffer' }, 2])
  })

  test('an offer that nobody answers is made anew', () => {
    const { clock, state } = start([alone, offerMade(), { type: 'peer.joined' }])
    clock.increment(timeouts.answerTimeoutMs - 1)
    expect(state()).toEqual({ offering: 'awaitingAnswer' })
    clock.increment(1)
    expect(state()).toEqual({ offering: 'creatingOffer' })
  })

  test('one who was promised an offer and gets none makes one', () => {
    const { clock, state } = start([second])
    clock.increment(timeouts.offerTimeoutMs - 1)
    expect(state()).toEqual({ answering: 'awaitingOffer' })
    clock.increment(1)
    expect(state()).toEqual({ offering: 'creatingOffer' })
  })

  test('a path that does not open is tried three times, and then the call has failed', () => {
    const { actor, clock, said, state } = start([alone, offerMade(), { type: 'peer.joined' }])
    for (let attempt = 1; attempt <= limits.connectAttempts; attempt++) {
      if (attempt > 1) actor.send(offerMade(attempt))
      actor.send({ ...answered, connection: `a3.${attempt}` } as CallEvent)
      expect(state()).toEqual({ offering: 'connecting' })
      clock.increment(timeouts.connectTimeoutMs)
    }
    expect(state()).toBe('hangup')
    expect(said.at(-1)).toEqual({ type: 'call.ended', reason: 'failed' })
  })

  test('a call without media is lost after its patience', () => {
    const { actor, clock, said, state } = start([
      ...connected,
      { type: 'signaling.lost' },
      { type: 'transport.disconnected' },
    ])
    clock.increment(timeouts.callLostTimeoutMs - 1)
    expect(state()).toEqual({ connected: 'stalled' })
    clock.increment(1)
    expect(actor.getSnapshot().context.seat).toBe('a')
    expect(state()).toBe('hangup')
    expect(said).toContainEqual({ type: 'call.ended', reason: 'lost' })
  })

  test('media that comes back sets the patience back', () => {
    const { actor, clock, state } = start([
      ...connected,
      { type: 'signaling.lost' },
      { type: 'transport.disconnected' },
    ])
    clock.increment(timeouts.callLostTimeoutMs - 1)
    actor.send({ type: 'transport.connected' })
    clock.increment(timeouts.callLostTimeoutMs)
    expect(state()).toEqual({ connected: { flowing: 'stable' } })
    actor.send({ type: 'transport.disconnected' })
    clock.increment(timeouts.callLostTimeoutMs - 1)
    expect(state()).toEqual({ connected: 'stalled' })
  })

  test('two restarts that bring nothing are followed by a new connection, then by one through the relay alone, and at last the call is lost', () => {
    const { actor, clock, inputs, orders, said, state } = start([...connected, ...failed])
    clock.increment(0)
    const tries: unknown[] = []
    for (let attempt = 0; state() !== 'hangup'; attempt++) {
      tries.push([state(), inputs.at(-1)])
      clock.increment(timeouts.restartTimeoutMs)
      clock.increment(0)
    }
    expect(orders.filter((order) => order.type === 'createOffer').map(({ iceRestart: restart }) => restart)).toEqual([
      false,
      true,
      true,
      false,
      false,
      false,
      false,
    ])
    expect(tries).toEqual([
      [{ connected: 'restartingIce' }, { connection: 'a3.1', relayOnly: false }],
      [{ connected: 'restartingIce' }, { connection: 'a3.1', relayOnly: false }],
      [{ connected: 'recreating' }, { connection: 'a3.2', relayOnly: false }],
      [{ connected: 'recreating' }, { connection: 'a3.3', relayOnly: true }],
      [{ connected: 'recreating' }, { connection: 'a3.4', relayOnly: true }],
      [{ connected: 'recreating' }, { connection: 'a3.5', relayOnly: true }],
    ])
    expect(actor.getSnapshot().context.reason).toBe('lost')
    expect(said.at(-2)).toEqual({ type: 'media.reported', mediaFlow: 'stopped' })
    expect(said.at(-1)).toEqual({ type: 'call.ended', reason: 'lost' })
  })

  test('a silent path is restarted by the impolite side at once, and by the polite one if the other does not', () => {
    const impolite = start([...connected, ...wavered])
    impolite.clock.increment(0)
    expect(impolite.state()).toEqual({ connected: 'restartingIce' })

    const polite = start([
      second,
      { type: 'offer.received', connection: 'a2.1', negotiation: 1, sdp: 'v=0' },
      { type: 'transport.connected' },
      ...wavered,
    ])
    polite.clock.increment(timeouts.politeRestartDelayMs - 1)
    expect(polite.state()).toEqual({ connected: 'stalled' })
    polite.clock.increment(1)
    expect(polite.state()).toEqual({ connected: 'restartingIce' })
  })

  test('a path that cannot come back by itself is restarted by either side at once', () => {
    const polite = start([second, theirs(1, 'u1'), { type: 'transport.connected' }, ...failed])
    polite.clock.increment(0)
    expect(polite.state()).toEqual({ connected: 'restartingIce' })
  })

  test.each(['transport.disconnected', 'transport.failed'] as const)(
    'who may be cut off from the server as well leaves the restart to the other side (%s)',
    (type) => {
      const { actor, clock, state } = start([...connected, { type }])
      clock.increment(timeouts.restartTimeoutMs)
      expect(state()).toEqual({ connected: 'stalled' })
      actor.send({ type: 'signaling.alive' })
      clock.increment(0)
      expect(state()).toEqual({ connected: 'restartingIce' })
    },
  )

  describe('an offer that restarts nothing', () => {
    const inCall: CallEvent[] = [second, theirs(1, 'u1'), { type: 'transport.connected' }]

    test('is no reason to wait for a way of the other side', () => {
      const { orders, state } = start([...inCall, { type: 'transport.disconnected' }, theirs(2, 'u1')])
      expect([state(), orders.at(-1)?.type]).toEqual([{ connected: 'stalled' }, 'applyOffer'])
    })

    test('that takes the place of a restart is answered, and the restart is offered again', () => {
      const { clock, orders, actor, state } = start([...inCall, ...wavered])
      clock.increment(timeouts.politeRestartDelayMs)
      actor.send(theirs(2, 'u1'))
      expect(state()).toEqual({ connected: 'restartingIce' })
      expect(orders.slice(-2)).toEqual([
        expect.objectContaining({ type: 'applyOffer', negotiation: 2 }),
        { type: 'createOffer', negotiation: 3, iceRestart: true },
      ])
    })
  })

  test('the polite side yields however many offers of its own went nowhere', () => {
    const { actor, clock, orders, state } = start([
      second,
      theirs(1, 'u1'),
      { type: 'transport.connected' },
      { type: 'negotiation.needed' },
    ])
    for (const patience of [timeouts.answerTimeoutMs, timeouts.answerTimeoutMs]) clock.increment(patience)
    expect(orders.at(-1)).toEqual({ type: 'createOffer', negotiation: 4, iceRestart: false })
    actor.send(theirs(2, 'u1'))
    expect([state(), orders.at(-1)]).toEqual([
      { connected: { flowing: 'stable' } },
      expect.objectContaining({ type: 'applyOffer', negotiation: 2 }),
    ])
    // What it offers then has a number that nobody has seen.
    actor.send({ type: 'negotiation.needed' })
    expect(orders.at(-1)).toEqual({ type: 'createOffer', negotiation: 5, iceRestart: false })
  })

  test('a path that fails again and again is restarted five times a minute, five seconds apart at least', () => {
    const { actor, clock, orders } = start(connected)
    const restarts = (): number => orders.filter((order) => order.type === 'createOffer' && order.iceRestart).length
    const at: number[] = []
    for (let second = 0; second < 59; second++) {
      for (const fact of failed) actor.send(fact)
      clock.increment(0)
      if (restarts() > at.length) at.push(second)
      actor.send({ type: 'transport.connected' })
      actor.send({ type: 'transport.failed' })
      clock.increment(1_000)
    }
    expect(at.length).toBeLessThanOrEqual(limits.iceRestartsPerMinute)
    expect(at.slice(1).every((each, index) => each - at[index]! >= timeouts.restartCooldownMs / 1_000)).toBe(true)
  })

  test('without a line to the server nothing is tried; when there is one again, it is as soon as the mail was read', () => {
    const { actor, clock, orders, state } = start([
      ...connected,
      { type: 'signaling.lost' },
      { type: 'transport.failed' },
    ])
    clock.increment(timeouts.restartTimeoutMs)
    expect([state(), orders.filter(({ type }) => type === 'createOffer').length]).toEqual([{ connected: 'stalled' }, 1])
    actor.send({ ...alone, peer: 'connected', resumed: true, epoch: 4 } as CallEvent)
    clock.increment(timeouts.resumeReadMs - 1)
    expect(state()).toEqual({ connected: 'stalled' })
    clock.increment(1)
    clock.increment(0)
    expect(state()).toEqual({ connected: 'restartingIce' })
  })

  test.each([
    [true, 'remoteRestart', 1],
    [false, 'restartingIce', 2],
  ])('of one who comes back with a page that was loaded anew (%s), an offer is awaited', (fresh, inside, offers) => {
    const { clock, orders, state } = start([
      ...connected,
      ...wavered,
      { type: 'peer.disconnected' },
      { type: 'peer.reconnected', reloaded: fresh },
    ])
    clock.increment(0)
    expect([state(), orders.filter(({ type }) => type === 'createOffer').length]).toEqual([
      { connected: inside },
      offers,
    ])
  })

  test('an offer within a call that nobody answers is made anew', () => {
    const { clock, orders, state } = start([...connected, { type: 'negotiation.needed' }])
    expect(state()).toEqual({ connected: { flowing: 'renegotiating' } })
    clock.increment(timeouts.answerTimeoutMs)
    expect([state(), orders.filter(({ type }) => type === 'createOffer').length]).toEqual([
      { connected: { flowing: 'renegotiating' } },
      3,
    ])
  })

  test.each([
    [
      'the seat is another one, in a room that knows nobody',
      { type: 'join.accepted', seat: 'a', role: 'impolite', epoch: 1, peer: 'absent', resumed: false },
    ],
    ['the other one is not heard of by the server any more', { type: 'peer.left', reason: 'lost' }],
  ] as const)('a call goes on where %s, and asks whoever comes whether it is the same', (_, fact) => {
    const { actor } = start([...connected, { type: 'negotiation.needed' }, fact])
    expect(actor.getSnapshot()).toMatchObject({
      value: { connected: { flowing: 'stable' } },
      context: { peer: 'absent', pendingNegotiation: null },
    })
    actor.send({ type: 'peer.joined' })
    expect(actor.getSnapshot()).toMatchObject({
      value: { connected: { flowing: 'renegotiating' } },
      context: { connection: 'a3.1' },
    })
  })

  test.each(['lost', 'left'] as const)(
    'a path that wavers with nobody in the other seat (%s) may come back; one that fails ends the call',
    (reason) => {
      const { actor, state } = start([...connected, { type: 'peer.left', reason }, { type: 'transport.disconnected' }])
      expect(state()).toEqual({ connected: 'stalled' })
      actor.send({ type: 'transport.connected' })
      expect(state()).toEqual({ connected: { flowing: 'stable' } })
      actor.send({ type: 'transport.failed' })
      expect(actor.getSnapshot()).toMatchObject({ value: 'hangup', context: { reason: 'left' } })
    },
  )

  describe('a stranger', () => {
    const stranger: CallEvent = {
      type: 'unauthenticatedOffer.received',
      connection: 'b9.1',
      negotiation: 1,
      sdp: 'v=0\r\na=ice-ufrag:u9\r\n',
    }
    const candidates = ['u9', 'u8'].map((ufrag): CallEvent => ({
      type: 'candidate.received',
      connection: 'b9.1',
      candidate: candidate(ufrag),
    }))
    const asked = [...connected, { type: 'transport.disconnected' }, stranger, ...candidates] as CallEvent[]

    test('who offers while media flows changes nothing', () => {
      const { orders, inputs, state } = start([...connected, stranger])
      expect([state(), inputs.length, orders.at(-1)?.type]).toEqual([
        { connected: { flowing: 'stable' } },
        1,
        'applyAnswer',
      ])
    })

    test('who offers while the call recovers is met when the person accepts, with the candidates that came meanwhile', () => {
      const { actor, orders, inputs, said, state } = start(asked)
      expect([state(), inputs.length]).toEqual(['unauthenticatedPeer', 1])
      actor.send({ type: 'user.acceptedPeer' })
      expect([state(), inputs.at(-1)?.connection]).toEqual([{ answering: 'creatingAnswer' }, 'b9.1'])
      expect(orders.slice(-2)).toEqual([
        expect.objectContaining({ type: 'applyOffer', connection: 'b9.1' }),
        { type: 'addCandidate', candidate: candidate('u9') },
      ])
      expect(said).toContainEqual({ type: 'unauthenticatedPeer.accepted' })
    })

    test('who offered while media flowed is asked about as soon as the path is lost for good', () => {
      const { actor, state } = start([...connected, stranger, { type: 'transport.disconnected' }])
      expect(state()).toEqual({ connected: 'stalled' })
      actor.send({ type: 'connection.failed', message: 'DTLS is closed' })
      expect(state()).toBe('unauthenticatedPeer')
    })

    test('whom the person does not want is hung up on', () => {
      const { actor, state } = start(asked)
      actor.send({ type: 'user.hungUp' })
      expect([state(), actor.getSnapshot().context]).toEqual([
        'hangup',
        expect.objectContaining({ reason: 'local', connection: null, unauthenticatedPeer: null }),
      ])
    })

    test('is forgotten when the call comes back by itself', () => {
      const { actor, state } = start([...asked, { type: 'transport.connected' }])
      expect([state(), actor.getSnapshot().context.unauthenticatedPeer]).toEqual([
        { connected: { flowing: 'stable' } },
        null,
      ])
    })

    test('gives way to the other side, whose page offers a connection with a proof', () => {
      const { inputs, state } = start([
        ...asked,
        { type: 'offer.received', connection: 'b4.1', negotiation: 1, sdp: 'v=0' },
      ])
      expect([state(), inputs.at(-1)?.connection]).toEqual([{ answering: 'creatingAnswer' }, 'b4.1'])
    })

    test('who answers the offer of a page that was loaded again is not met; who is accepted gets a new offer', () => {
      const { actor, orders, state } = start([
        { ...alone, peer: 'connected', resumed: true } as CallEvent,
        offerMade(),
        { type: 'unauthenticatedAnswer.received', connection: 'a3.1', negotiation: 1, sdp: 'v=0' },
      ])
      expect([state(), orders.map(({ type }) => type)]).toEqual(['unauthenticatedPeer', ['createOffer']])
      actor.send({ type: 'user.acceptedPeer' })
      expect([state(), orders.at(-1)?.type]).toEqual([{ offering: 'creatingOffer' }, 'createOffer'])
    })

    test('about whom nobody decides is let go of after the patience of a call', () => {
      const { actor, clock, state } = start([...asked, { type: 'signaling.lost' }])
      clock.increment(timeouts.decisionTimeoutMs)
      expect([state(), actor.getSnapshot().context.reason]).toEqual(['hangup', 'lost'])
    })
  })

  test('who has come to one that talks on with somebody else makes the offer', () => {
    const { state } = start([
      { type: 'join.accepted', seat: 'b', role: 'polite', epoch: 4, peer: 'connected', resumed: false },
      { type: 'offer.received', connection: 'a3.1', negotiation: 2, sdp: 'v=0' },
    ])
    expect(state()).toEqual({ offering: 'creatingOffer' })
  })

  test('who stays sees for a moment why the call ended, and then waits with a new offer', () => {
    const { clock, said, state } = start([
      ...connected,
      { type: 'transport.disconnected' },
      { type: 'peer.left', reason: 'left' },
    ])
    expect(said.at(-1)).toEqual({ type: 'call.ended', reason: 'left' })
    clock.increment(timeouts.endedScreenTimeMs - 1)
    expect(state()).toBe('hangup')
    clock.increment(1)
    expect(state()).toEqual({ offering: 'creatingOffer' })
  })

  test('of the candidates that come early, the newest few are kept', () => {
    const early = Array.from(
      { length: limits.pendingCandidates + 5 },
      (_, n) =>
        ({
          type: 'candidate.received',
          connection: 'a3.1',
          candidate: { ...candidate('next'), sdpMid: String(n) },
        }) as const,
    )
    const { actor } = start([alone, ...early])
    expect(actor.getSnapshot().context.pendingCandidates.map(({ sdpMid }) => sdpMid)).toEqual(
      early.slice(5).map((each) => each.candidate.sdpMid),
    )
  })
})

/** Calls that are wrong in one point: each must be noticed, by the invariant that was meant for it. */
describe('a broken call is noticed', () => {
  type Given = { context: CallContext; event: CallEvent }
  const withActions = (actions: object): Machine => callMachine.provide({ actions } as never) as Machine
  const withGuards = (guards: object): Machine => callMachine.provide({ guards } as never) as Machine
  const withoutAlways = (): Machine => {
    const { states } = callMachine.config as { states: Record<string, object> }
    return createMachine(
      { ...callMachine.config, states: { ...states, idle: { ...states.idle, always: undefined } } } as never,
      callMachine.implementations as never,
    ) as never
  }
  /** A call that hears something else while media flows. */
  const whileFlowing = (change: Record<string, unknown>): Machine => {
    const { connected } = callMachine.config.states!
    const { flowing } = connected!.states!
    // What is undefined is not heard here, but by the states around; to XState it would be forbidden.
    const on = Object.fromEntries(
      Object.entries({ ...(flowing!.on as object), ...change }).filter(([, transition]) => transition !== undefined),
    )
    const states = { ...connected!.states, flowing: { ...flowing, on } }
    return createMachine(
      { ...callMachine.config, states: { ...callMachine.config.states, connected: { ...connected, states } } } as never,
      callMachine.implementations as never,
    ) as never
  }
  const nothing = (): void => {}
  const openAs = (change: (context: CallContext) => Partial<CallContext>, isStopped = true) =>
    enqueueActions(({ context, enqueue }) => {
      const made = (context as CallContext).connectionCount + 1
      const connection = `${(context as CallContext).seat}${(context as CallContext).epoch}.${made}`
      if (isStopped) enqueue.stopChild('peerConnection')
      enqueue.assign({
        ...initialConnectionContext,
        connectionCount: made,
        connection,
        reason: null,
        ...change(context as CallContext),
      } as never)
      enqueue.spawnChild(
        'peerConnection' as never,
        { id: 'peerConnection', input: { connection, relayOnly: false } } as never,
      )
    })
  const order = (make: (given: Given) => object) =>
    enqueueActions(({ context, event, enqueue }) => {
      enqueue.assign({ pendingNegotiation: null, pendingOfferSdp: null, remoteUfrag: 'u1' } as never)
      enqueue.sendTo('peerConnection' as never, make({ context, event } as Given) as never)
    })

  const brokenCalls: [what: string, broken: () => Machine, invariant: string][] = [
    [
      'which forgets to close its connection',
      () => withActions({ closeConnection: assign({ connection: null }) }),
      'there is one connection at most, and the context names it',
    ],
    [
      'which opens a second connection beside the first',
      () => withActions({ openConnection: openAs(() => ({}), false) }),
      'an old connection is closed before a new one is opened',
    ],
    [
      'which gives a name twice',
      () =>
        withActions({
          openConnection: openAs(({ seat, epoch, connectionCount: made }) => ({
            connectionCount: made + 1,
            connection: `${seat}${epoch}.1`,
          })),
        }),
      'a name is given to one connection only',
    ],
    [
      'which goes on without a seat',
      () => withActions({ closeConnection: nothing }),
      'who has no seat has no connection and is out of every call',
    ],
    [
      'which takes any answer',
      () => withGuards({ isAwaitedAnswer: () => true }),
      'no answer is taken that was not asked for',
    ],
    [
      'which takes no answer',
      () => withGuards({ isAwaitedAnswer: () => false }),
      'the answer that was asked for is taken',
    ],
    [
      'which goes on asking',
      () =>
        withActions({
          applyAnswer: order(({ event }) => ({ ...event, type: 'applyAnswer' })),
          addPendingCandidates: assign({ pendingNegotiation: ({ context }) => context.negotiation }),
        }),
      'an answer is taken once',
    ],
    ['which takes old offers', () => withGuards({ isStaleOffer: () => false }), 'an offer of the past is not taken'],
    [
      'whose polite side insists',
      () => withGuards({ shouldIgnoreGlare: ({ context }: Given) => context.pendingNegotiation !== null }),
      'when offers cross, the polite side yields',
    ],
    [
      'whose impolite side yields',
      () => withGuards({ shouldIgnoreGlare: () => false }),
      'when offers cross, the impolite side does not',
    ],
    [
      'whose impolite side yields to a rival',
      () => withGuards({ shouldIgnoreCompetingConnection: () => false }),
      'when offers cross, the impolite side does not',
    ],
    [
      'which does not count its offers',
      () =>
        withActions({
          createOffer: enqueueActions(({ enqueue }) => {
            enqueue.assign({ negotiation: 1, pendingNegotiation: 1, pendingOfferSdp: null } as never)
            enqueue.sendTo(
              'peerConnection' as never,
              { type: 'createOffer', negotiation: 1, iceRestart: false } as never,
            )
          }),
        }),
      'an offer of our own is open as long as it is asked, and numbered on',
    ],
    [
      'which keeps anybody’s candidates',
      () => withGuards({ isForLaterIce: () => true }),
      'no candidate of another connection is kept or tried',
    ],
    [
      'which does not look at the ufrag',
      () =>
        withGuards({
          isForCurrentIce: ({ context, event }: Given) =>
            event.type === 'candidate.received' && event.connection === context.connection,
        }),
      'no candidate is tried under a foreign ufrag',
    ],
    [
      'which lets every candidate wait',
      () => withGuards({ isForCurrentIce: () => false }),
      'a candidate of the description in force is tried at once',
    ],
    [
      'which forgets the candidates that came early',
      () => withActions({ addPendingCandidates: assign({ pendingCandidates: [] }) }),
      'a candidate that came early is tried with its description',
    ],
    [
      'which never clears what came early',
      () => withActions({ addPendingCandidates: nothing }),
      'candidates wait for one description only, and not too many',
    ],
    [
      'which speaks of another connection',
      () =>
        withActions({
          sendCandidate: emit({
            type: 'message.outgoing',
            message: { type: 'candidate', connection: 'a1.99', candidate: candidate(null) },
          } as const),
        }),
      'what is said is about the connection in use',
    ],
    [
      'which says offers that nobody wants any more',
      () => withGuards({ isPendingOffer: () => true }),
      'an offer is said when it is wanted, and an answer to the newest only',
    ],
    [
      'which says answers that nobody wants any more',
      () => withGuards({ isCurrentAnswer: () => true }),
      'an offer is said when it is wanted, and an answer to the newest only',
    ],
    [
      'which says good-bye again and again',
      () => withActions({ emitCallEnded: emit({ type: 'message.outgoing', message: { type: 'hangup' } } as const) }),
      'nothing is said after the end',
    ],
    [
      'which hangs up without a word',
      () => withActions({ sendHangup: nothing }),
      'good-bye is said by who hangs up, and by nobody else',
    ],
    ['which ends in silence', () => withActions({ emitCallEnded: nothing }), 'an end has a reason, and is told'],
    ['which ends for no reason', () => withActions({ setReason: nothing }), 'an end has a reason, and is told'],
    [
      'which is always lost',
      () => withActions({ setReason: assign({ reason: 'lost' }) }),
      'the reason is that of what happened',
    ],
    [
      'which believes the server that the other side left',
      () => whileFlowing({ 'peer.left': undefined }),
      'no server event ends a flowing call',
    ],
    [
      'which lets a stranger replace the peer',
      () =>
        whileFlowing({
          'unauthenticatedOffer.received': {
            target: '#call.connected.remoteRestart',
            actions: ['storeUnauthenticatedPeer', 'answerUnauthenticatedPeer'],
          },
        }),
      'a flowing call never changes its peer without proof or consent',
    ],
    [
      'which meets a stranger before it asks',
      () =>
        withActions({
          storeUnauthenticatedPeer: openAs(() => ({ unauthenticatedPeer: { offer: null, candidates: [] } })),
        }),
      'nothing that a stranger says is given to the browser before the person accepts',
    ],
    [
      'which asks while media flows',
      () => whileFlowing({ 'unauthenticatedOffer.received': undefined }),
      'a stranger leaves a flowing call as it was',
    ],
    [
      'which asks about nobody',
      () => withActions({ storeUnauthenticatedPeer: nothing }),
      'the person is asked about a stranger, and about nobody else',
    ],
    [
      'which accepts a stranger and meets nobody',
      () => withActions({ answerUnauthenticatedPeer: nothing }),
      'a stranger who was accepted is met on the connection that they offered, or on a new one of ours',
    ],
    [
      'which reports media that nobody saw',
      () => withActions({ cancelRecoveryTimeout: emit({ type: 'media.reported', mediaFlow: 'flowing' } as const) }),
      'media is reported from within a call only, and its end at the latest when the call ends',
    ],
    [
      'which never reports an end',
      () => withActions({ reportMediaStopped: nothing }),
      'a connection that is given up has no media',
    ],
    [
      'which does not note who is there',
      () => withActions({ setPeerDisconnected: nothing }),
      'the other side’s presence is noted',
    ],
    [
      'which leaves who is alone without an offer',
      withoutAlways,
      'who is alone in a room waits with an offer, or will in a moment',
    ],
    [
      'which never gives up',
      () => withGuards({ canRetry: () => true }),
      'what cannot be connected is given up in the end',
    ],
    [
      'which restarts for nobody',
      () => withGuards({ canRestart: () => true }),
      'a restart is made where it is heard of, and no more often than may be',
    ],
    [
      'which goes on restarting',
      () => withGuards({ hasExhaustedRestarts: ({ context }: Given) => context.connection === null }),
      'after two restarts in vain there is a new connection, and after that the relay alone',
    ],
    [
      'which trusts the way that failed',
      () => withActions({ openConnection: openAs(() => ({})) }),
      'after two restarts in vain there is a new connection, and after that the relay alone',
    ],
    [
      'which says good-bye through the server alone',
      () => withActions({ sendHangup: emit({ type: 'message.outgoing', message: { type: 'hangup' } } as const) }),
      'who hangs up says so on the connection, too, before it is closed',
    ],
    [
      'which does not look',
      () => withActions({ checkTransport: nothing }),
      'a path is looked at when the network has changed',
    ],
    [
      'which believes in its line',
      () => withActions({ setSignalingDown: nothing }),
      'whether anything can be said is noted',
    ],
    [
      'which does not doubt its line',
      () => withActions({ suspectSignaling: nothing }),
      'when nothing arrives any more, the line has to prove itself',
    ],
    [
      'which holds a live thing',
      () => withActions({ setPeerDisconnected: assign({ peer: Object('disconnected') as 'disconnected' }) }),
      'a call is plain data',
    ],
  ]

  test.each(brokenCalls)('%s', (_, broken, invariant) => {
    expect(breaks(broken(), exploration, invariants[invariant]!)).toBe(true)
  })

  test('and every invariant has a call that breaks it', () => {
    expect(
      Object.keys(invariants).filter((name) => !brokenCalls.some(([, , invariant]) => invariant === name)),
    ).toEqual([])
  })
})
