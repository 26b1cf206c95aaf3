import { createActor, fromCallback, SimulatedClock, type Actor, type AnyStateMachine } from 'xstate'
import { adjacencyMapToArray, getAdjacencyMap, getShortestPaths } from 'xstate/graph'
import { describe, expect, test } from 'vitest'
import type {
  SignalingEffect,
  SignalingEvent,
  SocketEvent,
  SocketCommand,
} from '../../../machines/signaling/signalingEvents.ts'
import { signalingMachine } from '../../../machines/signaling/signalingMachine.ts'
import type { RoomPolicy } from '../../../machines/protocol/vocabulary.ts'
import { timeouts } from '../../../machines/protocol/timeouts.ts'
import { waitsIn } from '../graph.ts'
import { createJoined } from './createJoined.ts'
import { asked, closed, facts, given, keyOf, refused, type Snapshot } from './signalingMachine.graph.ts'

/** A signaling machine whose sockets only record their commands. */
class Trial {
  readonly clock = new SimulatedClock()
  readonly sockets: { orders: SocketCommand[]; isOpen: boolean; report(fact: SocketEvent): void }[] = []
  readonly effects: SignalingEffect[] = []
  readonly actor: Actor<typeof signalingMachine>

  constructor() {
    const socket = fromCallback<SocketCommand, { room: string }, SocketEvent>(({ receive, sendBack }) => {
      const own = { orders: [] as SocketCommand[], isOpen: true, report: sendBack }
      this.sockets.push(own)
      receive((order) => own.orders.push(order))
      return () => {
        own.isOpen = false
      }
    })
    this.actor = createActor(signalingMachine.provide({ actors: { socket } }), {
      clock: this.clock,
      input: { room: 'den' },
    })
    for (const type of [
      'join.accepted',
      'join.rejected',
      'event.received',
      'leave.acknowledged',
      'join.keyRenewed',
      'signaling.lost',
    ] as const)
      this.actor.on(type, (effect) => this.effects.push(effect))
    this.actor.start()
  }

  /** All commands except visits. */
  get orders() {
    return this.sockets.flatMap(({ orders }) => orders).filter(({ type }) => type !== 'visit')
  }
  /** The request for admission of each visit; null for a visit without one. */
  get visits() {
    return this.sockets.flatMap(({ orders }) => orders.flatMap((order) => (order.type === 'visit' ? [order.ask] : [])))
  }
  get open() {
    return this.sockets.filter(({ isOpen }) => isOpen)
  }
  get state() {
    return this.actor.getSnapshot()
  }

  send(...events: SignalingEvent[]): this {
    for (const event of events) this.actor.send(event)
    return this
  }
}

/** Returns the rules that do not hold. Plain comparisons, because `expect` at each step of each path is slow. */
function brokenRules({ state, open }: Trial): string[] {
  const { joinKey, token, position, attempts, backoffMs } = state.context
  const hasSocket = state.matches('connecting') || state.matches('connected')
  const isJoined = state.matches({ connected: 'joined' })
  const rules: Record<string, boolean> = {
    'one socket is open in connecting and connected, else none': open.length === (hasSocket ? 1 : 0),
    'a page without a seat has neither token nor position': joinKey !== null || (token === null && position === null),
    'a joined page has a key, a token and a position': !isJoined || ![joinKey, token, position].includes(null),
    'a connected page is idle exactly without a key':
      state.matches({ connected: 'idle' }) === (state.matches('connected') && joinKey === null),
    'the backoff has a limit': backoffMs <= (timeouts.reconnectDelaysMs.at(-1) ?? 0),
    'a backoff follows an attempt': !state.matches('backoff') || attempts > 0,
  }
  return Object.keys(rules).filter((rule) => !rules[rule])
}

/** The delays that a simulated clock can run to. In the graph delays have no duration. */
const clockEvents = (state: Snapshot): SignalingEvent[] =>
  waitsIn<SignalingEvent>(state).filter(({ type }) => !type.includes('.stableAfter.'))

const exploration = {
  input: { room: 'den' },
  limit: 20_000,
  serializeState: keyOf,
  events: (state: Snapshot) => [...facts, ...clockEvents(state)],
} as never

/** The duration of a delayed transition, in ms. */
function delayOf(type: string, { context }: Snapshot): number {
  if (type.includes('.backoff.')) return context.backoffMs
  return type.includes('.revisitInterval.') ? timeouts.rejoinIntervalMs : timeouts.openTimeoutMs
}

