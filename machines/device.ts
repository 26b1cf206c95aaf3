import { assertEvent, assign, enqueueActions, fromCallback, sendTo, setup } from 'xstate'

/** One microphone, camera or shared screen: whether it is on, and if not, why. The track lives in the actor `capture`. */

export type DeviceKind = 'microphone' | 'camera' | 'screen'

/** Why there is no picture or sound of one's own. Stable: texts may change, these do not. */
export type DeviceProblem =
  | 'denied'           // the person said no
  | 'denied-by-system' // the operating system, or the page's own policy
  | 'missing'          // there is none
  | 'busy'             // another program has it
  | 'unsuitable'       // it cannot do what was asked of it
  | 'insecure'         // not on https, so the browser offers none
  | 'unsupported'      // a secure page, and still the browser offers none: an app's own browser
  | 'unplugged'        // it went away while in use
  | 'unknown'

export interface DeviceContext {
  kind: DeviceKind
  /** The one that the person chose; null: any. */
  chosen: string | null
  /** The one in use, while there is one. */
  deviceId: string | null
  label: string | null
  problem: DeviceProblem | null
}

export type DeviceFact =
  // of the person
  | { type: 'user.switchedOn' } | { type: 'user.switchedOff' }
  | { type: 'user.muted' } | { type: 'user.unmuted' } | { type: 'user.retried' }
  | { type: 'device.chosen'; deviceId: string }
  // of the browser
  | { type: 'device.appeared' } | { type: 'permission.granted' }
  | CaptureFact

/** What the actor `capture` (one track) reports. */
export type CaptureFact =
  | { type: 'device.opened'; deviceId: string; label: string }
  | { type: 'device.refused'; problem: DeviceProblem }
  /** Pulled out, or a shared screen that the person stopped sharing in the browser's own bar. */
  | { type: 'device.ended' }

/** What that actor is told. A track is born silent: nothing is heard before the machine says so. */
export type CaptureOrder = { type: 'mute' } | { type: 'unmute' }

export type CaptureInput = { kind: DeviceKind; deviceId: string | null }

export const device = setup({
  types: {
    context: {} as DeviceContext,
    events: {} as DeviceFact,
    input: {} as { kind: DeviceKind; chosen: string | null },
  },
  actors: {
    /** One track, from asking for it to its end. */
    capture: fromCallback<CaptureOrder, CaptureInput, CaptureFact>(() => {
      throw new Error('the browser provides the actor "capture"')
    }),
  },
  guards: {
    isScreen: ({ context }) => context.kind === 'screen',
    /** Closing the browser's picker is an answer, not a problem. */
    isScreenRefused: ({ context, event }) =>
      context.kind === 'screen' && event.type === 'device.refused' && event.problem === 'denied',
    isAbsent: ({ context }) => context.problem === 'missing' || context.problem === 'unplugged',
    isDenied: ({ context }) => context.problem === 'denied' || context.problem === 'denied-by-system',
  },
  actions: {
    capture: enqueueActions(({ context, enqueue }) => {
      enqueue.stopChild('capture')
      enqueue.spawnChild('capture', { id: 'capture', input: { kind: context.kind, deviceId: context.chosen } })
    }),
    release: enqueueActions(({ enqueue }) => {
      enqueue.stopChild('capture')
      enqueue.assign({ deviceId: null, label: null })
    }),
    mute: sendTo('capture', { type: 'mute' }),
    unmute: sendTo('capture', { type: 'unmute' }),
    noteChoice: assign(({ event }) => {
      assertEvent(event, 'device.chosen')
      return { chosen: event.deviceId }
    }),
    noteDevice: assign(({ event }) => {
      assertEvent(event, 'device.opened')
      return { deviceId: event.deviceId, label: event.label }
    }),
    noteProblem: assign(({ event }) => {
      assertEvent(event, 'device.refused')
      return { problem: event.problem }
    }),
    noteUnplugged: assign({ problem: 'unplugged' }),
    forgetProblem: assign({ problem: null }),
  },
}).createMachine({
  id: 'device',
  context: ({ input }) => ({ ...input, deviceId: null, label: null, problem: null }),
  initial: 'off',
  states: {
    /** Not in use: its light is off. */
    off: {
      entry: ['release', 'forgetProblem'],
      on: { 'user.switchedOn': 'asking' },
    },
    /** The browser, or the person, is asked for it. */
    asking: {
      entry: ['release', 'forgetProblem', 'capture'],
      on: {
        'device.opened': { target: 'live.before', actions: 'noteDevice' },
        'device.refused': [{ guard: 'isScreenRefused', target: 'off' }, { target: 'failed', actions: 'noteProblem' }],
        'device.chosen': { target: 'asking', reenter: true, actions: 'noteChoice' },
        'user.switchedOff': 'off',
      },
    },
    live: {
      initial: 'open',
      states: {
        open: { entry: 'unmute', on: { 'user.muted': 'muted' } },
        /** Still ours, so that it speaks again at once; what it hears goes nowhere. */
        muted: { entry: 'mute', on: { 'user.unmuted': 'open' } },
        /** Who was muted stays so through a change of device. */
        before: { type: 'history', target: 'open' },
      },
      on: {
        'device.ended': [{ guard: 'isScreen', target: 'off' }, { target: 'failed', actions: 'noteUnplugged' }],
        'device.chosen': { target: 'asking', actions: 'noteChoice' },
        'user.switchedOff': 'off',
      },
    },
    /** `problem` says why. */
    failed: {
      entry: 'release',
      on: {
        'user.retried': 'asking',
        'user.switchedOn': 'asking',
        'user.switchedOff': 'off',
        'device.chosen': { target: 'asking', actions: 'noteChoice' },
        'device.appeared': { guard: 'isAbsent', target: 'asking' },
        'permission.granted': { guard: 'isDenied', target: 'asking' },
      },
    },
  },
  on: { 'device.chosen': { actions: 'noteChoice' } },
})
