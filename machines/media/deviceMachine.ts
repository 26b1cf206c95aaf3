import { assertEvent, assign, enqueueActions, fromCallback, or, sendTo, setup } from 'xstate'
import { timers } from '../protocol/timeouts.ts'
import type { DeviceKind, DeviceProblem } from '../protocol/vocabulary.ts'

/** One microphone, camera or shared screen: whether it is on, and if not, why. The track lives in the actor `capture`. */

export interface DeviceContext {
  kind: DeviceKind
  /** The id of the device that the person chose; null: any. */
  chosen: string | null
  /** The id of the device in use, while there is one. */
  deviceId: string | null
  label: string | null
  /** The id of the device that was opened last: the next to try where the chosen one does not start. */
  working: string | null
  problem: DeviceProblem | null
  /** The person dismissed the banner about `problem`. */
  isDismissed: boolean
  /** The person wants silence. Outlasts the track, so that a device comes back as it was. */
  isMuted: boolean
  /** The system, or a switch on the device, silences the track (`MediaStreamTrack.muted`). */
  isSilenced: boolean
  /** Why another device is asked for: the one in use failed like this, or the person chose another. */
  reason: DeviceProblem | 'chosen' | null
  /** Why the device in use stands in for the one that was wanted; null after a moment. */
  instead: DeviceProblem | null
  /** How many tracks in a row ended or stalled before they were steady. */
  failures: number
}

export type DeviceFact =
  // of the person
  | { type: 'user.switchedOn' } | { type: 'user.switchedOff' }
  | { type: 'user.muted' } | { type: 'user.unmuted' } | { type: 'user.retried' } | { type: 'user.dismissed' }
  | { type: 'device.chosen'; deviceId: string }
  // of the visit: the person leaves lobby and room, or comes back; for a screen, the call ends or begins
  | { type: 'visit.ended' } | { type: 'visit.began' }
  // of the browser; `deviceIds`: those that were not there before
  | { type: 'device.appeared'; deviceIds: readonly string[] }
  | { type: 'permission.granted' } | { type: 'permission.withdrawn' }
  // of the counters of the connection: nothing but silence comes; nothing at all comes
  | { type: 'device.doubted' } | { type: 'device.stalled' }
  | CaptureFact

/** What the actor `capture` (one track) reports. */
export type CaptureFact =
  /** `refusal`: why a device that was to be preferred did not start; null: the first choice did. */
  | { type: 'device.opened'; deviceId: string; label: string; refusal: DeviceProblem | null }
  | { type: 'device.refused'; problem: DeviceProblem }
  /** Pulled out, forbidden, or a shared screen that the person stopped sharing in the browser's own bar. */
  | { type: 'device.ended'; problem: DeviceProblem }
  /** The system, or a switch on the device, silences the track, or does so no more. */
  | { type: 'track.muted' } | { type: 'track.unmuted' }

/** What that actor is told. A track is born silent: nothing is heard before the machine says so. `look`: see whether the device is still there. */
export type CaptureOrder = { type: 'mute' } | { type: 'unmute' } | { type: 'look' }

/** `deviceIds`: to be tried in this order, before any other. */
export type CaptureInput = { kind: DeviceKind; deviceIds: readonly string[] }

/** So many tracks in a row that end or stall, and the device is given up. */
const maxFailures = 2

