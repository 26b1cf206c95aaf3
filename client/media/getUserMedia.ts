import type { CaptureInput } from '../../machines/media/deviceMachine.ts'
import type { DeviceKind } from '../../machines/protocol/vocabulary.ts'

/** Asking the browser for tracks. */

const sound = { echoCancellation: true, noiseSuppression: true, autoGainControl: true } as const satisfies MediaTrackConstraints
const picture = { width: { ideal: 1280 }, height: { ideal: 720 }, frameRate: { ideal: 30 } } as const satisfies MediaTrackConstraints

const kinds = { microphone: 'audio', camera: 'video' } as const
type Pairable = keyof typeof kinds

/** A live track; `refusal`: the error of the device that was to be preferred, null where the first choice started. */
export interface Captured { track: MediaStreamTrack; refusal: unknown }

interface Wish {
  kind: Pairable
  deviceIds: readonly string[]
  resolve(captured: Captured): void
  reject(error: unknown): void
}

/** One who asks for devices: what is asked in one tick is asked in one prompt. Rejects with the error of the browser. */
export function createAsk(devices: MediaDevices | undefined, permissions: Permissions | undefined) {
  let wishes: Wish[] = []

  return function ask({ kind, deviceIds }: CaptureInput): Promise<Captured> {
    if (!devices?.getUserMedia) return Promise.reject(new TypeError('this page is not given any devices'))
    if (kind === 'screen') return askForScreen(devices)
    if (wishes.length === 0) queueMicrotask(() => void grant(devices, permissions, wishes.splice(0)))
    return new Promise((resolve, reject) => wishes.push({ kind, deviceIds, resolve, reject }))
  }
}

async function grant(devices: MediaDevices, permissions: Permissions | undefined, wishes: Wish[]): Promise<void> {
  const [first, second] = wishes
  if (!first || !second || first.kind === second.kind) return wishes.forEach((wish) => void grantOne(devices, wish))
  try {
    const stream = await devices.getUserMedia({ ...constraintsFor(best(first)), ...constraintsFor(best(second)) })
    const tracks = wishes.map(({ kind }) => trackOf(stream, kind))
    wishes.forEach((wish, at) => wish.resolve({ track: tracks[at]!, refusal: null }))
  } catch (error) {
    const refused = isDenied(error) ? await whoIsDenied(permissions, wishes) : []
    for (const wish of wishes) {
      if (refused.includes(wish)) wish.reject(error)
      else void grantOne(devices, wish)
    }
  }
}

/** The devices in their order, then any: a device that is gone or busy is no reason to have none. A plain no is not asked again. */
async function grantOne(devices: MediaDevices, { kind, deviceIds, resolve, reject }: Wish): Promise<void> {
  let refusal: unknown = null
  for (const deviceId of [...deviceIds, null]) {
    try {
      const stream = await devices.getUserMedia(constraintsFor({ kind, deviceId }))
      return resolve({ track: trackOf(stream, kind), refusal })
    } catch (error) {
      if (deviceId === null || isDenied(error)) return reject(error)
      refusal ??= error
    }
  }
}

async function askForScreen(devices: MediaDevices): Promise<Captured> {
  const stream = await devices.getDisplayMedia({ video: { frameRate: { ideal: 30 } }, audio: false })
  const track = trackOf(stream, 'screen')
  // Text has to stay readable where the bandwidth does not suffice for both.
  track.contentHint = 'detail'
  return { track, refusal: null }
}

const best = ({ kind, deviceIds }: Wish) => ({ kind, deviceId: deviceIds[0] ?? null })

function constraintsFor({ kind, deviceId }: { kind: Pairable; deviceId: string | null }): MediaStreamConstraints {
  const chosen = deviceId ? { deviceId: { exact: deviceId } } : {}
  if (kind === 'microphone') return { audio: { ...sound, ...chosen } }
  return { video: { ...picture, ...(deviceId ? chosen : { facingMode: 'user' }) } }
}

const isDenied = (error: unknown): boolean => error instanceof DOMException && error.name === 'NotAllowedError'

/** A prompt for two is refused when one of them is blocked. Who was not may ask alone; after a plain no, nobody asks again. */
async function whoIsDenied(permissions: Permissions | undefined, wishes: Wish[]): Promise<Wish[]> {
  const states = await Promise.all(wishes.map(({ kind }) => stateOf(permissions, kind)))
  const denied = wishes.filter((_, index) => states[index] === 'denied')
  return denied.length === 0 ? wishes : denied
}

export async function stateOf(permissions: Permissions | undefined, kind: DeviceKind): Promise<PermissionState | null> {
  return (await statusOf(permissions, kind))?.state ?? null
}

/** Null where the browser does not tell. */
export async function statusOf(permissions: Permissions | undefined, kind: DeviceKind): Promise<PermissionStatus | null> {
  return permissions?.query({ name: kind as PermissionName }).catch(() => null) ?? null
}

function trackOf(stream: MediaStream, kind: DeviceKind): MediaStreamTrack {
  const [track] = kind === 'microphone' ? stream.getAudioTracks() : stream.getVideoTracks()
  if (!track) throw new DOMException(`no ${kind}`, 'NotFoundError')
  return track
}
