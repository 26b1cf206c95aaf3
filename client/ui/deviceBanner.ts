import type { SnapshotFrom } from 'xstate'
import type { deviceMachine } from '../../machines/media/deviceMachine.ts'
import type { DeviceKind, DeviceProblem } from '../../machines/protocol/vocabulary.ts'
import type { Browser } from '../i18n/browserName.ts'
import { isDeviceOn } from '../media/toggleDevice.ts'
import { texts, type UserMessage } from '../i18n/texts.ts'

type Snapshot = SnapshotFrom<typeof deviceMachine>
type CaptureKind = Exclude<DeviceKind, 'screen'>

/** A banner for device problems, and its actions. */
export interface DeviceBanner {
  /** Devices with the problem. */
  kinds: readonly DeviceKind[]
  message: UserMessage
  canRetry: boolean
  canDismiss: boolean
}

const captureKinds = ['microphone', 'camera'] as const

/**
 * Returns the banner with the highest priority: a failed device, then a failed screen share, then a device muted from
 * outside. Returns null without a problem, or if the person dismissed it.
 */
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
  const trackMutedKind = captureKinds.find((kind) => isDeviceOn(devices[kind]) && devices[kind].context.isTrackMuted)
  return trackMutedKind
    ? { kinds: [trackMutedKind], message: texts.devices.trackMuted[trackMutedKind], canRetry: false, canDismiss: false }
    : null
}

/** Returns the problem that microphone and camera have in common, which one message explains; null without one. */
export function sharedProblem(microphone: Snapshot, camera: Snapshot): DeviceProblem | null {
  const { problem } = camera.context
  return problem === microphone.context.problem ? problem : null
}

/** Returns the text for a device that replaces the selected one; null if the selected one is in use. */
export function deviceSubstitutionText(devices: Record<CaptureKind, Snapshot>): string | null {
  for (const kind of captureKinds) {
    const { fallbackReason: instead, label } = devices[kind].context
    if (instead) return texts.devices.substituted(kind, instead, label ?? '')
  }
  return null
}
