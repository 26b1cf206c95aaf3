import { type Actor, createActor, fromCallback, SimulatedClock } from 'xstate'
import { describe, expect, test } from 'vitest'
import { deviceMachine } from '../../../machines/media/deviceMachine.ts'
import type { CaptureEvent, CaptureInput, CaptureCommand, DeviceEvent } from '../../../machines/media/deviceEvents.ts'
import type { DeviceKind } from '../../../machines/protocol/vocabulary.ts'
import { timeouts } from '../../../machines/protocol/timeouts.ts'
import {
  appeared,
  ended,
  explorationOf,
  opened,
  openedInstead,
  problems,
  refused,
  type Snapshot,
} from './deviceMachine.graph.ts'
import { breaks, explore, type Invariants, stepsTo, wayTo } from '../graph.ts'

/** A device whose tracks only record their commands. */
class Trial {
  readonly tracks: { input: CaptureInput; orders: CaptureCommand[]; isLive: boolean }[] = []
  readonly clock = new SimulatedClock()
  readonly actor: Actor<typeof deviceMachine>

  constructor(kind: DeviceKind, chosen: string | null = null) {
    const capture = fromCallback<CaptureCommand, CaptureInput, CaptureEvent>(({ input, receive }) => {
      const own = { input, orders: [] as CaptureCommand[], isLive: true }
      this.tracks.push(own)
      receive((order) => own.orders.push(order))
      return () => {
        own.isLive = false
      }
    })
    this.actor = createActor(deviceMachine.provide({ actors: { capture } }), {
      input: { kind, selectedDeviceId: chosen },
      clock: this.clock,
    }).start()
  }

  get state() {
    return this.actor.getSnapshot()
  }
  get orders() {
    return this.tracks.map(({ orders }) => orders)
  }
  /** The devices of the last request, in order of preference. */
  get asked() {
    return this.tracks.at(-1)?.input.deviceIds
  }

  send(...events: DeviceEvent[]): this {
    for (const event of events) this.actor.send(event)
    return this
  }
}

const tryOut = (kind: DeviceKind, chosen: string | null = null) => new Trial(kind, chosen)

const holdsTrack = (state: Snapshot): boolean => state.matches('requesting') || state.matches('live')

/** Invariants after each step of any device. */
const invariants: Invariants<typeof deviceMachine> = {
  'a problem is set in failed only': ({ after }) => (after.context.problem !== null) === after.matches('failed'),
  'deviceId is set in live only': ({ after }) => (after.context.deviceId !== null) === after.matches('live'),
  'outside lobby and room only capture.allowed starts a capture': ({ before, event, after }) =>
    !before.matches('suspended') || event.type === 'capture.allowed' || after.matches('suspended'),
  'capture.disallowed ends every track': ({ event, after }) =>
    event.type !== 'capture.disallowed' || after.matches('suspended'),
  'capture.allowed restores devices that were on, and no others': ({ before, event, after }) => {
    if (event.type !== 'capture.allowed' || !before.matches('suspended')) return true
    return after.matches(before.matches({ suspended: 'on' }) ? 'requesting' : 'off')
  },
  'a shared screen does not return by itself': ({ after }) =>
    after.context.kind !== 'screen' || !after.matches({ suspended: 'on' }),
  'capture.disallowed stores whether the device was on': ({ before, event, after }) =>
    event.type !== 'capture.disallowed' ||
    before.matches('suspended') ||
    after.context.kind === 'screen' ||
    after.matches({ suspended: before.matches('off') ? 'off' : 'on' }),
  'only the user mutes and unmutes': ({ before, event, after }) =>
    before.context.isMutedByUser === after.context.isMutedByUser || event.type.startsWith('user.'),
  'a live device is muted exactly when the user has muted it': ({ after }) =>
    !after.matches('live') || after.matches({ live: 'muted' }) === after.context.isMutedByUser,
  'a shared screen is never "denied": closing the picker is an answer': ({ after }) =>
    after.context.kind !== 'screen' || after.context.problem !== 'denied' || after.context.replacementReason === null,
  'isTrackMuted is set in live only': ({ after }) => !after.context.isTrackMuted || after.matches('live'),
}

