import type { SnapshotFrom } from 'xstate'
import { device, type DeviceFact, type DeviceKind, type DeviceProblem } from '../../machines/device.ts'
import type { Exploration } from './graph.ts'

export type Snapshot = SnapshotFrom<typeof device>

export const opened: DeviceFact = { type: 'device.opened', deviceId: 'one', label: 'Camera One' }
export const refused = (problem: DeviceProblem): DeviceFact => ({ type: 'device.refused', problem })
export const ended: DeviceFact = { type: 'device.ended' }
export const problems: DeviceProblem[] = ['denied', 'denied-by-system', 'missing', 'busy', 'unsuitable', 'insecure', 'unplugged', 'unknown']

export const facts: DeviceFact[] = [
  { type: 'user.switchedOn' }, { type: 'user.switchedOff' }, { type: 'user.muted' }, { type: 'user.unmuted' }, { type: 'user.retried' },
  { type: 'device.chosen', deviceId: 'two' }, { type: 'device.appeared' }, { type: 'permission.granted' },
  opened, ended, ...problems.map(refused),
]

/** A history is no part of a snapshot's value, but decides what follows. */
export const keyOf = ({ value, context, historyValue }: Snapshot): string =>
  JSON.stringify([value, context, Object.values(historyValue).map((nodes) => nodes.map(({ id }) => id))])

export const explorationOf = (kind: DeviceKind): Exploration<typeof device> =>
  ({ input: { kind, chosen: null }, events: () => facts, key: keyOf })
