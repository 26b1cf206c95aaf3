import { createActor, fromCallback, SimulatedClock, type Actor, type AnyStateMachine } from 'xstate'
import { adjacencyMapToArray, getAdjacencyMap, getShortestPaths } from 'xstate/graph'
import { describe, expect, test } from 'vitest'
import type { LinkEffect, LinkFact, SocketFact, SocketOrder } from '../../../machines/signaling/signalingEvents.ts'
import { link } from '../../../machines/signaling/signalingMachine.ts'
import { timers } from '../../../machines/protocol/timeouts.ts'
import { waitsIn } from '../graph.ts'
import { asked, closed, facts, given, keyOf, refused, type Snapshot } from './signalingMachine.graph.ts'

/** A link whose sockets do nothing but remember what they were told. */
class Trial {
  readonly clock = new SimulatedClock()
  readonly sockets: { orders: SocketOrder[]; isOpen: boolean; report(fact: SocketFact): void }[] = []
  readonly told: LinkEffect[] = []
  readonly actor: Actor<typeof link>

  constructor() {
    const socket = fromCallback<SocketOrder, { room: string }, SocketFact>(({ receive, sendBack }) => {
      const own = { orders: [] as SocketOrder[], isOpen: true, report: sendBack }
      this.sockets.push(own)
      receive((order) => own.orders.push(order))
      return () => { own.isOpen = false }
    })
    this.actor = createActor(link.provide({ actors: { socket } }), { clock: this.clock, input: { room: 'den' } })
    for (const type of ['seat.given', 'seat.refused', 'news.read', 'seat.freed', 'entry.renewed', 'link.lost'] as const) this.actor.on(type, (effect) => this.told.push(effect))
    this.actor.start()
  }

  get orders() { return this.sockets.flatMap(({ orders }) => orders) }
  get open() { return this.sockets.filter(({ isOpen }) => isOpen) }
  get state() { return this.actor.getSnapshot() }

  send(...events: LinkFact[]): this {
    for (const event of events) this.actor.send(event)
    return this
  }
}

function expectInvariants({ state, open }: Trial): void {
  const { key, token, position, attempts, pause } = state.context
  expect(open).toHaveLength(state.matches('connecting') || state.matches('online') ? 1 : 0)
  if (key === null) expect([token, position]).toEqual([null, null])
  if (state.matches({ online: 'seated' })) expect([key, token, position]).not.toContain(null)
  expect(state.matches({ online: 'free' })).toBe(state.matches('online') && key === null)
  expect(pause).toBeLessThanOrEqual(timers.reconnect.at(-1) ?? 0)
  if (state.matches('waiting')) expect(attempts).toBeGreaterThan(0)
}

/** Time stands still in the graph, and here it does not: of the waits, those that a clock can be let run to. */
const clockEvents = (state: Snapshot): LinkFact[] =>
  waitsIn(state).filter(({ type }) => !type.includes('.steady.')) as unknown as LinkFact[]

const exploration = {
  input: { room: 'den' }, limit: 20_000, serializeState: keyOf,
  events: (state: Snapshot) => [...facts, ...clockEvents(state)],
} as never

function replay(events: LinkFact[]) {
  const trial = new Trial()
  for (const event of events) {
    const { type } = event as { type: string }
    if (!type.startsWith('xstate.after.')) trial.send(event)
    else trial.clock.increment(type.includes('.pause.') ? trial.state.context.pause : timers.openPatience)
    expectInvariants(trial)
  }
  return trial
}

describe('every path', () => {
  const paths = getShortestPaths(link as AnyStateMachine, exploration)

  test.each(paths.map((path) => [path.steps.slice(1).map(({ event }) => event.type).join(' → ') || 'the beginning', path] as const))('%s', (_, path) => {
    const { actor } = replay(path.steps.slice(1).map(({ event }) => event as LinkFact))
    expect(actor.getSnapshot().value).toEqual(path.state.value)
  })

  test('and every step from its end', () => {
    const steps = adjacencyMapToArray(getAdjacencyMap(link as AnyStateMachine, exploration))
    const ways = new Map(paths.map((path) => [keyOf(path.state as Snapshot), path.steps.slice(1).map(({ event }) => event as LinkFact)]))
    for (const { state, event, nextState } of steps) {
      const { actor } = replay([...ways.get(keyOf(state as Snapshot)) ?? [], event as LinkFact])
      expect(actor.getSnapshot().value).toEqual(nextState.value)
    }
    expect(steps.length).toBeGreaterThan(500)
  })
})