describe.each(['camera', 'screen'] as const)('every step of a %s', (kind) => {
  const explored = [...explore(deviceMachine, explorationOf(kind))]
  const steps = explored.map(([step]) => step)

  test.each(Object.entries(invariants))('%s', (_, holds) => {
    const broken = steps.find((step) => !holds(step))
    expect(broken && wayTo(broken)).toBeUndefined()
  })

  test('on a path to any state there is one live track while requesting or live, and none otherwise', () => {
    const firsts = explored.filter(([, isFirst]) => isFirst).map(([step]) => step)
    const inner = new Set(firsts.map(({ previous }) => previous))
    // A longer path covers the paths to the states along it.
    for (const last of firsts.filter((step) => !inner.has(step))) {
      const path = stepsTo(last)
      const trial = tryOut(kind)
      for (const { event } of path) {
        if (event.type.startsWith('xstate.after')) trial.clock.increment(timeouts.deviceStableAfterMs)
        else trial.send(event)
        const live = trial.tracks.filter(({ isLive }) => isLive)
        expect(live.length, JSON.stringify(path.map((step) => step.event))).toBe(holdsTrack(trial.state) ? 1 : 0)
        const order = live[0]?.orders.findLast(({ type }) => type !== 'checkDevice')?.type
        if (trial.state.matches('live'))
          expect(order).toBe(trial.state.matches({ live: 'muted' }) ? 'disableTrack' : 'enableTrack')
      }
      trial.actor.stop()
      expect(trial.tracks.filter(({ isLive }) => isLive)).toEqual([])
    }
  })
})

describe('the invariants detect a device machine that', () => {
  const nothing = (): void => {}
  const without = (...names: string[]): typeof deviceMachine =>
    deviceMachine.provide({
      actions: Object.fromEntries(names.map((name) => [name, nothing])),
    } as never) as typeof deviceMachine

  test.each([
    [
      'does not store that it was muted',
      without('setMutedByUser'),
      'a live device is muted exactly when the user has muted it',
    ],
    ['keeps its problem', without('clearProblem'), 'a problem is set in failed only'],
    ['keeps its track', without('stopCapture'), 'deviceId is set in live only'],
    [
      'restores a shared screen',
      deviceMachine.provide({ guards: { isScreen: () => false } }) as typeof deviceMachine,
      'a shared screen does not return by itself',
    ],
  ] as const)('%s', (_, broken, invariant) => {
    const kinds = ['camera', 'screen'] as const
    expect(breaks(broken, kinds.map(explorationOf), invariants[invariant]!)).toBe(true)
  })
})

describe('a device', () => {
  const live = () => tryOut('microphone').send({ type: 'user.switchedOn' }, opened)

  test('is unmuted only once it is live', () => {
    const trial = tryOut('microphone').send({ type: 'user.switchedOn' })
    expect(trial.orders).toEqual([[]])
    expect(trial.send(opened).orders).toEqual([[{ type: 'enableTrack' }]])
  })

  test('keeps its track while muted', () => {
    const { state, tracks } = live().send({ type: 'user.muted' })
    expect(state.value).toEqual({ live: 'muted' })
    expect(tracks).toEqual([
      expect.objectContaining({ isLive: true, orders: [{ type: 'enableTrack' }, { type: 'disableTrack' }] }),
    ])
  })

  test('releases its track when switched off, and requests the same choice again', () => {
    const trial = live().send({ type: 'device.selected', deviceId: 'two' }, opened, { type: 'user.switchedOff' })
    expect(trial.tracks.map(({ isLive }) => isLive)).toEqual([false, false])
    expect(trial.send({ type: 'user.switchedOn' }).asked).toEqual(['two', 'one'])
  })

  test('stays muted when another device is selected', () => {
    const { state, tracks } = live().send({ type: 'user.muted' }, { type: 'device.selected', deviceId: 'two' }, opened)
    expect(state.value).toEqual({ live: 'muted' })
    expect(tracks.at(-1)?.orders).toEqual([{ type: 'disableTrack' }])
  })

  test.each(problems)('fails with %s, and tries again on user.retried', (problem) => {
    const trial = tryOut('camera').send({ type: 'user.switchedOn' }, refused(problem))
    expect([trial.state.value, trial.state.context.problem]).toEqual(['failed', problem])
    expect(trial.send({ type: 'user.retried' }).tracks).toHaveLength(2)
  })

  test.each([
    ['missing', appeared('two')],
    ['unplugged', appeared()],
    ['stalled', appeared()],
    ['denied', { type: 'permission.granted' }],
    ['denied-by-system', { type: 'permission.granted' }],
  ] as const)('that failed with %s tries again on %j', (problem, fact) => {
    expect(tryOut('camera').send({ type: 'user.switchedOn' }, refused(problem), fact).state.value).toBe('requesting')
  })

  test.each([
    ['busy', appeared('two')],
    ['denied', appeared('two')],
    ['missing', { type: 'permission.granted' }],
  ] as const)('that failed with %s does not try again on %j', (problem, fact) => {
    expect(tryOut('camera').send({ type: 'user.switchedOn' }, refused(problem), fact).state.value).toBe('failed')
  })

  test('of kind screen is off after sharing ends or the picker closes, and fails otherwise', () => {
    const on: DeviceEvent = { type: 'user.switchedOn' }
    expect(tryOut('screen').send(on, opened, ended).state.value).toBe('off')
    expect(tryOut('screen').send(on, refused('denied')).state.value).toBe('off')
    expect(tryOut('screen').send(on, refused('denied-by-system')).state.value).toBe('failed')
  })

  test('releases its track when the actor stops', () => {
    const { actor, tracks } = live()
    actor.stop()
    expect(tracks.map(({ isLive }) => isLive)).toEqual([false])
  })
})

