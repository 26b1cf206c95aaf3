import { assertEvent, assign, enqueueActions, fromCallback, or, sendTo, setup } from 'xstate'
import {
  deviceEventDescriptions,
  type CaptureCommand,
  type CaptureEvent,
  type CaptureInput,
  type DeviceEvent,
} from './deviceEvents.ts'
import { timeouts } from '../protocol/timeouts.ts'
import type { DeviceKind, DeviceProblem } from '../protocol/vocabulary.ts'

/** Context of a device machine. */
export interface DeviceContext {
  kind: DeviceKind
  /** Id of the device that the user selected; null for any. */
  selectedDeviceId: string | null
  /** Id of the open device; null if none is open. */
  deviceId: string | null
  /** Label of the open device. */
  label: string | null
  /** Id of the device that was opened last. It is tried next if the selected one does not start. */
  lastWorkingDeviceId: string | null
  /** Why the device is `failed`. */
  problem: DeviceProblem | null
  /** True after the user dismissed the banner about `problem`. */
  isProblemDismissed: boolean
  /** True if the user muted the device: its track is disabled. It outlives the track, so that a device returns as it was. */
  isMutedByUser: boolean
  /** True if the track is muted (`MediaStreamTrack.muted`): the system, or a switch on the device, stops its media. */
  isTrackMuted: boolean
  /** Why another device is requested: the problem of the last one, or `selected` by the user. */
  replacementReason: DeviceProblem | 'selected' | null
  /** Why the open device is a fallback; null once it is stable. */
  fallbackReason: DeviceProblem | null
  /** Number of tracks in a row that ended or stalled before they were stable. */
  consecutiveFailures: number
}

/** After more failures in a row the device is `failed`. */
const maxConsecutiveFailures = 2

/** Returns the devices to try, the best first. After a stall it is empty, because a stalled device may still open. */
function preferredDeviceIds({ selectedDeviceId, lastWorkingDeviceId, replacementReason }: DeviceContext): string[] {
  if (replacementReason === 'stalled') return []
  return [...new Set([selectedDeviceId, lastWorkingDeviceId])].filter((id) => id !== null)
}

