import type { DeviceKind, DeviceProblem } from '../protocol/vocabulary.ts'

/** Events of a device machine. */
export type DeviceEvent =
  // from the user
  | { type: 'user.switchedOn' }
  | { type: 'user.switchedOff' }
  | { type: 'user.muted' }
  | { type: 'user.unmuted' }
  | { type: 'user.retried' }
  | { type: 'user.dismissed' }
  | { type: 'device.selected'; deviceId: string }
  | { type: 'processing.changed' }
  // from membership and call (capture.ts)
  | { type: 'capture.disallowed' }
  | { type: 'capture.allowed' }
  // from the browser; `addedDeviceIds`: ids of the new devices
  | { type: 'devices.changed'; addedDeviceIds: readonly string[] }
  | { type: 'permission.granted' }
  | { type: 'permission.revoked' }
  // from the sender statistics
  | { type: 'silence.detected' }
  | { type: 'track.stalled' }
  | CaptureEvent

/** The meaning of each event. `after.*` is a delayed transition. */
export const deviceEventDescriptions = {
  'user.switchedOn': 'The user switched the device on.',
  'user.switchedOff': 'The user switched the device off.',
  'user.muted': 'The user muted the device.',
  'user.unmuted': 'The user unmuted the device.',
  'user.retried': 'The user pressed Try again.',
  'user.dismissed': 'The user closed the banner about the problem.',
  'capture.allowed': 'The user joins again or, for a screen, is in a call.',
  'capture.disallowed': 'The user left, or the page is in the back/forward cache. For a screen, the call ended.',
  'device.selected': 'The user selected another device.',
  'processing.changed':
    'The user changed how the browser processes the sound of the microphone, and a live track can’t change.',
  'devices.changed': 'The browser’s device list changed. It may hold new devices.',
  'device.opened': 'The browser opened the device, or a fallback.',
  'device.rejected': 'The browser, the system or the user rejected the request.',
  'track.ended': 'The device was unplugged, permission was revoked, or the user stopped sharing in the browser’s bar.',
  'silence.detected':
    'The microphone delivered only digital silence for three seconds. The page checks whether it is still present.',
  'track.stalled': 'The track is live but delivered nothing for three seconds.',
  'track.muted': 'The source stopped providing media: the system, or a switch on the device, muted the track.',
  'track.unmuted': 'The source provides media again.',
  'permission.granted': 'The user granted permission in the browser’s settings.',
  'permission.revoked': 'The user revoked permission in the browser’s settings.',
  'after.deviceStableAfter': 'The device works. The fallback message ends, and the failure count is reset.',
} satisfies Record<DeviceEvent['type'] | `after.${string}`, string>

/** Events of the actor `capture` (one track). */
export type CaptureEvent =
  /** `preferredProblem`: why the preferred device did not start; null if it started. */
  | { type: 'device.opened'; deviceId: string; label: string; preferredProblem: DeviceProblem | null }
  | { type: 'device.rejected'; problem: DeviceProblem }
  | { type: 'track.ended'; problem: DeviceProblem }
  | { type: 'track.muted' }
  | { type: 'track.unmuted' }

/**
 * Commands to the actor `capture`. A track is disabled (`MediaStreamTrack.enabled`) until `enableTrack`. `checkDevice`
 * checks the device's presence.
 */
export type CaptureCommand = { type: 'disableTrack' } | { type: 'enableTrack' } | { type: 'checkDevice' }

/** Input of the actor `capture`. `deviceIds` are tried in this order, before any other device. */
export type CaptureInput = { kind: DeviceKind; deviceIds: readonly string[] }