describe('a lost device', () => {
  const live = (chosen: string | null = 'one') => tryOut('microphone', chosen).send({ type: 'user.switchedOn' }, opened)

  test('is replaced by another one; fallbackReason stays until that one is stable', () => {
    const trial = live().send(ended)
    expect([trial.state.value, trial.asked]).toEqual(['requesting', ['one']])
    trial.send(openedInstead)
    expect(trial.state).toMatchObject({
      value: { live: 'unmuted' },
      context: { fallbackReason: 'unplugged', label: 'Camera Three', selectedDeviceId: 'one' },
    })
    trial.clock.increment(timeouts.deviceStableAfterMs)
    expect(trial.state).toMatchObject({ value: { live: 'unmuted' }, context: { fallbackReason: null } })
  })

  test('fails with unplugged without another device', () => {
    expect(live().send(ended, refused('missing')).state).toMatchObject({
      value: 'failed',
      context: { problem: 'unplugged' },
    })
  })

  test('stays muted, and one press unmutes it', () => {
    const trial = live().send({ type: 'user.muted' }, ended, refused('missing'))
    trial.send({ type: 'user.switchedOn' }, opened)
    expect(trial.state.value).toEqual({ live: 'unmuted' })
    const returned = live().send({ type: 'user.muted' }, ended, refused('missing'), appeared('one'), opened)
    expect(returned.state.value).toEqual({ live: 'muted' })
  })

  test('is used again when it returns, if the user selected it', () => {
    const trial = live().send(ended, openedInstead, appeared('four'))
    expect(trial.state.value).toEqual({ live: 'unmuted' })
    trial.send(appeared('one'))
    expect([trial.state.value, trial.asked]).toEqual(['requesting', ['one', 'three']])
    expect(trial.send(opened).state.context).toMatchObject({ deviceId: 'one', fallbackReason: null })
    expect(live(null).send(ended, openedInstead, appeared('one')).state.value).toEqual({ live: 'unmuted' })
  })

  test('fails after the third replacement in a row that ends at once', () => {
    const trial = live().send(ended, opened, ended, opened)
    expect(trial.state.value).toEqual({ live: 'unmuted' })
    expect(trial.send(ended).state).toMatchObject({ value: 'failed', context: { problem: 'unplugged' } })
    const steady = live().send(ended, opened, ended, opened)
    steady.clock.increment(timeouts.deviceStableAfterMs)
    expect(steady.send(ended).state.value).toBe('requesting')
  })
})

describe('a device without data', () => {
  const live = () => tryOut('microphone', 'one').send({ type: 'user.switchedOn' }, opened)

  test('is replaced by any other device, because it could open and deliver nothing again', () => {
    const trial = live().send({ type: 'track.stalled' })
    expect(trial.asked).toEqual([])
    expect(trial.send(openedInstead).state.context).toMatchObject({ fallbackReason: 'stalled', deviceId: 'three' })
  })

  test('fails with stalled if no other device delivers', () => {
    const trial = live()
    for (let time = 0; time < 3; time++) trial.send({ type: 'track.stalled' }, opened)
    expect(trial.state).toMatchObject({ value: 'failed', context: { problem: 'stalled' } })
  })

  test('is checked after digital silence', () => {
    expect(live().send({ type: 'silence.detected' }).orders.at(-1)).toEqual([
      { type: 'enableTrack' },
      { type: 'checkDevice' },
    ])
  })

  test('is not a shared screen without changes', () => {
    expect(tryOut('screen').send({ type: 'user.switchedOn' }, opened, { type: 'track.stalled' }).state.value).toEqual({
      live: 'unmuted',
    })
  })
})

