import { type Actor, type AnyStateMachine, createActor, fromCallback } from 'xstate'
import { adjacencyMapToArray, getAdjacencyMap, getShortestPaths } from 'xstate/graph'
import { describe, expect, test } from 'vitest'
import { type CaptureFact, type CaptureInput, type CaptureOrder, device, type DeviceFact, type DeviceKind } from '../../machines/device.ts'
import { ended, facts, keyOf, opened, problems, refused } from './device.graph.ts'

/** A device whose tracks do nothing but remember what they were told. */
class Trial {
  readonly tracks: { input: CaptureInput; orders: CaptureOrder[]; isLive: boolean }[] = []
  readonly actor: Actor<typeof device>

  constructor(kind: DeviceKind) {
    const capture = fromCallback<CaptureOrder, CaptureInput, CaptureFact>(({ input, receive }) => {
      const own = { input, orders: [] as CaptureOrder[], isLive: true }
      this.tracks.push(own)
      receive((order) => own.orders.push(order))
      return () => { own.isLive = false }
    })
    this.actor = createActor(device.provide({ actors: { capture } }), { input: { kind, chosen: null } }).start()
  }

  get state() { return this.actor.getSnapshot() }
  get orders() { return this.tracks.map(({ orders }) => orders) }

  send(...events: DeviceFact[]): this {
    for (const event of events) this.actor.send(event)
    return this
  }
}

const tryOut = (kind: DeviceKind) => new Trial(kind)

function expectInvariants({ state, tracks }: Trial): void {
  const live = tracks.filter(({ isLive }) => isLive)
  expect(live).toHaveLength(state.matches('asking') || state.matches('live') ? 1 : 0)
  expect(state.context.problem !== null).toBe(state.matches('failed'))
  expect(state.context.deviceId !== null).toBe(state.matches('live'))
  if (state.matches('live')) expect(live[0]?.orders.at(-1)?.type).toBe(state.matches({ live: 'muted' }) ? 'mute' : 'unmute')
  if (state.context.kind === 'screen') expect(state.context.problem).not.toBe('denied')
}

describe.each(['camera', 'screen'] as const)('every path of a %s', (kind) => {
  const exploration = {
    input: { kind, chosen: null }, events: facts, limit: 5_000, serializeState: keyOf,
  } as never
  const paths = getShortestPaths(device as AnyStateMachine, exploration)

  test.each(paths.map((path) => [path.steps.slice(1).map(({ event }) => event.type).join(' → ') || 'the beginning', path] as const))('%s', (_, path) => {
    const trial = tryOut(kind)
    for (const { event } of path.steps.slice(1)) expectInvariants(trial.send(event as DeviceFact))
    expect(trial.state.value).toEqual(path.state.value)
  })

  test('and every step from its end', () => {
    const steps = adjacencyMapToArray(getAdjacencyMap(device as AnyStateMachine, exploration))
    for (const path of paths) {
      for (const event of facts) {
        const trial = tryOut(kind).send(...path.steps.slice(1).map((step) => step.event as DeviceFact))
        expectInvariants(trial.send(event))
      }
    }
    expect(steps.length).toBeGreaterThan(100)
  })
})

describe('a device', () => {
  const live = () => tryOut('microphone').send({ type: 'user.switchedOn' }, opened)

  test('is heard only once it is live', () => {
    const trial = tryOut('microphone').send({ type: 'user.switchedOn' })
    expect(trial.orders).toEqual([[]])
    expect(trial.send(opened).orders).toEqual([[{ type: 'unmute' }]])
  })

  test('is muted without being given back', () => {
    const { state, tracks } = live().send({ type: 'user.muted' })
    expect(state.value).toEqual({ live: 'muted' })
    expect(tracks).toEqual([expect.objectContaining({ isLive: true, orders: [{ type: 'unmute' }, { type: 'mute' }] })])
  })

  test('is given back when switched off, and asked for again with the same choice', () => {
    const trial = live().send({ type: 'device.chosen', deviceId: 'two' }, opened, { type: 'user.switchedOff' })
    expect(trial.tracks.map(({ isLive }) => isLive)).toEqual([false, false])
    expect(trial.send({ type: 'user.switchedOn' }).tracks.at(-1)?.input).toEqual({ kind: 'microphone', deviceId: 'two' })
  })

  test('stays muted through a change', () => {
    const { state, tracks } = live().send({ type: 'user.muted' }, { type: 'device.chosen', deviceId: 'two' }, opened)
    expect(state.value).toEqual({ live: 'muted' })
    expect(tracks.at(-1)?.orders).toEqual([{ type: 'mute' }])
  })

  test.each(problems)('says that it is %s, and tries again when told to', (problem) => {
    const trial = tryOut('camera').send({ type: 'user.switchedOn' }, refused(problem))
    expect([trial.state.value, trial.state.context.problem]).toEqual(['failed', problem])
    expect(trial.send({ type: 'user.retried' }).tracks).toHaveLength(2)
  })

  test.each([
    ['missing', 'device.appeared'], ['unplugged', 'device.appeared'], ['denied', 'permission.granted'], ['denied-by-system', 'permission.granted'],
  ] as const)('that is %s tries again by itself on %s', (problem, type) => {
    expect(tryOut('camera').send({ type: 'user.switchedOn' }, refused(problem), { type }).state.value).toBe('asking')
  })

  test.each([['busy', 'device.appeared'], ['denied', 'device.appeared'], ['missing', 'permission.granted']] as const)(
    'that is %s does not on %s', (problem, type) => {
      expect(tryOut('camera').send({ type: 'user.switchedOn' }, refused(problem), { type }).state.value).toBe('failed')
    })

  test('that is pulled out says so; a screen that is shared no more is off', () => {
    const { state } = live().send(ended)
    expect([state.value, state.context.problem]).toEqual(['failed', 'unplugged'])
    expect(tryOut('screen').send({ type: 'user.switchedOn' }, opened, ended).state.value).toBe('off')
  })

  test('that is a screen is off when the picker is closed, and fails for any other reason', () => {
    expect(tryOut('screen').send({ type: 'user.switchedOn' }, refused('denied')).state.value).toBe('off')
    expect(tryOut('screen').send({ type: 'user.switchedOn' }, refused('denied-by-system')).state.value).toBe('failed')
  })

  test('gives its track back when it is stopped', () => {
    const { actor, tracks } = live()
    actor.stop()
    expect(tracks.map(({ isLive }) => isLive)).toEqual([false])
  })
})
