import type { SnapshotFrom } from 'xstate'
import { device, type DeviceFact } from '../../../machines/media/deviceMachine.ts'
import type { DeviceKind, DeviceProblem } from '../../../machines/protocol/vocabulary.ts'
import { type Exploration, waitsIn } from '../graph.ts'

export type Snapshot = SnapshotFrom<typeof device>

export const opened: DeviceFact = { type: 'device.opened', deviceId: 'one', label: 'Camera One', refusal: null }
/** Another than the one that was to be preferred. */
export const openedInstead: DeviceFact = { type: 'device.opened', deviceId: 'three', label: 'Camera Three', refusal: 'busy' }
export const refused = (problem: DeviceProblem): DeviceFact => ({ type: 'device.refused', problem })
export const ended: DeviceFact = { type: 'device.ended', problem: 'unplugged' }
export const appeared = (...deviceIds: string[]): DeviceFact => ({ type: 'device.appeared', deviceIds })
export const problems: DeviceProblem[] =
  ['denied', 'denied-by-system', 'missing', 'busy', 'unsuitable', 'insecure', 'unsupported', 'unplugged', 'stalled', 'unknown']

/** Of the problems one of each that the machine tells apart. */
export const facts: DeviceFact[] = [
  { type: 'user.switchedOn' }, { type: 'user.switchedOff' }, { type: 'user.muted' }, { type: 'user.unmuted' }, { type: 'user.retried' },
  { type: 'user.dismissed' }, { type: 'device.chosen', deviceId: 'two' }, appeared(), appeared('two'), { type: 'permission.granted' },
  { type: 'permission.withdrawn' }, { type: 'visit.ended' }, { type: 'visit.began' }, { type: 'track.muted' }, { type: 'track.unmuted' },
  { type: 'device.doubted' }, { type: 'device.stalled' }, opened, openedInstead, ended, { type: 'device.ended', problem: 'denied' },
  ...(['denied', 'missing', 'busy'] as const).map(refused),
]

/** Everything that decides what follows. */
export const keyOf = ({ value, context }: Snapshot): string => JSON.stringify([value, context])

export const explorationOf = (kind: DeviceKind): Exploration<typeof device> =>
  ({ input: { kind, chosen: null }, events: (before) => [...facts, ...(waitsIn(before) as DeviceFact[])], key: keyOf })