describe('a selected device', () => {
  const choice: DeviceEvent = { type: 'device.selected', deviceId: 'two' }
  const live = () => tryOut('camera').send({ type: 'user.switchedOn' }, opened)

  test('is requested first, then the current one', () => {
    expect(live().send(choice).asked).toEqual(['two', 'one'])
  })

  test('that does not start keeps the current one, with a fallbackReason', () => {
    expect(live().send(choice, { ...opened, preferredProblem: 'busy' } as DeviceEvent).state).toMatchObject({
      value: { live: 'unmuted' },
      context: { deviceId: 'one', selectedDeviceId: 'two', fallbackReason: 'busy' },
    })
  })

  test('that starts has no fallbackReason', () => {
    expect(live().send(choice, { ...opened, deviceId: 'two' } as DeviceEvent).state.context).toMatchObject({
      deviceId: 'two',
      fallbackReason: null,
    })
  })
})

describe('a revoked permission', () => {
  const live = () => tryOut('camera').send({ type: 'user.switchedOn' }, opened)
  const withdrawn: DeviceEvent = { type: 'permission.revoked' }

  test.each([
    ['ends the track with a reason', [{ type: 'track.ended', problem: 'denied' }]],
    ['arrives before the track ends', [withdrawn]],
    ['arrives after the device seemed to be unplugged', [ended, refused('missing'), withdrawn]],
    ['rejects the next request', [ended, refused('denied')]],
  ] as [string, DeviceEvent[]][])('fails with denied, not with unplugged: it %s', (_, events) => {
    const trial = live().send(...events)
    expect(trial.state).toMatchObject({ value: 'failed', context: { problem: 'denied' } })
    expect(trial.send(appeared('one')).state.value).toBe('failed')
    expect(trial.send({ type: 'permission.granted' }, opened).state.value).toEqual({ live: 'unmuted' })
  })
})

describe('a device and the membership', () => {
  const live = (kind: DeviceKind = 'camera') => tryOut(kind).send({ type: 'user.switchedOn' }, opened)
  const over: DeviceEvent = { type: 'capture.disallowed' }
  const anew: DeviceEvent = { type: 'capture.allowed' }

  test('capture.disallowed releases the track at once', () => {
    const trial = live().send(over)
    expect([trial.state.value, trial.tracks.map(({ isLive }) => isLive)]).toEqual([{ suspended: 'on' }, [false]])
  })

  test('capture.allowed keeps muted and off, retries a failed device, and does not share a screen again', () => {
    expect(live('microphone').send({ type: 'user.muted' }, over, anew, opened).state.value).toEqual({ live: 'muted' })
    expect(live().send({ type: 'user.switchedOff' }, over, anew).state.value).toBe('off')
    expect(tryOut('camera').send({ type: 'user.switchedOn' }, refused('busy'), over, anew).state.value).toBe(
      'requesting',
    )
    expect(live('screen').send(over, anew).state.value).toBe('off')
  })

  test('capture.disallowed during a prompt drops the device that the prompt returns', () => {
    const trial = tryOut('camera').send({ type: 'user.switchedOn' }, over)
    expect([trial.state.value, trial.tracks[0]?.isLive]).toEqual([{ suspended: 'on' }, false])
  })
})

test('isTrackMuted stays until the track is unmuted or replaced', () => {
  const trial = tryOut('microphone').send({ type: 'user.switchedOn' }, opened, { type: 'track.muted' })
  expect(trial.state).toMatchObject({ value: { live: 'unmuted' }, context: { isTrackMuted: true } })
  expect(trial.send({ type: 'track.unmuted' }).state.context.isTrackMuted).toBe(false)
  expect(trial.send({ type: 'track.muted' }, ended, opened).state.context.isTrackMuted).toBe(false)
})

test('a dismissed problem stays dismissed until the next problem', () => {
  const trial = tryOut('camera').send({ type: 'user.switchedOn' }, refused('busy'), { type: 'user.dismissed' })
  expect(trial.state.context.isProblemDismissed).toBe(true)
  expect(trial.send({ type: 'user.retried' }, refused('busy')).state.context.isProblemDismissed).toBe(false)
})