/** Sends the events, or lets their time pass, and checks the rules after each. */
function play(trial: Trial, events: SignalingEvent[]): Trial {
  for (const event of events) {
    const { type } = event as { type: string }
    if (!type.startsWith('xstate.after.')) trial.send(event)
    else trial.clock.increment(delayOf(type, trial.state))
    const broken = brokenRules(trial)
    if (broken.length > 0) expect(broken, `${type} in ${events.map((each) => each.type).join(' → ')}`).toEqual([])
  }
  return trial
}

describe('every path', () => {
  const paths = getShortestPaths(signalingMachine as AnyStateMachine, exploration)
  const eventsOf = ({ steps }: (typeof paths)[number]) => steps.slice(1).map(({ event }) => event as SignalingEvent)

  const titleOf = (events: SignalingEvent[]) => events.map(({ type }) => type).join(' → ') || 'the initial state'

  test.each(paths.map((path) => [titleOf(eventsOf(path)), path] as const))('%s', (_, path) => {
    expect(play(new Trial(), eventsOf(path)).state.value).toEqual(path.state.value)
  })

  test('every step from the end of every path', () => {
    const steps = adjacencyMapToArray(getAdjacencyMap(signalingMachine as AnyStateMachine, exploration))
    const ways = new Map(paths.map((path) => [keyOf(path.state as Snapshot), eventsOf(path)]))
    /** At the end of a path, while its events change nothing. */
    let resting: { key: string; trial: Trial } | null = null
    for (const { state, event, nextState } of steps) {
      const key = keyOf(state as Snapshot)
      const trial: Trial = resting?.key === key ? resting.trial : play(new Trial(), ways.get(key) ?? [])
      play(trial, [event as SignalingEvent])
      expect(trial.state.value).toEqual(nextState.value)
      resting = keyOf(nextState as Snapshot) === key ? { key, trial } : null
    }
    expect(steps.length).toBeGreaterThan(500)
  })
})

const online = () => new Trial().send({ type: 'page.opened' }, { type: 'socket.opened' })
const seated = () => online().send(asked, given())

