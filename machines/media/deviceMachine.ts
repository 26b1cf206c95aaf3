import { assertEvent, assign, enqueueActions, fromCallback, or, sendTo, setup } from 'xstate'
import { timeouts } from '../protocol/timeouts.ts'
import type { DeviceKind, DeviceProblem } from '../protocol/vocabulary.ts'

/** One microphone, camera or shared screen: whether it is on, and if not, why. The track lives in the actor `capture`. */

export interface DeviceContext {
  kind: DeviceKind
  /** The id of the device that the user selected; null: any. */
  selectedDeviceId: string | null
  /** The id of the device in use, while there is one. */
  deviceId: string | null
  label: string | null
  /** The id of the device that was opened last: the next to try where the selected one does not start. */
  lastWorkingDeviceId: string | null
  problem: DeviceProblem | null
  /** The person dismissed the banner about `problem`. */
  isProblemDismissed: boolean
  /** The person wants silence. Outlasts the track, so that a device comes back as it was. */
  isMuted: boolean
  /** The system, or a switch on the device, silences the track (`MediaStreamTrack.muted`). */
  isTrackMuted: boolean
  /** Why another device is requested: the problem of the last one, or the user selected another. */
  replacementReason: DeviceProblem | 'selected' | null
  /** Why the device in use is a fallback for the wanted one; null once it is stable. */
  fallbackReason: DeviceProblem | null
  /** Number of tracks in a row that ended or stalled before they were stable. */
  consecutiveFailures: number
}

export type DeviceEvent =
  // of the person
  | { type: 'user.switchedOn' }
  | { type: 'user.switchedOff' }
  | { type: 'user.muted' }
  | { type: 'user.unmuted' }
  | { type: 'user.retried' }
  | { type: 'user.dismissed' }
  | { type: 'device.selected'; deviceId: string }
  // of membership and call: whether a track may live (capture.ts)
  | { type: 'capture.disallowed' }
  | { type: 'capture.allowed' }
  // of the browser; `addedDeviceIds`: the new ones
  | { type: 'devices.changed'; addedDeviceIds: readonly string[] }
  | { type: 'permission.granted' }
  | { type: 'permission.revoked' }
  // of the counters of the connection: only silence, or nothing at all, for a while
  | { type: 'track.silent' }
  | { type: 'track.stalled' }
  | CaptureEvent

/** What the actor `capture` (one track) reports. */
export type CaptureEvent =
  /** `preferredProblem`: why a preferred device did not start; null: the first choice did. */
  | { type: 'device.opened'; deviceId: string; label: string; preferredProblem: DeviceProblem | null }
  | { type: 'device.rejected'; problem: DeviceProblem }
  /** Pulled out, forbidden, or a shared screen that the person stopped sharing in the browser's own bar. */
  | { type: 'track.ended'; problem: DeviceProblem }
  /** The system, or a switch on the device, silences the track, or does so no more. */
  | { type: 'track.muted' }
  | { type: 'track.unmuted' }

/** Commands to that actor. A track starts muted until `unmute`. `checkDevice`: check whether the device is still present. */
export type CaptureCommand = { type: 'mute' } | { type: 'unmute' } | { type: 'checkDevice' }

/** `deviceIds`: to be tried in this order, before any other. */
export type CaptureInput = { kind: DeviceKind; deviceIds: readonly string[] }

/** After more failures in a row the device is `failed`. */
const maxConsecutiveFailures = 2

/** The devices to try, the best first; none after a stall, for a device that delivers nothing may still open. */
function preferredDeviceIds({ selectedDeviceId, lastWorkingDeviceId, replacementReason }: DeviceContext): string[] {
  if (replacementReason === 'stalled') return []
  return [...new Set([selectedDeviceId, lastWorkingDeviceId])].filter((id) => id !== null)
}

