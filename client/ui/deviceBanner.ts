import type { SnapshotFrom } from 'xstate'
import type { deviceMachine } from '../../machines/media/deviceMachine.ts'
import type { DeviceKind } from '../../machines/protocol/vocabulary.ts'
import type { Browser } from '../i18n/browserName.ts'
import { isDeviceOn } from '../media/toggleDevice.ts'
import { texts, type UserMessage } from '../i18n/texts.ts'

type Snapshot = SnapshotFrom<typeof deviceMachine>
type CaptureKind = Exclude<DeviceKind, 'screen'>

/** What a banner says of the devices, and what the person can do about it there. */
export interface DeviceBanner {
  /** The devices that it is about. */
  kinds: readonly DeviceKind[]
  message: UserMessage
  canRetry: boolean
  canDismiss: boolean
}

const captureKinds = ['microphone', 'camera'] as const

/** The trouble that weighs most: what does not start, then what is silenced from outside; null: none that was not dismissed. */
export function deviceBannerFor(devices: Record<DeviceKind, Snapshot>, browser: Browser): DeviceBanner | null {
  const problemOf = (kind: DeviceKind) =>
    devices[kind].context.isProblemDismissed ? null : devices[kind].context.problem
  const [first] = captureKinds.filter(problemOf)
  const problem = first && problemOf(first)
  if (first && problem) {
    const kinds = captureKinds.filter((kind) => problemOf(kind) === problem)
    const message = texts.devices.problem(kinds.length === 2 ? 'both' : first, problem, browser)
    return { kinds, message, canRetry: problem !== 'insecure' && problem !== 'unsupported', canDismiss: true }
  }
  const screenProblem = problemOf('screen')
  if (screenProblem)
    return {
      kinds: ['screen'],
      message: texts.call.screenShareFailed(screenProblem),
      canRetry: false,
      canDismiss: true,
    }
  const silencedKind = captureKinds.find((kind) => isDeviceOn(devices[kind]) && devices[kind].context.isTrackMuted)
  return silencedKind
    ? { kinds: [silencedKind], message: texts.devices.silenced[silencedKind], canRetry: false, canDismiss: false }
    : null
}

/** Says which device is in use in place of the one that the person used or chose; null: the one that was wanted is. */
export function deviceSubstitutionText(devices: Record<CaptureKind, Snapshot>): string | null {
  for (const kind of captureKinds) {
    const { fallbackReason: instead, label } = devices[kind].context
    if (instead) return texts.devices.substituted(kind, instead, label ?? '')
  }
  return null
}