/** The actor `capture` owns the track. */
export const deviceMachine = setup({
  types: {
    context: {} as DeviceContext,
    events: {} as DeviceEvent,
    input: {} as { kind: DeviceKind; selectedDeviceId: string | null },
  },
  actors: {
    /** One track, from its request to its end. */
    capture: fromCallback<CaptureCommand, CaptureInput, CaptureEvent>(() => {
      throw new Error('the browser provides the actor "capture"')
    }),
  },
  delays: { deviceStableAfter: timeouts.deviceStableAfterMs },
  guards: {
    isScreen: ({ context }) => context.kind === 'screen',
    isMutedByUser: ({ context }) => context.isMutedByUser,
    /** Closing the browser's picker is a choice, not a problem. */
    isScreenPickerCancelled: ({ context, event }) =>
      context.kind === 'screen' && event.type === 'device.rejected' && event.problem === 'denied',
    isUnavailable: ({ context }) =>
      context.problem === 'missing' || context.problem === 'unplugged' || context.problem === 'stalled',
    isDenied: ({ context }) => context.problem === 'denied' || context.problem === 'denied-by-system',
    /** After a revoked permission, another device would fail, too. */
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
    disableTrack: sendTo('capture', { type: 'disableTrack' }),
    enableTrack: sendTo('capture', { type: 'enableTrack' }),
    checkDevice: sendTo('capture', { type: 'checkDevice' }),
    setMutedByUser: assign({ isMutedByUser: true }),
    setUnmutedByUser: assign({ isMutedByUser: false }),
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
      // No other device is present, so the problem of the last one is more useful.
      const isLost = event.problem === 'missing' && replacementReason !== null && replacementReason !== 'selected'
      return { problem: isLost ? replacementReason : event.problem, replacementReason: null }
    }),
    setEndProblem: assign(({ event }) => {
      assertEvent(event, 'track.ended')
      return { problem: event.problem }
    }),
    setStalled: assign({ problem: 'stalled' }),
    setPermissionRevoked: assign({ problem: 'denied', isProblemDismissed: false }),
    replaceEnded: assign(({ context: { consecutiveFailures }, event }) => {
      assertEvent(event, 'track.ended')
      return { replacementReason: event.problem, consecutiveFailures: consecutiveFailures + 1 }
    }),
    replaceStalled: assign(
      ({ context: { consecutiveFailures } }) =>
        ({ replacementReason: 'stalled', consecutiveFailures: consecutiveFailures + 1 }) as const,
    ),
    setStable: assign({ fallbackReason: null, consecutiveFailures: 0 }),
    /** An action of the user resets the failure count. */
    resetFailures: assign({ replacementReason: null, consecutiveFailures: 0 }),
    dismissProblem: assign({ isProblemDismissed: true }),
    clearProblem: assign({ problem: null, isProblemDismissed: false, fallbackReason: null }),
  },
}).createMachine({
  id: 'device',
  description: 'One microphone, camera or shared screen: whether it is on, and if not, why.',
  meta: { events: deviceEventDescriptions },
  context: ({ input }) => ({
    ...input,
    deviceId: null,
    label: null,
    lastWorkingDeviceId: null,
    problem: null,
    isProblemDismissed: false,
    isMutedByUser: false,
    isTrackMuted: false,
    replacementReason: null,
    fallbackReason: null,
    consecutiveFailures: 0,
  }),
  initial: 'off',
  states: {
    off: {
      description: 'Nothing is captured, and the light of a camera is off.',
      entry: ['stopCapture', 'clearProblem'],
      on: {
        'user.switchedOn': { target: 'requesting', actions: ['setUnmutedByUser', 'resetFailures'] },
        'capture.disallowed': 'suspended.off',
      },
    },
    requesting: {
      description: 'The browser opens the device, and may ask the user for permission.',
      entry: ['stopCapture', 'clearProblem', 'startCapture'],
      on: {
        'device.opened': [
          { guard: 'isMutedByUser', target: 'live.muted', actions: 'setDevice' },
          { target: 'live.unmuted', actions: 'setDevice' },
        ],
        'device.rejected': [
          { guard: 'isScreenPickerCancelled', target: 'off' },
          { target: 'failed', actions: 'setRejection' },
        ],
        'device.selected': { target: 'requesting', reenter: true, actions: 'setSelection' },
        'processing.changed': { target: 'requesting', reenter: true },
        'user.switchedOff': 'off',
      },
    },
    live: {
      description: 'The device is open.',
      initial: 'unmuted',
      states: {
        unmuted: {
          description: 'The track is sent.',
          entry: 'enableTrack',
          on: { 'user.muted': { target: 'muted', actions: 'setMutedByUser' } },
        },
        muted: {
          description:
            'The user muted the device: its track is disabled. The device stays open, so unmuting is instant.',
          entry: 'disableTrack',
          on: { 'user.unmuted': { target: 'unmuted', actions: 'setUnmutedByUser' } },
        },
      },
      on: {
        'track.ended': [
          { guard: 'isScreen', target: 'off' },
          { guard: or(['isPermissionRevoked', 'hasExhaustedRetries']), target: 'failed', actions: 'setEndProblem' },
          { target: 'requesting', actions: 'replaceEnded' },
        ],
        'silence.detected': { actions: 'checkDevice' },
        'track.stalled': [
          { guard: 'isScreen' },
          { guard: 'hasExhaustedRetries', target: 'failed', actions: 'setStalled' },
          { target: 'requesting', actions: 'replaceStalled' },
        ],
        'devices.changed': { guard: 'isSelectedDeviceBack', target: 'requesting', actions: 'resetFailures' },
        'device.selected': { target: 'requesting', actions: 'setSelection' },
        'processing.changed': { target: 'requesting', actions: 'resetFailures' },
        'track.muted': { actions: 'setTrackMuted' },
        'track.unmuted': { actions: 'setTrackUnmuted' },
        'permission.revoked': [{ guard: 'isScreen' }, { target: 'failed', actions: 'setPermissionRevoked' }],
        'user.switchedOff': 'off',
      },
      after: { deviceStableAfter: { actions: 'setStable' } },
    },
    failed: {
      description: 'The device doesn’t work. The problem is recorded.',
      entry: 'stopCapture',
      on: {
        'user.retried': { target: 'requesting', actions: 'resetFailures' },
        /** Also unmutes, so that one press is enough. */
        'user.switchedOn': { target: 'requesting', actions: ['setUnmutedByUser', 'resetFailures'] },
        'user.switchedOff': 'off',
        'user.dismissed': { actions: 'dismissProblem' },
        'device.selected': { target: 'requesting', actions: 'setSelection' },
        'devices.changed': { guard: 'isUnavailable', target: 'requesting', actions: 'resetFailures' },
        'permission.granted': { guard: 'isDenied', target: 'requesting', actions: 'resetFailures' },
        'permission.revoked': { guard: 'isUnavailable', actions: 'setPermissionRevoked' },
      },
    },
    suspended: {
      description: 'The user has left, or has no call to share a screen in. No track is live.',
      entry: ['stopCapture', 'clearProblem', 'resetFailures'],
      initial: 'off',
      states: {
        on: {
          description: 'The next join requests the device again.',
          on: { 'capture.allowed': '#device.requesting', 'user.switchedOff': 'off' },
        },
        off: {
          description: 'The next join leaves the device off.',
          on: {
            'capture.allowed': '#device.off',
            'user.switchedOn': [{ guard: 'isScreen' }, { target: 'on', actions: 'setUnmutedByUser' }],
          },
        },
      },
      on: { 'capture.disallowed': {} },
    },
  },
  on: {
    'device.selected': { actions: 'setSelection' },
    'user.muted': { actions: 'setMutedByUser' },
    'user.unmuted': { actions: 'setUnmutedByUser' },
    'capture.disallowed': [{ guard: 'isScreen', target: '.suspended.off' }, { target: '.suspended.on' }],
  },
})
