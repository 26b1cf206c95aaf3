import type { SnapshotFrom } from 'xstate'
import { deviceMachine } from '../../../machines/media/deviceMachine.ts'
import type { DeviceEvent } from '../../../machines/media/deviceEvents.ts'
import type { DeviceKind, DeviceProblem } from '../../../machines/protocol/vocabulary.ts'
import { type Exploration, waitsIn } from '../graph.ts'

export type Snapshot = SnapshotFrom<typeof deviceMachine>

/** The preferred device was opened. */
export const opened: DeviceEvent = {
  type: 'device.opened',
  deviceId: 'one',
  label: 'Camera One',
  preferredProblem: null,
}
/** A device other than the preferred one. */
export const openedInstead: DeviceEvent = {
  type: 'device.opened',
  deviceId: 'three',
  label: 'Camera Three',
  preferredProblem: 'busy',
}
/** A rejected request. */
export const refused = (problem: DeviceProblem): DeviceEvent => ({ type: 'device.rejected', problem })
/** The device was unplugged while in use. */
export const ended: DeviceEvent = { type: 'track.ended', problem: 'unplugged' }
/** A change of the devices that adds these. */
export const appeared = (...deviceIds: string[]): DeviceEvent => ({
  type: 'devices.changed',
  addedDeviceIds: deviceIds,
})
/** Every reason for which a device delivers nothing. */
export const problems: DeviceProblem[] = [
  'denied',
  'denied-by-system',
  'missing',
  'busy',
  'unsuitable',
  'insecure',
  'unsupported',
  'unplugged',
  'stalled',
  'unknown',
]

/** All events; of the problems, one for each case that the machine distinguishes. */
export const facts: DeviceEvent[] = [
  { type: 'user.switchedOn' },
  { type: 'user.switchedOff' },
  { type: 'user.muted' },
  { type: 'user.unmuted' },
  { type: 'user.retried' },
  { type: 'user.dismissed' },
  { type: 'device.selected', deviceId: 'two' },
  { type: 'processing.changed' },
  appeared(),
  appeared('two'),
  { type: 'permission.granted' },
  { type: 'permission.revoked' },
  { type: 'capture.disallowed' },
  { type: 'capture.allowed' },
  { type: 'track.muted' },
  { type: 'track.unmuted' },
  { type: 'silence.detected' },
  { type: 'track.stalled' },
  opened,
  openedInstead,
  ended,
  { type: 'track.ended', problem: 'denied' },
  ...(['denied', 'missing', 'busy'] as const).map(refused),
]

/** All state that affects the further behaviour. */
export const keyOf = ({ value, context }: Snapshot): string => JSON.stringify([value, context])

/** Returns the exploration of one kind of device. */
export const explorationOf = (kind: DeviceKind): Exploration<typeof deviceMachine> => ({
  input: { kind, chosen: null },
  events: (before) => [...facts, ...waitsIn<DeviceEvent>(before)],
  key: keyOf,
})
