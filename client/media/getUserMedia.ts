import type { CaptureInput } from '../../machines/media/deviceEvents.ts'
import type { DeviceKind } from '../../machines/protocol/vocabulary.ts'
import { markSound } from './audioConstraints.ts'

const videoConstraints = {
  width: { ideal: 1280 },
  height: { ideal: 720 },
  frameRate: { ideal: 30 },
} as const satisfies MediaTrackConstraints

const kinds = { microphone: 'audio', camera: 'video' } as const
type CombinableKind = keyof typeof kinds

/** A live track. `preferredError` is the error of the preferred device; null if that device started. */
export interface CapturedTrack {
  track: MediaStreamTrack
  preferredError: unknown
  /** The sound of a shared screen, if the browser offers it. */
  audio?: MediaStreamTrack | undefined
}

interface TrackRequest {
  kind: CombinableKind
  deviceIds: readonly string[]
  /** Without the device. */
  constraints: MediaTrackConstraints
  resolve(captured: CapturedTrack): void
  reject(error: unknown): void
}

/**
 * Returns a function that requests a track. Requests of one tick share one permission prompt. The promise rejects with
 * the browser's error. `readAudioConstraints` is called at each request of a microphone.
 */
export function createTrackRequester(
  devices: MediaDevices | undefined,
  permissions: Permissions | undefined,
  readAudioConstraints: () => MediaTrackConstraints,
) {
  let requests: TrackRequest[] = []

  return function requestTrack({ kind, deviceIds }: CaptureInput): Promise<CapturedTrack> {
    if (!devices?.getUserMedia) return Promise.reject(new TypeError('getUserMedia is not available on this page'))
    if (kind === 'screen') return requestScreen(devices)
    if (requests.length === 0) queueMicrotask(() => void fulfilRequests(devices, permissions, requests.splice(0)))
    const constraints = kind === 'microphone' ? readAudioConstraints() : videoConstraints
    return new Promise((resolve, reject) => requests.push({ kind, deviceIds, constraints, resolve, reject }))
  }
}

async function fulfilRequests(
  devices: MediaDevices,
  permissions: Permissions | undefined,
  requests: TrackRequest[],
): Promise<void> {
  const [first, second] = requests
  if (!first || !second || first.kind === second.kind)
    return requests.forEach((wish) => void fulfilRequest(devices, wish))
  try {
    const stream = await devices.getUserMedia({
      ...constraintsFor(first, first.deviceIds[0]),
      ...constraintsFor(second, second.deviceIds[0]),
    })
    const tracks = requests.map((request) => requireTrack(stream, request))
    requests.forEach((wish, at) => wish.resolve({ track: tracks[at]!, preferredError: null }))
  } catch (error) {
    const denied = isDenied(error) ? await findDenied(permissions, requests) : []
    for (const wish of requests) {
      if (denied.includes(wish)) wish.reject(error)
      else void fulfilRequest(devices, wish)
    }
  }
}

/** Tries the devices in order, then any device. A denied permission is not requested again. */
async function fulfilRequest(devices: MediaDevices, request: TrackRequest): Promise<void> {
  const { deviceIds, resolve, reject } = request
  let preferredError: unknown = null
  for (const deviceId of [...deviceIds, null]) {
    try {
      const stream = await devices.getUserMedia(constraintsFor(request, deviceId))
      return resolve({ track: requireTrack(stream, request), preferredError })
    } catch (error) {
      if (deviceId === null || isDenied(error)) return reject(error)
      preferredError ??= error
    }
  }
}

async function requestScreen(devices: MediaDevices): Promise<CapturedTrack> {
  const stream = await devices.getDisplayMedia({ video: { frameRate: { ideal: 30 } }, audio: true })
  const track = requireTrack(stream, { kind: 'screen' })
  // Prefer sharpness over frame rate when the bandwidth is low, so that text stays readable.
  track.contentHint = 'detail'
  return { track, preferredError: null, audio: stream.getAudioTracks()[0] }
}

/** Without an id, any device. */
function constraintsFor({ kind, constraints }: TrackRequest, deviceId: string | null | undefined) {
  const chosen = deviceId ? { deviceId: { exact: deviceId } } : kind === 'camera' ? { facingMode: 'user' } : {}
  return { [kinds[kind]]: { ...constraints, ...chosen } } satisfies MediaStreamConstraints
}

const isDenied = (error: unknown): boolean => error instanceof DOMException && error.name === 'NotAllowedError'

/**
 * Returns the denied requests after a combined prompt failed. A combined prompt fails if either device is blocked. If
 * no permission is known to be blocked, the user denied both.
 */
async function findDenied(permissions: Permissions | undefined, requests: TrackRequest[]): Promise<TrackRequest[]> {
  const states = await Promise.all(requests.map(({ kind }) => queryPermissionState(permissions, kind)))
  const denied = requests.filter((_, index) => states[index] === 'denied')
  return denied.length === 0 ? requests : denied
}

/** Returns the permission state of a device; null if the browser does not report it. */
export async function queryPermissionState(
  permissions: Permissions | undefined,
  kind: DeviceKind,
): Promise<PermissionState | null> {
  return (await queryPermission(permissions, kind))?.state ?? null
}

/** Returns the permission status of a device; null if the browser does not report it. Never rejects. */
export async function queryPermission(
  permissions: Permissions | undefined,
  kind: DeviceKind,
): Promise<PermissionStatus | null> {
  return permissions?.query({ name: kind as PermissionName }).catch(() => null) ?? null
}

function requireTrack(
  stream: MediaStream,
  { kind, constraints }: { kind: DeviceKind; constraints?: MediaTrackConstraints },
): MediaStreamTrack {
  const [track] = kind === 'microphone' ? stream.getAudioTracks() : stream.getVideoTracks()
  if (!track) throw new DOMException(`no ${kind}`, 'NotFoundError')
  if (constraints && kind === 'microphone') markSound(track, constraints)
  return track
}