describe('signaling', () => {
  test('opens its socket before the first join, so a join takes one request', () => {
    const trial = online()
    expect(trial.orders).toEqual([])
    trial.send(asked)
    expect(trial.orders).toEqual([
      { type: 'join', joinKey: 'key', token: null, lastEventId: null, mediaFlow: 'stopped' },
    ])
  })

  test('visits the room while no seat is requested, and repeats the request for admission over the next socket', () => {
    const ask = { joinKey: 'ask key', name: 'Ben' }
    const trial = online().send({ type: 'visit.requested', ask })
    expect(trial.visits).toEqual([null, ask])
    trial.send(closed, { type: 'network.changed' }, { type: 'socket.opened' })
    expect(trial.visits).toEqual([null, ask, ask])
    trial.send(asked, refused('full'), closed, { type: 'network.changed' }, { type: 'socket.opened' })
    expect(trial.visits).toEqual([null, ask, ask])
  })

  test('states the newest policy in each join, because a server that lost its rooms needs it', () => {
    const trial = seated().send({
      type: 'event.received',
      position: 'e.2',
      roomEvent: { type: 'door', policy: 'locked', visitor: null },
    })
    trial.send(closed, { type: 'network.changed' }, { type: 'socket.opened' })
    expect(trial.orders.at(-1)).toMatchObject({ type: 'join', policy: 'locked' })
  })

  test('sends a selected policy again after a reconnect, until the server confirms it', () => {
    const select = { type: 'policy.selected', policy: 'locked' } as const
    const reconnect = [closed, { type: 'network.changed' }, { type: 'socket.opened' }] as const
    const withPolicy = (policy: RoomPolicy): SignalingEvent => ({
      type: 'join.accepted',
      position: 'e.2',
      seat: createJoined({ resumed: true, door: { policy, visitor: null } }),
    })
    const sent = (trial: Trial) => trial.orders.filter(({ type }) => type === 'policy.selected')

    const lost = seated().send(select, ...reconnect)
    expect(lost.orders.at(-1)).toMatchObject({ type: 'join', policy: 'locked' })
    expect(sent(lost.send(withPolicy('ask')))).toEqual([select, select])
    const confirmed = { type: 'door', policy: 'locked', visitor: null } as const
    lost.send({ type: 'event.received', position: 'e.3', roomEvent: confirmed }, ...reconnect, withPolicy('ask'))
    expect(sent(lost)).toHaveLength(2)

    expect(sent(seated().send(select, ...reconnect, withPolicy('locked')))).toEqual([select])
    expect(
      sent(seated().send(closed, select, { type: 'network.changed' }, { type: 'socket.opened' }, given(true))),
    ).toEqual([select])
    expect(sent(seated().send(select, { type: 'seat.released' }, asked, given()))).toEqual([select])
  })

  test('sends a pending join as soon as the socket opens', () => {
    expect(new Trial().send({ type: 'page.opened' }, asked, { type: 'socket.opened' }).orders).toHaveLength(1)
  })

  test.each([
    [1, [0, 300, 1_200, 2_700, 4_800, 7_000, 7_000, 7_000]],
    [0.5, [0, 150, 600, 1_350, 2_400, 3_500, 3_500]],
  ] as const)('increases its reconnect delay, scaled by random %d', (random, pauses) => {
    const { actor, clock, sockets } = new Trial().send({ type: 'page.opened' })
    for (const pause of pauses) {
      sockets.at(-1)?.report({ type: 'socket.closed', random })
      expect(actor.getSnapshot().context.backoffMs).toBe(pause)
      clock.increment(pause)
      expect(actor.getSnapshot().value).toBe('connecting')
    }
    expect(sockets).toHaveLength(pauses.length + 1)
  })

  test('resets the reconnect delay after a stable connection', () => {
    const trial = new Trial().send(
      { type: 'page.opened' },
      closed,
      { type: 'network.changed' },
      closed,
      { type: 'network.changed' },
      { type: 'socket.opened' },
    )
    trial.clock.increment(timeouts.stableAfterMs)
    expect(trial.send(closed).state.context.backoffMs).toBe(0)
  })

  test('does not treat a socket that opens and closes at once as stable', () => {
    const trial = new Trial().send(
      { type: 'page.opened' },
      { type: 'socket.opened' },
      closed,
      { type: 'network.changed' },
      { type: 'socket.opened' },
    )
    expect(trial.send({ type: 'socket.closed', random: 1 }).state.context.backoffMs).toBe(300)
  })

  test('gives up a socket that never opens and a join without an answer', () => {
    const { actor, clock } = new Trial().send({ type: 'page.opened' })
    clock.increment(timeouts.openTimeoutMs)
    expect(actor.getSnapshot().value).toBe('backoff')
    const late = online().send(asked)
    late.clock.increment(timeouts.openTimeoutMs)
    expect(late.actor.getSnapshot().value).toBe('backoff')
  })

  test('reconnects at once when the network changes', () => {
    expect(online().send(closed, { type: 'network.changed' }).actor.getSnapshot().value).toBe('connecting')
  })

  test('rejoins with its token and its read position', () => {
    const trial = seated().send(
      { type: 'event.received', position: 'e.7', roomEvent: { type: 'ready' } },
      closed,
      { type: 'network.changed' },
      { type: 'socket.opened' },
    )
    expect(trial.orders.at(-1)).toEqual({
      type: 'join',
      joinKey: 'key',
      token: 'token-1',
      lastEventId: 'e.7',
      mediaFlow: 'stopped',
    })
    expect(trial.effects.map(({ type }) => type)).toEqual(['join.accepted', 'event.received', 'signaling.lost'])
  })

  test('repeats a join with the same key until it is answered', () => {
    const trial = online().send(asked, refused('unavailable'), { type: 'network.changed' }, { type: 'socket.opened' })
    expect(trial.orders.map((order) => order.type === 'join' && order.joinKey)).toEqual(['key', 'key'])
    expect(trial.effects).not.toContainEqual(expect.objectContaining({ type: 'join.rejected' }))
  })

  test('visits the room again after a rejected visit, until a visit is accepted or a seat is requested', () => {
    const trial = online()
    const rejected = { type: 'visit.rejected', code: 'throttled' } as const
    trial.send(rejected)
    trial.clock.increment(timeouts.rejoinIntervalMs - 1)
    expect(trial.visits).toHaveLength(1)
    trial.clock.increment(1)
    expect(trial.visits).toHaveLength(2)
    trial.clock.increment(10 * timeouts.rejoinIntervalMs)
    expect(trial.visits).toHaveLength(2)
    trial.send(rejected, asked, given())
    trial.clock.increment(timeouts.rejoinIntervalMs)
    expect(trial.visits).toHaveLength(2)
  })

  test('joins again once after seat-lost, and sends the former token until it gets a new one', () => {
    const trial = seated().send(closed, { type: 'network.changed' }, { type: 'socket.opened' }, refused('seat-lost'))
    expect(trial.orders.at(-1)).toEqual({
      type: 'join',
      joinKey: 'fresh key',
      token: null,
      lastEventId: null,
      mediaFlow: 'stopped',
      formerToken: 'token-1',
    })
    trial.send(refused('full'))
    expect(trial.effects.at(-1)).toEqual({ type: 'join.rejected', code: 'full' })
    expect(trial.state.value).toEqual({ connected: { idle: 'visiting' } })
    trial.send(asked)
    expect(trial.orders.at(-1)).toMatchObject({ token: null, formerToken: 'token-1' })
    trial.send(given(), closed, { type: 'network.changed' }, { type: 'socket.opened' })
    expect(trial.orders.at(-1)).toEqual({
      type: 'join',
      joinKey: 'key',
      token: 'token-1',
      lastEventId: 'e.1',
      mediaFlow: 'stopped',
    })
  })

  test('joins again once after seat-lost for a reloaded page too', () => {
    const trial = online().send({ ...asked, token: 'stored' }, refused('seat-lost'), refused('seat-lost'))
    expect(trial.orders.map((order) => order.type === 'join' && order.token)).toEqual(['stored', null])
    expect(trial.effects).toEqual([
      { type: 'join.keyRenewed', joinKey: 'fresh key' },
      { type: 'join.rejected', code: 'seat-lost' },
    ])
  })

  test('retries a throttled or server-full rejoin, and reports a rejected first join', () => {
    for (const code of ['throttled', 'server-full'] as const) {
      expect(
        online()
          .send({ ...asked, token: 'stored' }, refused(code))
          .actor.getSnapshot().value,
      ).toBe('backoff')
      expect(online().send(asked, refused(code)).effects).toEqual([{ type: 'join.rejected', code }])
    }
  })

  test('reports media once per seat, again after a rejoin and for a restored seat, but not for a new seat', () => {
    const trial = seated().send(
      { type: 'media.reported', mediaFlow: 'flowing' },
      { type: 'media.reported', mediaFlow: 'flowing' },
    )
    const reports = () => trial.orders.filter(({ type }) => type === 'reportMedia')
    expect(reports()).toHaveLength(1)
    trial.send(closed, { type: 'network.changed' }, { type: 'socket.opened' }, given(true))
    expect(reports()).toHaveLength(2)
    // The server lost the room and restored the seat from its token.
    trial.send(closed, { type: 'network.changed' }, { type: 'socket.opened' }, given(false))
    expect(reports()).toHaveLength(3)
    trial.send(closed, { type: 'network.changed' }, { type: 'socket.opened' }, refused('seat-lost'), given(false))
    expect(reports()).toHaveLength(3)
  })

  test('sends leave and keeps the socket after seat.released; closes it after seat.relinquished', () => {
    const left = seated().send({ type: 'seat.released' })
    expect(left.orders.at(-1)).toEqual({ type: 'leave', pageClosing: false })
    expect(left.actor.getSnapshot().value).toEqual({ connected: { idle: 'visiting' } })
    const abandoned = seated().send({ type: 'seat.relinquished' })
    expect(abandoned.orders).toHaveLength(1)
    expect(abandoned.open).toHaveLength(0)
  })

  test('emits leave.acknowledged when the server has answered the leave', () => {
    expect(seated().send({ type: 'seat.released' }, { type: 'leave.acknowledged' }).effects.at(-1)).toEqual({
      type: 'leave.acknowledged',
    })
  })

  test('keeps the seat when the page closes', () => {
    expect(seated().send({ type: 'page.closing' }).orders.at(-1)).toEqual({ type: 'leave', pageClosing: true })
  })

  test('reconnects exactly at the end of the drain delay', () => {
    const { actor, clock, sockets } = seated().send({
      type: 'event.received',
      position: 'e.9',
      roomEvent: { type: 'drain', delayMs: 3_000 },
    })
    clock.increment(2_999)
    expect(actor.getSnapshot().value).toEqual({ connected: 'joined' })
    clock.increment(1)
    expect(actor.getSnapshot().value).toBe('connecting')
    expect(sockets).toHaveLength(2)
  })

  test('closes its socket when it stops', () => {
    const { actor, sockets } = seated()
    actor.stop()
    expect(sockets.map(({ isOpen }) => isOpen)).toEqual([false])
  })
})
