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
  /** The shortest path to the first step that breaks an invariant. */
  const broken = new Map<string, string>()
  /** The last step of each shortest path. The other steps are too many to keep. */
  const ends: Step<Machine>[] = []
  beforeAll(() => {
    for (const [step, isFirst] of explore(callMachine, exploration)) {
      if (isFirst) ends.push(step)
      for (const [name, holds] of Object.entries(invariants))
        if (!broken.has(name) && !holds(step)) broken.set(name, wayTo(step))
    }
  }, 240_000)

  test.each(Object.keys(invariants))('%s', (name) => expect(broken.get(name)).toBeUndefined())

  test('behaves like an actor with a running clock on every shortest path, and no state lasts forever', () => {
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

/** On a path these delays end by their events, not by the sum of other delays. */
const unhurried = {
  maxRestartDelay: 6_000,
  restartCooldown: 1e7,
  resumeRead: 1e7,
  restartWindow: 1e8,
  callLostTimeout: 1e9,
}

/** A call whose peer connection does nothing. */
const quiet = callMachine.provide({
  actors: {
    peerConnection: fromCallback<PeerConnectionCommand, PeerConnectionInput, PeerConnectionEvent>(() => undefined),
  },
  delays: unhurried,
})

/** States that may last without further events: out of a call, in one, offering one, or waiting for the browser. */
const isSettled = (end: SnapshotFrom<Machine>): boolean =>
  end.matches('idle') ||
  end.matches('hangup') ||
  end.matches({ connected: 'flowing' }) ||
  end.matches('offering') ||
  end.matches({ answering: 'creatingAnswer' })

/** A call with a simulated clock and a peer connection that records its commands. */
function start(facts: CallEvent[]) {
  const clock = new SimulatedClock()
  const orders: PeerConnectionCommand[] = []
  const inputs: PeerConnectionInput[] = []
  const effects: CallEffect[] = []
  const connection = fromCallback<PeerConnectionCommand, PeerConnectionInput, PeerConnectionEvent>(
    ({ input, receive }) => {
      inputs.push(input)
      receive((order) => orders.push(order))
    },
  )
  const actor = createActor(callMachine.provide({ actors: { peerConnection: connection } }), { clock })
  actor.on('*', (effect) => effects.push(effect))
  actor.start()
  for (const fact of facts) actor.send(fact)
  return { actor, clock, inputs, orders, effects, state: () => actor.getSnapshot().value }
}

/** Duration of an `xstate.after.NAME.state` delay in ms: the timeout of that name, unless `unhurried` replaces it. */
function delayOf(type: string): number {
  const name = type.split('.')[2] as 'decisionTimeout' | 'maxRestartDelay'
  return name === 'maxRestartDelay' ? unhurried[name] : timeouts[`${name}Ms`]
}

describe('timeouts', () => {
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

  test('an offer without a visitor is replaced before it expires', () => {
    const { clock, orders, state } = start([alone, offerMade()])
    clock.increment(timeouts.offerMaxAgeMs - 1)
    expect([state(), orders.length]).toEqual([{ offering: 'waitingForPeer' }, 1])
    clock.increment(1)
    expect([state(), orders.length]).toEqual([{ offering: 'creatingOffer' }, 2])
  })

  test('an offer without an answer is replaced', () => {
    const { clock, state } = start([alone, offerMade(), { type: 'peer.joined' }])
    clock.increment(timeouts.answerTimeoutMs - 1)
    expect(state()).toEqual({ offering: 'awaitingAnswer' })
    clock.increment(1)
    expect(state()).toEqual({ offering: 'creatingOffer' })
  })

  test('an answerer without an offer creates one after offerTimeoutMs', () => {
    const { clock, state } = start([second])
    clock.increment(timeouts.offerTimeoutMs - 1)
    expect(state()).toEqual({ answering: 'awaitingOffer' })
    clock.increment(1)
    expect(state()).toEqual({ offering: 'creatingOffer' })
  })

  test('a connection is attempted three times before the call fails', () => {
    const { actor, clock, effects, state } = start([alone, offerMade(), { type: 'peer.joined' }])
    for (let attempt = 1; attempt <= limits.connectAttempts; attempt++) {
      if (attempt > 1) actor.send(offerMade(attempt))
      actor.send({ ...answered, connection: `a3.${attempt}` } as CallEvent)
      expect(state()).toEqual({ offering: 'connecting' })
      clock.increment(timeouts.connectTimeoutMs)
    }
    expect(state()).toBe('hangup')
    expect(effects.at(-1)).toEqual({ type: 'call.ended', reason: 'failed' })
  })

  test('a call without media is lost after callLostTimeoutMs', () => {
    const { actor, clock, effects, state } = start([
      ...connected,
      { type: 'signaling.lost' },
      { type: 'transport.disconnected' },
    ])
    clock.increment(timeouts.callLostTimeoutMs - 1)
    expect(state()).toEqual({ connected: 'stalled' })
    clock.increment(1)
    expect(actor.getSnapshot().context.seat).toBe('a')
    expect(state()).toBe('hangup')
    expect(effects).toContainEqual({ type: 'call.ended', reason: 'lost' })
  })

  test('media that resumes resets callLostTimeoutMs', () => {
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

  test('lost messages lead to a new connection only while the peer has a seat', () => {
    const lost: CallEvent[] = [...connected, { type: 'transport.disconnected' }]
    const rejoined = (peer: 'absent' | 'connected'): CallEvent =>
      ({ ...second, seat: 'a', peer, resumed: true }) as CallEvent
    expect(start([...lost, rejoined('connected'), { type: 'messages.lost' }]).state()).toEqual({
      connected: 'recreating',
    })
    const alone = start([...lost, rejoined('absent'), { type: 'messages.lost' }])
    expect(alone.state()).toEqual({ connected: 'stalled' })
    alone.actor.send({ type: 'transport.failed' })
    expect(alone.state()).toBe('hangup')
    expect(alone.effects).toContainEqual({ type: 'call.ended', reason: 'left' })
  })

  test('two failed restarts lead to a new connection, then to relay only, then to a lost call', () => {
    const { actor, clock, inputs, orders, effects, state } = start([...connected, ...failed])
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
    expect(effects.at(-2)).toEqual({ type: 'media.reported', mediaFlow: 'stopped' })
    expect(effects.at(-1)).toEqual({ type: 'call.ended', reason: 'lost' })
  })

  test('the impolite peer restarts ICE at once, the polite peer after politeRestartDelayMs', () => {
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

  test('a failed transport is restarted by either peer at once', () => {
    const polite = start([second, theirs(1, 'u1'), { type: 'transport.connected' }, ...failed])
    polite.clock.increment(0)
    expect(polite.state()).toEqual({ connected: 'restartingIce' })
  })

  test.each(['transport.disconnected', 'transport.failed'] as const)(
    'without proof of a working signaling connection the peer makes the restart (%s)',
    (type) => {
      const { actor, clock, state } = start([...connected, { type }])
      clock.increment(timeouts.restartTimeoutMs)
      expect(state()).toEqual({ connected: 'stalled' })
      actor.send({ type: 'signaling.alive' })
      clock.increment(0)
      expect(state()).toEqual({ connected: 'restartingIce' })
    },
  )

  describe('an offer without an ICE restart', () => {
    const inCall: CallEvent[] = [second, theirs(1, 'u1'), { type: 'transport.connected' }]

    test('does not wait for a transport of the peer', () => {
      const { orders, state } = start([...inCall, { type: 'transport.disconnected' }, theirs(2, 'u1')])
      expect([state(), orders.at(-1)?.type]).toEqual([{ connected: 'stalled' }, 'applyOffer'])
    })

    test('that replaces a restart is answered, and the restart is offered again', () => {
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

  test('the polite peer yields after any number of its own unanswered offers', () => {
    const { actor, clock, orders, state } = start([
      second,
      theirs(1, 'u1'),
      { type: 'transport.connected' },
      { type: 'negotiation.needed' },
    ])
    for (const timeoutMs of [timeouts.answerTimeoutMs, timeouts.answerTimeoutMs]) clock.increment(timeoutMs)
    expect(orders.at(-1)).toEqual({ type: 'createOffer', negotiation: 4, iceRestart: false })
    actor.send(theirs(2, 'u1'))
    expect([state(), orders.at(-1)]).toEqual([
      { connected: { flowing: 'stable' } },
      expect.objectContaining({ type: 'applyOffer', negotiation: 2 }),
    ])
    // Its next offer has a number that neither side has used.
    actor.send({ type: 'negotiation.needed' })
    expect(orders.at(-1)).toEqual({ type: 'createOffer', negotiation: 5, iceRestart: false })
  })

  test('ICE restarts are limited to five a minute, five seconds apart', () => {
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

  test('the pause after an earlier restart does not end the wait after a rejoin', () => {
    const { actor, clock, state } = start([...connected, ...failed])
    const isPaused = (): boolean => actor.getSnapshot().context.isRestartPaused
    clock.increment(0)
    expect([state(), isPaused()]).toEqual([{ connected: 'restartingIce' }, true])
    actor.send({ type: 'transport.connected' })
    clock.increment(timeouts.restartCooldownMs - 100)
    actor.send({ type: 'connection.failed', message: 'DTLS is closed' })
    expect([state(), isPaused()]).toEqual([{ connected: 'stalled' }, false])
    actor.send({ type: 'join.accepted', seat: 'a', role: 'impolite', epoch: 4, peer: 'connected', resumed: true })
    clock.increment(timeouts.resumeReadMs - 1)
    expect(state()).toEqual({ connected: 'stalled' })
    clock.increment(1)
    expect(state()).toEqual({ connected: 'recreating' })
  })

  test('a restart waits for the signaling connection, and for resumeReadMs after the rejoin', () => {
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
  ])('after a peer returns (reloaded: %s), a reloaded page makes the offer', (fresh, inside, offers) => {
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

  describe('the page that prepared the connection', () => {
    const holder: CallEvent[] = [
      { type: 'join.accepted', seat: 'a', role: 'impolite', epoch: 1, peer: 'absent', resumed: false },
      { type: 'peer.joined', prepared: { connection: 'a1.0', remoteUfrag: 'b0' } },
    ]
    const answer = { type: 'answer.received', connection: 'a1.0', sdp: 'a=ice-ufrag:b0' } as const

    test.each<[string, CallEvent[]]>([
      ['a negotiation', [{ type: 'negotiation.needed' }, { ...answer, negotiation: 2 }]],
      [
        'an interruption',
        [{ type: 'transport.disconnected' }, { type: 'signaling.alive' }, { type: 'transport.connected' }],
      ],
    ])('still looks for the direct path after %s', (_, interruption) => {
      const { clock, orders, state } = start([...holder, ...interruption])
      expect(state()).toEqual({ connected: { flowing: 'prepared' } })
      clock.increment(timeouts.directDelayMs)
      expect(state()).toEqual({ connected: 'restartingIce' })
      expect(orders.at(-1)).toMatchObject({ type: 'createOffer', iceRestart: true })
    })

    test('looks for the direct path once', () => {
      const { actor, clock, state } = start(holder)
      clock.increment(timeouts.directDelayMs)
      actor.send({ type: 'transport.connected' })
      expect(state()).toEqual({ connected: { flowing: 'stable' } })
    })
  })

  test('an unanswered offer within a call is repeated', () => {
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
      'a new seat in an empty room',
      { type: 'join.accepted', seat: 'a', role: 'impolite', epoch: 1, peer: 'absent', resumed: false },
    ],
    ['a peer that the server lost', { type: 'peer.left', reason: 'lost' }],
  ] as const)(
    'a flowing call survives %s, and the next visitor is verified over the existing connection',
    (_, fact) => {
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
    },
  )

  test.each([
    ['lost', ['flowing']],
    ['left', ['stopped', 'flowing']],
  ] as const)(
    'a seat that is %s while media flows reports %j to the room, up to the next visitor',
    (reason, reports) => {
      const { actor, effects } = start(connected)
      const before = effects.length
      for (const event of [{ type: 'peer.left', reason }, { type: 'peer.joined' }] as const) actor.send(event)
      expect(effects.slice(before).filter(({ type }) => type === 'media.reported')).toEqual(
        reports.map((mediaFlow) => ({ type: 'media.reported', mediaFlow })),
      )
    },
  )

  test.each(['lost', 'left'] as const)(
    'with the other seat free (%s) a disconnected transport may recover; a failed one ends the call',
    (reason) => {
      const { actor, state } = start([...connected, { type: 'peer.left', reason }, { type: 'transport.disconnected' }])
      expect(state()).toEqual({ connected: 'stalled' })
      actor.send({ type: 'transport.connected' })
      expect(state()).toEqual({ connected: { flowing: 'stable' } })
      actor.send({ type: 'transport.failed' })
      expect(actor.getSnapshot()).toMatchObject({ value: 'hangup', context: { reason: 'left' } })
    },
  )

  describe('an unauthenticated peer', () => {
    const unauthenticatedOffer: CallEvent = {
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
    const asked = [...connected, { type: 'transport.disconnected' }, unauthenticatedOffer, ...candidates] as CallEvent[]

    test('that offers while media flows changes nothing', () => {
      const { orders, inputs, state } = start([...connected, unauthenticatedOffer])
      expect([state(), inputs.length, orders.at(-1)?.type]).toEqual([
        { connected: { flowing: 'stable' } },
        1,
        'applyAnswer',
      ])
    })

    test('that offers during recovery is answered after the user accepts, with its early candidates', () => {
      const { actor, orders, inputs, effects, state } = start(asked)
      expect([state(), inputs.length]).toEqual(['unauthenticatedPeer', 1])
      actor.send({ type: 'user.acceptedPeer' })
      expect([state(), inputs.at(-1)?.connection]).toEqual([{ answering: 'creatingAnswer' }, 'b9.1'])
      expect(orders.slice(-2)).toEqual([
        expect.objectContaining({ type: 'applyOffer', connection: 'b9.1' }),
        { type: 'addCandidate', candidate: candidate('u9') },
      ])
      expect(effects).toContainEqual({ type: 'unauthenticatedPeer.accepted' })
    })

    test('that offered while media flowed is shown to the user once the transport has failed', () => {
      const { actor, state } = start([...connected, unauthenticatedOffer, { type: 'transport.disconnected' }])
      expect(state()).toEqual({ connected: 'stalled' })
      actor.send({ type: 'connection.failed', message: 'DTLS is closed' })
      expect(state()).toBe('unauthenticatedPeer')
    })

    test('that the user rejects is hung up on', () => {
      const { actor, state } = start(asked)
      actor.send({ type: 'user.hungUp' })
      expect([state(), actor.getSnapshot().context]).toEqual([
        'hangup',
        expect.objectContaining({ reason: 'local', connection: null, unauthenticatedPeer: null }),
      ])
    })

    test('is dropped when the call recovers', () => {
      const { actor, state } = start([...asked, { type: 'transport.connected' }])
      expect([state(), actor.getSnapshot().context.unauthenticatedPeer]).toEqual([
        { connected: { flowing: 'stable' } },
        null,
      ])
    })

    test('yields to the peer, whose page offers a connection with a proof', () => {
      const { inputs, state } = start([
        ...asked,
        { type: 'offer.received', connection: 'b4.1', negotiation: 1, sdp: 'v=0' },
      ])
      expect([state(), inputs.at(-1)?.connection]).toEqual([{ answering: 'creatingAnswer' }, 'b4.1'])
    })

    test('that answers the offer of a reloaded page waits for consent; then it gets a new offer', () => {
      const { actor, orders, state } = start([
        { ...alone, peer: 'connected', resumed: true } as CallEvent,
        offerMade(),
        { type: 'unauthenticatedAnswer.received', connection: 'a3.1', negotiation: 1, sdp: 'v=0' },
      ])
      expect([state(), orders.map(({ type }) => type)]).toEqual(['unauthenticatedPeer', ['createOffer']])
      actor.send({ type: 'user.acceptedPeer' })
      expect([state(), orders.at(-1)?.type]).toEqual([{ offering: 'creatingOffer' }, 'createOffer'])
    })

    test('without a decision of the user is dropped after decisionTimeoutMs', () => {
      const { actor, clock, state } = start([...asked, { type: 'signaling.lost' }])
      clock.increment(timeouts.decisionTimeoutMs)
      expect([state(), actor.getSnapshot().context.reason]).toEqual(['hangup', 'lost'])
    })
  })

  test('a visitor who joins a peer with a call in progress makes the offer', () => {
    const { state } = start([
      { type: 'join.accepted', seat: 'b', role: 'polite', epoch: 4, peer: 'connected', resumed: false },
      { type: 'offer.received', connection: 'a3.1', negotiation: 2, sdp: 'v=0' },
    ])
    expect(state()).toEqual({ offering: 'creatingOffer' })
  })

  test('after the peer leaves, the call stays over until the user joins again', () => {
    const { clock, effects, state } = start([
      ...connected,
      { type: 'transport.disconnected' },
      { type: 'peer.left', reason: 'left' },
    ])
    expect(effects.at(-1)).toEqual({ type: 'call.ended', reason: 'left' })
    clock.increment(timeouts.offerMaxAgeMs)
    expect(state()).toBe('hangup')
  })

  test('a call that failed ends for good when the peer leaves', () => {
    const { actor, clock, effects, state } = start([...connected, { type: 'transport.disconnected' }])
    clock.increment(timeouts.callLostTimeoutMs)
    expect(effects.at(-1)).toEqual({ type: 'call.ended', reason: 'lost' })
    actor.send({ type: 'peer.left', reason: 'lost' })
    expect(effects.at(-1)).toEqual({ type: 'call.ended', reason: 'left' })
    expect(state()).toBe('hangup')
  })

  test('only the newest limits.pendingCandidates early candidates are kept', () => {
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

/** Each machine has one fault; the invariant meant for it must detect the fault. */
describe('the invariants detect a call machine that', () => {
  type Given = { context: CallContext; event: CallEvent }
  const withActions = (actions: object): Machine => callMachine.provide({ actions } as never) as Machine
  const withGuards = (guards: object): Machine => callMachine.provide({ guards } as never) as Machine
  const withState = (name: 'idle' | 'hangup', change: object): Machine => {
    const { states } = callMachine.config as { states: Record<string, object> }
    return createMachine(
      { ...callMachine.config, states: { ...states, [name]: { ...states[name], ...change } } } as never,
      callMachine.implementations as never,
    ) as never
  }
  /** A call that handles some events differently while media flows. */
  const whileFlowing = (change: Record<string, unknown>): Machine => {
    const { connected } = callMachine.config.states!
    const { flowing } = connected!.states!
    // A parent state handles an event with an undefined transition. XState would treat `undefined` as forbidden.
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
      'does not close its connection',
      () => withActions({ closeConnection: assign({ connection: null }) }),
      'there is at most one connection, and the context names it',
    ],
    [
      'opens a second connection next to the first',
      () => withActions({ openConnection: openAs(() => ({}), false) }),
      'the old connection is closed before a new one is opened',
    ],
    [
      'uses a connection id twice',
      () =>
        withActions({
          openConnection: openAs(({ seat, epoch, connectionCount: made }) => ({
            connectionCount: made + 1,
            connection: `${seat}${epoch}.1`,
          })),
        }),
      'every connection gets a new id',
    ],
    [
      'continues without a seat',
      () => withActions({ closeConnection: nothing }),
      'a visitor without a seat has neither a connection nor a call',
    ],
    [
      'applies any answer',
      () => withGuards({ isAwaitedAnswer: () => true }),
      'an answer that was not requested is not applied',
    ],
    ['applies no answer', () => withGuards({ isAwaitedAnswer: () => false }), 'the requested answer is applied'],
    [
      'keeps the negotiation pending after its answer',
      () =>
        withActions({
          applyAnswer: order(({ event }) => ({ ...event, type: 'applyAnswer' })),
          addPendingCandidates: assign({ pendingNegotiation: ({ context }) => context.negotiation }),
        }),
      'an answer is applied once',
    ],
    ['applies stale offers', () => withGuards({ isStaleOffer: () => false }), 'a stale offer is not applied'],
    [
      'ignores a colliding offer as the polite peer',
      () =>
        withGuards({
          shouldIgnoreOfferOnCurrentConnection: ({ context }: Given) => context.pendingNegotiation !== null,
        }),
      'on an offer collision the polite peer yields',
    ],
    [
      'yields on the current connection as the impolite peer',
      () => withGuards({ shouldIgnoreOfferOnCurrentConnection: () => false }),
      'on an offer collision the impolite peer does not yield',
    ],
    [
      'yields to a new connection as the impolite peer',
      () => withGuards({ shouldIgnoreOfferOnNewConnection: () => false }),
      'on an offer collision the impolite peer does not yield',
    ],
    [
      'does not number its offers',
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
      'a created offer is the pending negotiation and has the next number',
    ],
    [
      'stores candidates of any connection',
      () => withGuards({ isForLaterIce: () => true }),
      'candidates of another connection are neither stored nor added',
    ],
    [
      'does not check the ufrag',
      () =>
        withGuards({
          isForCurrentIce: ({ context, event }: Given) =>
            event.type === 'candidate.received' && event.connection === context.connection,
        }),
      'a candidate with an unknown ufrag is not added',
    ],
    [
      'stores every candidate instead of adding it',
      () => withGuards({ isForCurrentIce: () => false }),
      'a candidate of the current description is added at once',
    ],
    [
      'drops early candidates',
      () => withActions({ addPendingCandidates: assign({ pendingCandidates: [] }) }),
      'an early candidate is added with its description',
    ],
    [
      'never clears the early candidates',
      () => withActions({ addPendingCandidates: nothing }),
      'pending candidates belong to one description and are limited',
    ],
    [
      'sends a candidate of another connection',
      () =>
        withActions({
          sendCandidate: emit({
            type: 'message.outgoing',
            message: { type: 'candidate', connection: 'a1.99', candidate: candidate(null) },
          } as const),
        }),
      'messages carry the id of the current connection',
    ],
    [
      'sends offers that are no longer pending',
      () => withGuards({ isPendingOffer: () => true }),
      'only the pending offer and the newest answer are sent',
    ],
    [
      'sends answers that are no longer current',
      () => withGuards({ isCurrentAnswer: () => true }),
      'only the pending offer and the newest answer are sent',
    ],
    [
      'sends hangup again and again',
      () => withActions({ emitCallEnded: emit({ type: 'message.outgoing', message: { type: 'hangup' } } as const) }),
      'nothing is sent after the end of the call',
    ],
    [
      'hangs up without sending hangup',
      () => withActions({ sendHangup: nothing }),
      'only the end that hangs up sends hangup',
    ],
    [
      'ends without call.ended',
      () => withActions({ emitCallEnded: nothing }),
      'a call ends with a reason and emits call.ended',
    ],
    [
      'ends without a reason',
      () => withActions({ setReason: nothing }),
      'a call ends with a reason and emits call.ended',
    ],
    [
      'always ends with the reason lost',
      () => withActions({ setReason: assign({ reason: 'lost' }) }),
      'the reason matches the event',
    ],
    [
      'ends a flowing call when the server reports that the peer left',
      () => whileFlowing({ 'peer.left': undefined }),
      'no server event ends a flowing call',
    ],
    [
      'lets an unauthenticated peer replace the peer',
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
      'connects an unauthenticated peer before asking',
      () =>
        withActions({
          storeUnauthenticatedPeer: openAs(() => ({ unauthenticatedPeer: { offer: null, candidates: [] } })),
        }),
      'no message of an unauthenticated peer reaches the browser before the user accepts',
    ],
    [
      'asks about an unauthenticated peer while media flows',
      () => whileFlowing({ 'unauthenticatedOffer.received': undefined }),
      'an unauthenticated peer does not change a flowing call',
    ],
    [
      'asks without an unauthenticated peer',
      () => withActions({ storeUnauthenticatedPeer: nothing }),
      'the user is asked about an unauthenticated peer only',
    ],
    [
      'accepts an unauthenticated peer without a connection',
      () => withActions({ answerUnauthenticatedPeer: nothing }),
      'an accepted peer gets the connection that it offered, or a new one',
    ],
    [
      'reports media that never started',
      () => withActions({ cancelRecoveryTimeout: emit({ type: 'media.reported', mediaFlow: 'flowing' } as const) }),
      'media is reported within a call only, and stopped at the latest when the call ends',
    ],
    [
      'never reports media as stopped',
      () => withActions({ reportMediaStopped: nothing }),
      'replacing a connection reports media as stopped',
    ],
    [
      'does not store the peer’s presence',
      () => withActions({ setPeerDisconnected: nothing }),
      'the peer’s presence is stored',
    ],
    [
      'creates no offer for a visitor who is alone',
      () => withState('idle', { on: { 'join.accepted': { actions: 'setSeat' } } }),
      'a visitor alone in a room has an offer or is about to create one',
    ],
    [
      'starts another call by itself',
      () => withState('hangup', { after: { maxRestartDelay: 'offering' } }),
      'an ended call stays over until somebody asks for another',
    ],
    [
      'never gives up',
      () => withGuards({ canRetry: () => true }),
      'connecting ends after the maximum number of attempts',
    ],
    [
      'restarts without a peer',
      () => withGuards({ canRestart: () => true }),
      'a restart needs the server and the peer, and stays within its budget',
    ],
    [
      'restarts without end',
      () => withGuards({ hasExhaustedRestarts: ({ context }: Given) => context.connection === null }),
      'two failed restarts lead to a new connection, and then to relay only',
    ],
    [
      'never falls back to relay only',
      () => withActions({ openConnection: openAs(() => ({})) }),
      'two failed restarts lead to a new connection, and then to relay only',
    ],
    [
      'sends hangup through the server only',
      () => withActions({ sendHangup: emit({ type: 'message.outgoing', message: { type: 'hangup' } } as const) }),
      'hanging up also sends hangup on the data channel before the connection closes',
    ],
    [
      'does not check the transport',
      () => withActions({ checkTransport: nothing }),
      'a network change checks the transport',
    ],
    [
      'treats the signaling connection as always up',
      () => withActions({ setSignalingDown: nothing }),
      'the state of the signaling connection is stored',
    ],
    [
      'never suspects the signaling connection',
      () => withActions({ suspectSignaling: nothing }),
      'a stalled transport makes the signaling connection suspect',
    ],
    [
      'has an object other than plain data in its context',
      () => withActions({ setPeerDisconnected: assign({ peer: Object('disconnected') as 'disconnected' }) }),
      'the context is plain data',
    ],
  ]

  test.each(brokenCalls)('%s', (_, broken, invariant) => {
    expect(breaks(broken(), [exploration], invariants[invariant]!)).toBe(true)
  })

  test('every invariant is broken by one of these call machines', () => {
    expect(
      Object.keys(invariants).filter((name) => !brokenCalls.some(([, , invariant]) => invariant === name)),
    ).toEqual([])
  })
})
