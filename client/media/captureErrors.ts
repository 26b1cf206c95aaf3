import type { DeviceKind, DeviceProblem } from '../../machines/protocol/vocabulary.ts'

/** Error names of browsers and the problem of each (Media Capture and Streams §10.3; Screen Capture §5.1). */
const problemsByErrorName: Record<string, DeviceProblem> = {
  NotAllowedError: 'denied',
  SecurityError: 'denied-by-system',
  NotFoundError: 'missing',
  NotReadableError: 'busy',
  // Firefox: the camera does not start.
  AbortError: 'busy',
  OverconstrainedError: 'unsuitable',
  // `mediaDevices` is missing: an insecure page, or the built-in browser of an app.
  TypeError: 'insecure',
}

/** The Permissions Policy feature of each device. */
const policyFeatures = {
  microphone: 'microphone',
  camera: 'camera',
  screen: 'display-capture',
} as const satisfies Record<DeviceKind, string>

interface DocumentWithFeaturePolicy {
  featurePolicy?: { allowsFeature(name: string): boolean }
}

/** Maps an error of getUserMedia or getDisplayMedia to a problem. `unknown` stands for any other error. */
export function classifyCaptureError(error: unknown, kind: DeviceKind): DeviceProblem {
  const { name = '', message = '' } = error instanceof Error || error instanceof DOMException ? error : {}
  const named = isUnknownDeviceId(error) ? 'missing' : (problemsByErrorName[name] ?? 'unknown')
  const problem = named === 'insecure' && globalThis.isSecureContext ? 'unsupported' : named
  return problem === 'denied' && (/system/i.test(message) || isBlockedByPolicy(kind)) ? 'denied-by-system' : problem
}

/** No device has the requested id (Media Capture and Streams §5.2.1: `OverconstrainedError.constraint`). */
const isUnknownDeviceId = (error: unknown): boolean =>
  (error as { constraint?: unknown } | null)?.constraint === 'deviceId'

/** True if the Permissions Policy of this page or an embedding page forbids the device. */
function isBlockedByPolicy(kind: DeviceKind): boolean {
  const { featurePolicy } = (globalThis.document ?? {}) as DocumentWithFeaturePolicy
  return featurePolicy?.allowsFeature(policyFeatures[kind]) === false
}