export const deviceMachine = setup({
  types: {
    context: {} as DeviceContext,
    events: {} as DeviceEvent,
    input: {} as { kind: DeviceKind; selectedDeviceId: string | null },
  },
  actors: {
    /** One track, from asking for it to its end. */
    capture: fromCallback<CaptureCommand, CaptureInput, CaptureEvent>(() => {
      throw new Error('the browser provides the actor "capture"')
    }),
  },
  delays: { deviceStableAfter: timeouts.deviceStableAfterMs },
  guards: {
    isScreen: ({ context }) => context.kind === 'screen',
    isMuted: ({ context }) => context.isMuted,
    /** Closing the browser's picker is an answer, not a problem. */
    isScreenPickerCancelled: ({ context, event }) =>
      context.kind === 'screen' && event.type === 'device.rejected' && event.problem === 'denied',
    isUnavailable: ({ context }) =>
      context.problem === 'missing' || context.problem === 'unplugged' || context.problem === 'stalled',
    isDenied: ({ context }) => context.problem === 'denied' || context.problem === 'denied-by-system',
    /** Another device is no help against a refusal. */
    isPermissionRevoked: ({ event }) => event.type === 'track.ended' && event.problem === 'denied',
    hasExhaustedRetries: ({ context }) => context.consecutiveFailures >= maxConsecutiveFailures,
    /** The selected device is present again, and a fallback is in use. */
    isSelectedDeviceBack: ({ context: { selectedDeviceId, deviceId }, event }) =>
      event.type === 'devices.changed' &&
      selectedDeviceId !== null &&
      selectedDeviceId !== deviceId &&
      event.addedDeviceIds.includes(selectedDeviceId),
  },
  actions: {
    startCapture: enqueueActions(({ context, enqueue }) => {
      enqueue.stopChild('capture')
      enqueue.spawnChild('capture', {
        id: 'capture',
        input: { kind: context.kind, deviceIds: preferredDeviceIds(context) },
      })
    }),
    stopCapture: enqueueActions(({ enqueue }) => {
      enqueue.stopChild('capture')
      enqueue.assign({ deviceId: null, label: null, isTrackMuted: false })
    }),
    mute: sendTo('capture', { type: 'mute' }),
    unmute: sendTo('capture', { type: 'unmute' }),
    checkDevice: sendTo('capture', { type: 'checkDevice' }),
    setMuted: assign({ isMuted: true }),
    setUnmuted: assign({ isMuted: false }),
    setTrackMuted: assign({ isTrackMuted: true }),
    setTrackUnmuted: assign({ isTrackMuted: false }),
    setSelection: assign(({ event }) => {
      assertEvent(event, 'device.selected')
      return { selectedDeviceId: event.deviceId, replacementReason: 'selected', consecutiveFailures: 0 } as const
    }),
    setDevice: assign(({ context: { replacementReason, lastWorkingDeviceId }, event }) => {
      assertEvent(event, 'device.opened')
      const { deviceId, label, preferredProblem } = event
      const fallbackReason =
        replacementReason === 'selected'
          ? preferredProblem
          : deviceId === lastWorkingDeviceId
            ? null
            : replacementReason
      return { deviceId, label, lastWorkingDeviceId: deviceId, fallbackReason, replacementReason: null }
    }),
    setRejection: assign(({ context: { replacementReason }, event }) => {
      assertEvent(event, 'device.rejected')
      // There is no other device, so the problem of the last one says more.
      const isLost = event.problem === 'missing' && replacementReason !== null && replacementReason !== 'selected'
      return { problem: isLost ? replacementReason : event.problem, replacementReason: null }
    }),
    setEndProblem: assign(({ event }) => {
      assertEvent(event, 'track.ended')
      return { problem: event.problem }
    }),
    setStalled: assign({ problem: 'stalled' }),
    setPermissionRevoked: assign({ problem: 'denied', isProblemDismissed: false }),
    /** The problem of the last track is the reason to request another. */
    replaceEnded: assign(({ context: { consecutiveFailures }, event }) => {
      assertEvent(event, 'track.ended')
      return { replacementReason: event.problem, consecutiveFailures: consecutiveFailures + 1 }
    }),
    replaceStalled: assign(
      ({ context: { consecutiveFailures } }) =>
        ({ replacementReason: 'stalled', consecutiveFailures: consecutiveFailures + 1 }) as const,
    ),
    setStable: assign({ fallbackReason: null, consecutiveFailures: 0 }),
    /** An action of the user starts without failures. */
    resetFailures: assign({ replacementReason: null, consecutiveFailures: 0 }),
    dismissProblem: assign({ isProblemDismissed: true }),
    clearProblem: assign({ problem: null, isProblemDismissed: false, fallbackReason: null }),
  },
}).createMachine({
  id: 'device',
  context: ({ input }) => ({
    ...input,
    deviceId: null,
    label: null,
    lastWorkingDeviceId: null,
    problem: null,
    isProblemDismissed: false,
    isMuted: false,
    isTrackMuted: false,
    replacementReason: null,
    fallbackReason: null,
    consecutiveFailures: 0,
  }),
  initial: 'off',
  states: {
    /** Not in use: its light is off. */
    off: {
      entry: ['stopCapture', 'clearProblem'],
      on: {
        'user.switchedOn': { target: 'requesting', actions: ['setUnmuted', 'resetFailures'] },
        'capture.disallowed': 'suspended.off',
      },
    },
    /** The browser, or the person, is asked for it. */
    requesting: {
      entry: ['stopCapture', 'clearProblem', 'startCapture'],
      on: {
        'device.opened': [
          { guard: 'isMuted', target: 'live.muted', actions: 'setDevice' },
          { target: 'live.unmuted', actions: 'setDevice' },
        ],
        'device.rejected': [
          { guard: 'isScreenPickerCancelled', target: 'off' },
          { target: 'failed', actions: 'setRejection' },
        ],
        'device.selected': { target: 'requesting', reenter: true, actions: 'setSelection' },
        'user.switchedOff': 'off',
      },
    },
    live: {
      initial: 'unmuted',
      states: {
        unmuted: { entry: 'unmute', on: { 'user.muted': { target: 'muted', actions: 'setMuted' } } },
        /** Still ours, so that it speaks again at once; what it hears goes nowhere. */
        muted: { entry: 'mute', on: { 'user.unmuted': { target: 'unmuted', actions: 'setUnmuted' } } },
      },
      on: {
        'track.ended': [
          { guard: 'isScreen', target: 'off' },
          { guard: or(['isPermissionRevoked', 'hasExhaustedRetries']), target: 'failed', actions: 'setEndProblem' },
          { target: 'requesting', actions: 'replaceEnded' },
        ],
        'track.silent': { actions: 'checkDevice' },
        'track.stalled': [
          { guard: 'isScreen' },
          { guard: 'hasExhaustedRetries', target: 'failed', actions: 'setStalled' },
          { target: 'requesting', actions: 'replaceStalled' },
        ],
        'devices.changed': { guard: 'isSelectedDeviceBack', target: 'requesting', actions: 'resetFailures' },
        'device.selected': { target: 'requesting', actions: 'setSelection' },
        'track.muted': { actions: 'setTrackMuted' },
        'track.unmuted': { actions: 'setTrackUnmuted' },
        'permission.revoked': [{ guard: 'isScreen' }, { target: 'failed', actions: 'setPermissionRevoked' }],
        'user.switchedOff': 'off',
      },
      after: { deviceStableAfter: { actions: 'setStable' } },
    },
    /** `problem` says why. */
    failed: {
      entry: 'stopCapture',
      on: {
        'user.retried': { target: 'requesting', actions: 'resetFailures' },
        /** The person wants to be seen or heard: one press is enough. */
        'user.switchedOn': { target: 'requesting', actions: ['setUnmuted', 'resetFailures'] },
        'user.switchedOff': 'off',
        'user.dismissed': { actions: 'dismissProblem' },
        'device.selected': { target: 'requesting', actions: 'setSelection' },
        'devices.changed': { guard: 'isUnavailable', target: 'requesting', actions: 'resetFailures' },
        'permission.granted': { guard: 'isDenied', target: 'requesting', actions: 'resetFailures' },
        'permission.revoked': { guard: 'isUnavailable', actions: 'setPermissionRevoked' },
      },
    },
    /**
     * The user has left, or there is no call to share a screen in: no track is live. It comes back as it was; a shared screen
     * does not.
     */
    suspended: {
      entry: ['stopCapture', 'clearProblem', 'resetFailures'],
      initial: 'off',
      states: {
        on: { on: { 'capture.allowed': '#device.requesting', 'user.switchedOff': 'off' } },
        off: {
          on: {
            'capture.allowed': '#device.off',
            'user.switchedOn': [{ guard: 'isScreen' }, { target: 'on', actions: 'setUnmuted' }],
          },
        },
      },
      on: { 'capture.disallowed': {} },
    },
  },
  on: {
    'device.selected': { actions: 'setSelection' },
    'user.muted': { actions: 'setMuted' },
    'user.unmuted': { actions: 'setUnmuted' },
    'capture.disallowed': [{ guard: 'isScreen', target: '.suspended.off' }, { target: '.suspended.on' }],
  },
})