/** The devices to try, the best first; none after a stall, for a device that delivers nothing may still open. */
function candidatesOf({ chosen, working, reason }: DeviceContext): string[] {
  if (reason === 'stalled') return []
  return [...new Set([chosen, working])].filter((id) => id !== null)
}

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
  delays: { deviceSteady: timers.deviceSteady },
  guards: {
    isScreen: ({ context }) => context.kind === 'screen',
    isMuted: ({ context }) => context.isMuted,
    /** Closing the browser's picker is an answer, not a problem. */
    isScreenRefused: ({ context, event }) =>
      context.kind === 'screen' && event.type === 'device.refused' && event.problem === 'denied',
    isAbsent: ({ context }) => context.problem === 'missing' || context.problem === 'unplugged' || context.problem === 'stalled',
    isDenied: ({ context }) => context.problem === 'denied' || context.problem === 'denied-by-system',
    /** Another device is no help against a refusal. */
    isForbidden: ({ event }) => event.type === 'device.ended' && event.problem === 'denied',
    isWorn: ({ context }) => context.failures >= maxFailures,
    /** The chosen device, which another stood in for. */
    isChosenBack: ({ context: { chosen, deviceId }, event }) =>
      event.type === 'device.appeared' && chosen !== null && chosen !== deviceId && event.deviceIds.includes(chosen),
  },
  actions: {
    capture: enqueueActions(({ context, enqueue }) => {
      enqueue.stopChild('capture')
      enqueue.spawnChild('capture', { id: 'capture', input: { kind: context.kind, deviceIds: candidatesOf(context) } })
    }),
    release: enqueueActions(({ enqueue }) => {
      enqueue.stopChild('capture')
      enqueue.assign({ deviceId: null, label: null, isSilenced: false })
    }),
    mute: sendTo('capture', { type: 'mute' }),
    unmute: sendTo('capture', { type: 'unmute' }),
    look: sendTo('capture', { type: 'look' }),
    noteMuted: assign({ isMuted: true }),
    noteUnmuted: assign({ isMuted: false }),
    noteSilenced: assign({ isSilenced: true }),
    noteHeard: assign({ isSilenced: false }),
    noteChoice: assign(({ event }) => {
      assertEvent(event, 'device.chosen')
      return { chosen: event.deviceId, reason: 'chosen', failures: 0 } as const
    }),
    noteDevice: assign(({ context: { reason, working }, event }) => {
      assertEvent(event, 'device.opened')
      const { deviceId, label, refusal } = event
      const instead = reason === 'chosen' ? refusal : deviceId === working ? null : reason
      return { deviceId, label, working: deviceId, instead, reason: null }
    }),
    noteRefusal: assign(({ context: { reason }, event }) => {
      assertEvent(event, 'device.refused')
      // There is no other: what happened to the one in use says more.
      const isLost = event.problem === 'missing' && reason !== null && reason !== 'chosen'
      return { problem: isLost ? reason : event.problem, reason: null }
    }),
    noteEnd: assign(({ event }) => {
      assertEvent(event, 'device.ended')
      return { problem: event.problem }
    }),
    noteStall: assign({ problem: 'stalled' }),
    noteWithdrawal: assign({ problem: 'denied', isDismissed: false }),
    /** The track before is the reason to ask for another. */
    replaceEnded: assign(({ context: { failures }, event }) => {
      assertEvent(event, 'device.ended')
      return { reason: event.problem, failures: failures + 1 }
    }),
    replaceStalled: assign(({ context: { failures } }) => ({ reason: 'stalled', failures: failures + 1 }) as const),
    noteSteady: assign({ instead: null, failures: 0 }),
    /** Whatever the person asks for begins with a clean slate. */
    hopeAgain: assign({ reason: null, failures: 0 }),
    noteDismissal: assign({ isDismissed: true }),
    forgetProblem: assign({ problem: null, isDismissed: false, instead: null }),
  },
}).createMachine({
  id: 'device',
  context: ({ input }) => ({
    ...input, deviceId: null, label: null, working: null, problem: null, isDismissed: false, isMuted: false, isSilenced: false, reason: null, instead: null,
    failures: 0,
  }),
  initial: 'off',
  states: {
    /** Not in use: its light is off. */
    off: {
      entry: ['release', 'forgetProblem'],
      on: { 'user.switchedOn': { target: 'asking', actions: ['noteUnmuted', 'hopeAgain'] }, 'visit.ended': 'suspended.off' },
    },
    /** The browser, or the person, is asked for it. */
    asking: {
      entry: ['release', 'forgetProblem', 'capture'],
      on: {
        'device.opened': [
          { guard: 'isMuted', target: 'live.muted', actions: 'noteDevice' },
          { target: 'live.open', actions: 'noteDevice' },
        ],
        'device.refused': [{ guard: 'isScreenRefused', target: 'off' }, { target: 'failed', actions: 'noteRefusal' }],
        'device.chosen': { target: 'asking', reenter: true, actions: 'noteChoice' },
        'user.switchedOff': 'off',
      },
    },
    live: {
      initial: 'open',
      states: {
        open: { entry: 'unmute', on: { 'user.muted': { target: 'muted', actions: 'noteMuted' } } },
        /** Still ours, so that it speaks again at once; what it hears goes nowhere. */
        muted: { entry: 'mute', on: { 'user.unmuted': { target: 'open', actions: 'noteUnmuted' } } },
      },
      on: {
        'device.ended': [
          { guard: 'isScreen', target: 'off' },
          { guard: or(['isForbidden', 'isWorn']), target: 'failed', actions: 'noteEnd' },
          { target: 'asking', actions: 'replaceEnded' },
        ],
        'device.doubted': { actions: 'look' },
        'device.stalled': [
          { guard: 'isScreen' },
          { guard: 'isWorn', target: 'failed', actions: 'noteStall' },
          { target: 'asking', actions: 'replaceStalled' },
        ],
        'device.appeared': { guard: 'isChosenBack', target: 'asking', actions: 'hopeAgain' },
        'device.chosen': { target: 'asking', actions: 'noteChoice' },
        'track.muted': { actions: 'noteSilenced' },
        'track.unmuted': { actions: 'noteHeard' },
        'permission.withdrawn': [{ guard: 'isScreen' }, { target: 'failed', actions: 'noteWithdrawal' }],
        'user.switchedOff': 'off',
      },
      after: { deviceSteady: { actions: 'noteSteady' } },
    },
    /** `problem` says why. */
    failed: {
      entry: 'release',
      on: {
        'user.retried': { target: 'asking', actions: 'hopeAgain' },
        /** The person wants to be seen or heard: one press is enough. */
        'user.switchedOn': { target: 'asking', actions: ['noteUnmuted', 'hopeAgain'] },
        'user.switchedOff': 'off',
        'user.dismissed': { actions: 'noteDismissal' },
        'device.chosen': { target: 'asking', actions: 'noteChoice' },
        'device.appeared': { guard: 'isAbsent', target: 'asking', actions: 'hopeAgain' },
        'permission.granted': { guard: 'isDenied', target: 'asking', actions: 'hopeAgain' },
        'permission.withdrawn': { guard: 'isAbsent', actions: 'noteWithdrawal' },
      },
    },
    /** The person is in no lobby and no room: no track is live, whatever happens. It comes back as it was; a shared screen does not. */
    suspended: {
      entry: ['release', 'forgetProblem', 'hopeAgain'],
      initial: 'off',
      states: {
        on: { on: { 'visit.began': '#device.asking', 'user.switchedOff': 'off' } },
        off: {
          on: {
            'visit.began': '#device.off',
            'user.switchedOn': [{ guard: 'isScreen' }, { target: 'on', actions: 'noteUnmuted' }],
          },
        },
      },
      on: { 'visit.ended': {} },
    },
  },
  on: {
    'device.chosen': { actions: 'noteChoice' },
    'user.muted': { actions: 'noteMuted' },
    'user.unmuted': { actions: 'noteUnmuted' },
    'visit.ended': [{ guard: 'isScreen', target: '.suspended.off' }, { target: '.suspended.on' }],
  },
})
