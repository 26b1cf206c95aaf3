import type { CaptureInput, DeviceKind } from '../machines/device.ts'

/** Asking the browser for tracks. */

const sound = { echoCancellation: true, noiseSuppression: true, autoGainControl: true } as const satisfies MediaTrackConstraints
const picture = { width: { ideal: 1280 }, height: { ideal: 720 }, frameRate: { ideal: 30 } } as const satisfies MediaTrackConstraints

const kinds = { microphone: 'audio', camera: 'video' } as const
type Pairable = keyof typeof kinds

interface Wish {
  kind: Pairable
  deviceId: string | null
  resolve(track: MediaStreamTrack): void
  reject(error: unknown): void
}

/** One who asks for devices: what is asked in one tick is asked in one prompt. */
export function createAsk(devices: MediaDevices | undefined, permissions: Permissions | undefined) {
  let wishes: Wish[] = []

  return function ask({ kind, deviceId }: CaptureInput): Promise<MediaStreamTrack> {
    if (!devices?.getUserMedia) return Promise.reject(new TypeError('this page is not given any devices'))
    if (kind === 'screen') return askForScreen(devices)
    if (wishes.length === 0) queueMicrotask(() => void grant(devices, permissions, wishes.splice(0)))
    return new Promise((resolve, reject) => wishes.push({ kind, deviceId, resolve, reject }))
  }
}

async function grant(devices: MediaDevices, permissions: Permissions | undefined, wishes: Wish[]): Promise<void> {
  const [first, second] = wishes
  if (!first || !second || first.kind === second.kind) return wishes.forEach((wish) => void grantOne(devices, wish))
  try {
    const stream = await devices.getUserMedia({ ...constraintsFor(first), ...constraintsFor(second) })
    for (const wish of wishes) wish.resolve(trackOf(stream, wish.kind))
  } catch (error) {
    const refused = isDenied(error) ? await whoIsDenied(permissions, wishes) : []
    for (const wish of wishes) {
      if (refused.includes(wish)) wish.reject(error)
      else void grantOne(devices, wish)
    }
  }
}

/** A device of one's choice that is gone is no reason to have none. */
async function grantOne(devices: MediaDevices, wish: Wish): Promise<void> {
  try {
    const stream = await devices.getUserMedia(constraintsFor(wish))
      .catch((error: unknown) => {
        if (!wish.deviceId || isDenied(error)) throw error
        return devices.getUserMedia(constraintsFor({ ...wish, deviceId: null }))
      })
    wish.resolve(trackOf(stream, wish.kind))
  } catch (error) {
    wish.reject(error)
  }
}

async function askForScreen(devices: MediaDevices): Promise<MediaStreamTrack> {
  const stream = await devices.getDisplayMedia({ video: { frameRate: { ideal: 30 } }, audio: false })
  const track = trackOf(stream, 'screen')
  // Text has to stay readable where the bandwidth does not suffice for both.
  track.contentHint = 'detail'
  return track
}

function constraintsFor({ kind, deviceId }: Pick<Wish, 'kind' | 'deviceId'>): MediaStreamConstraints {
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
