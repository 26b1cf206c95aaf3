import type { DeviceKind, DeviceProblem } from '../../machines/protocol/vocabulary.ts'

/** What browsers call a failure, and what it is (Media Capture and Streams §10.3; Screen Capture §5.1). */
const problemsByErrorName: Record<string, DeviceProblem> = {
  NotAllowedError: 'denied',
  SecurityError: 'denied-by-system',
  NotFoundError: 'missing',
  NotReadableError: 'busy',
  // Firefox, where a camera does not start
  AbortError: 'busy',
  OverconstrainedError: 'unsuitable',
  // A browser feature that is not there: of an insecure page, or of an app's own browser
  TypeError: 'insecure',
}

/** Which browser feature a device needs to be allowed (Permissions Policy). */
const policyFeatures = {
  microphone: 'microphone',
  camera: 'camera',
  screen: 'display-capture',
} as const satisfies Record<DeviceKind, string>

interface DocumentWithFeaturePolicy {
  featurePolicy?: { allowsFeature(name: string): boolean }
}

export function classifyCaptureError(error: unknown, kind: DeviceKind): DeviceProblem {
  const { name = '', message = '' } = error instanceof Error || error instanceof DOMException ? error : {}
  const named = isUnknownDeviceId(error) ? 'missing' : (problemsByErrorName[name] ?? 'unknown')
  const problem = named === 'insecure' && globalThis.isSecureContext ? 'unsupported' : named
  return problem === 'denied' && (/system/i.test(message) || isBlockedByPolicy(kind)) ? 'denied-by-system' : problem
}

/** Nothing has the id that was asked for (Media Capture and Streams §5.2.1: `OverconstrainedError.constraint`). */
const isUnknownDeviceId = (error: unknown): boolean =>
  (error as { constraint?: unknown } | null)?.constraint === 'deviceId'

/** The page itself, or the page around it, may not ask. */
function isBlockedByPolicy(kind: DeviceKind): boolean {
  const { featurePolicy } = (globalThis.document ?? {}) as DocumentWithFeaturePolicy
  return featurePolicy?.allowsFeature(policyFeatures[kind]) === false
}
