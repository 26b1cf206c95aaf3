import type { SnapshotFrom } from 'xstate'
import type { device } from '../../machines/media/deviceMachine.ts'
import type { DeviceKind } from '../../machines/protocol/vocabulary.ts'
import type { Browser } from '../i18n/browserName.ts'
import { isOn } from '../media/toggleDevice.ts'
import { texts, type Words } from '../i18n/texts.ts'

type Snapshot = SnapshotFrom<typeof device>
type Owned = Exclude<DeviceKind, 'screen'>

/** What a banner says of the devices, and what the person can do about it there. */
export interface DeviceTrouble {
  /** The devices that it is about. */
  kinds: readonly DeviceKind[]
  words: Words
  canRetry: boolean
  canDismiss: boolean
}

const owned = ['microphone', 'camera'] as const

/** The trouble that weighs most: what does not start, then what is silenced from outside; null: none that was not dismissed. */
export function troubleOf(devices: Record<DeviceKind, Snapshot>, browser: Browser): DeviceTrouble | null {
  const problemOf = (kind: DeviceKind) => (devices[kind].context.isDismissed ? null : devices[kind].context.problem)
  const [first] = owned.filter(problemOf)
  const problem = first && problemOf(first)
  if (first && problem) {
    const kinds = owned.filter((kind) => problemOf(kind) === problem)
    const words = texts.devices.problem(kinds.length === 2 ? 'both' : first, problem, browser)
    return { kinds, words, canRetry: problem !== 'insecure' && problem !== 'unsupported', canDismiss: true }
  }
  const shared = problemOf('screen')
  if (shared) return { kinds: ['screen'], words: texts.call.shareFailed(shared), canRetry: false, canDismiss: true }
  const silenced = owned.find((kind) => isOn(devices[kind]) && devices[kind].context.isSilenced)
  return silenced ? { kinds: [silenced], words: texts.devices.silenced[silenced], canRetry: false, canDismiss: false } : null
}

/** Says which device is in use in place of the one that the person used or chose; null: the one that was wanted is. */
export function insteadOf(devices: Record<Owned, Snapshot>): string | null {
  for (const kind of owned) {
    const { instead, label } = devices[kind].context
    if (instead) return texts.devices.instead(kind, instead, label ?? '')
  }
  return null
}