const online = () => new Trial().send({ type: 'page.opened' }, { type: 'socket.opened' })
const seated = () => online().send(asked, given())

describe('the link', () => {
  test('opens its socket before anybody wants a seat, so that to enter takes one order', () => {
    const trial = online()
    expect(trial.orders).toEqual([])
    trial.send(asked)
    expect(trial.orders).toEqual([{ type: 'visit', key: 'key', token: null, lastEventId: null, media: 'stopped' }])
  })

  test('enters as soon as it is online when it was asked before', () => {
    expect(new Trial().send({ type: 'page.opened' }, asked, { type: 'socket.opened' }).orders).toHaveLength(1)
  })

  test.each([[1, [0, 300, 1_200, 2_700, 4_800, 7_000, 7_000, 7_000]], [0.5, [0, 150, 600, 1_350, 2_400, 3_500, 3_500]]] as const)(
    'waits longer and longer, by chance %d', (chance, pauses) => {
      const { actor, clock, sockets } = new Trial().send({ type: 'page.opened' })
      for (const pause of pauses) {
        sockets.at(-1)?.report({ type: 'socket.closed', chance })
        expect(actor.getSnapshot().context.pause).toBe(pause)
        clock.increment(pause)
        expect(actor.getSnapshot().value).toBe('connecting')
      }
      expect(sockets).toHaveLength(pauses.length + 1)
    })

  test('waits shortly again after it has held for a while', () => {
    const trial = new Trial().send({ type: 'page.opened' }, closed, { type: 'network.changed' }, closed, { type: 'network.changed' }, { type: 'socket.opened' })
    trial.clock.increment(timers.steady)
    expect(trial.send(closed).state.context.pause).toBe(0)
  })

  test('does not take one that opens and breaks at once for one that holds', () => {
    const trial = new Trial().send({ type: 'page.opened' }, { type: 'socket.opened' }, closed, { type: 'network.changed' }, { type: 'socket.opened' })
    expect(trial.send({ type: 'socket.closed', chance: 1 }).state.context.pause).toBe(300)
  })

  test('gives up a socket that never opens, and a visit that is never answered', () => {
    const { actor, clock } = new Trial().send({ type: 'page.opened' })
    clock.increment(timers.openPatience)
    expect(actor.getSnapshot().value).toBe('waiting')
    const late = online().send(asked)
    late.clock.increment(timers.openPatience)
    expect(late.actor.getSnapshot().value).toBe('waiting')
  })

  test('tries at once when the network is back', () => {
    expect(online().send(closed, { type: 'network.changed' }).actor.getSnapshot().value).toBe('connecting')
  })

  test('comes back with its token and where it stopped reading', () => {
    const trial = seated().send({ type: 'news.read', position: 'e.7', news: { type: 'ready' } }, closed, { type: 'network.changed' }, { type: 'socket.opened' })
    expect(trial.orders.at(-1)).toEqual({ type: 'visit', key: 'key', token: 'token-1', lastEventId: 'e.7', media: 'stopped' })
    expect(trial.told.map(({ type }) => type)).toEqual(['seat.given', 'news.read', 'link.lost'])
  })

  test('asks with the same key until it is answered', () => {
    const trial = online().send(asked, refused('unavailable'), { type: 'network.changed' }, { type: 'socket.opened' })
    expect(trial.orders.map((order) => order.type === 'visit' && order.key)).toEqual(['key', 'key'])
    expect(trial.told).not.toContainEqual(expect.objectContaining({ type: 'seat.refused' }))
  })

  test('enters anew, once, when the seat is lost, and shows the token of the lost seat until there is another', () => {
    const trial = seated().send(closed, { type: 'network.changed' }, { type: 'socket.opened' }, refused('seat-lost'))
    expect(trial.orders.at(-1)).toEqual({ type: 'visit', key: 'fresh key', token: null, lastEventId: null, media: 'stopped', former: 'token-1' })
    trial.send(refused('full'))
    expect(trial.told.at(-1)).toEqual({ type: 'seat.refused', code: 'full' })
    expect(trial.state.value).toEqual({ online: 'free' })
    trial.send(asked)
    expect(trial.orders.at(-1)).toMatchObject({ token: null, former: 'token-1' })
    trial.send(given(), closed, { type: 'network.changed' }, { type: 'socket.opened' })
    expect(trial.orders.at(-1)).toEqual({ type: 'visit', key: 'key', token: 'token-1', lastEventId: 'e.1', media: 'stopped' })
  })

  test('does so for a page that was loaded anew, too', () => {
    const trial = online().send({ ...asked, token: 'stored' }, refused('seat-lost'), refused('seat-lost'))
    expect(trial.orders.map((order) => order.type === 'visit' && order.token)).toEqual(['stored', null])
    expect(trial.told).toEqual([{ type: 'entry.renewed', key: 'fresh key' }, { type: 'seat.refused', code: 'seat-lost' }])
  })

  test('takes a throttled return, or one to a full server, for a matter of patience, and such an entry for a refusal', () => {
    for (const code of ['throttled', 'server-full'] as const) {
      expect(online().send({ ...asked, token: 'stored' }, refused(code)).actor.getSnapshot().value).toBe('waiting')
      expect(online().send(asked, refused(code)).told).toEqual([{ type: 'seat.refused', code }])
    }
  })

  test('says what flows once, and again after it was away; nothing of an old seat in a new one', () => {
    const trial = seated().send({ type: 'flow.reported', media: 'flowing' }, { type: 'flow.reported', media: 'flowing' })
    const reports = () => trial.orders.filter(({ type }) => type === 'report')
    expect(reports()).toHaveLength(1)
    trial.send(closed, { type: 'network.changed' }, { type: 'socket.opened' }, given(true))
    expect(reports()).toHaveLength(2)
    trial.send(closed, { type: 'network.changed' }, { type: 'socket.opened' }, given(false))
    expect(reports()).toHaveLength(2)
  })

  test('says good-bye and stays for the next entry; falls silent where the seat is used elsewhere', () => {
    const left = seated().send({ type: 'seat.released' })
    expect(left.orders.at(-1)).toEqual({ type: 'leave', mayReturn: false })
    expect(left.actor.getSnapshot().value).toEqual({ online: 'free' })
    const abandoned = seated().send({ type: 'seat.abandoned' })
    expect(abandoned.orders).toHaveLength(1)
    expect(abandoned.open).toHaveLength(0)
  })

  test('tells when the server has heard that the seat was left', () => {
    expect(seated().send({ type: 'seat.released' }, { type: 'leave.heard' }).told.at(-1)).toEqual({ type: 'seat.freed' })
  })

  test('keeps the seat when the page is closed', () => {
    expect(seated().send({ type: 'page.closed' }).orders.at(-1)).toEqual({ type: 'leave', mayReturn: true })
  })

  test('moves when it is told that the server goes, no sooner and no later', () => {
    const { actor, clock, sockets } = seated().send({ type: 'news.read', position: 'e.9', news: { type: 'drain', delayMs: 3_000 } })
    clock.increment(2_999)
    expect(actor.getSnapshot().value).toEqual({ online: 'seated' })
    clock.increment(1)
    expect(actor.getSnapshot().value).toBe('connecting')
    expect(sockets).toHaveLength(2)
  })

  test('leaves no socket behind when it is stopped', () => {
    const { actor, sockets } = seated()
    actor.stop()
    expect(sockets.map(({ isOpen }) => isOpen)).toEqual([false])
  })
})
