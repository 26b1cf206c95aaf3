import { type Actor, fromCallback, waitFor } from 'xstate'
import type { deviceMachine } from '../../machines/media/deviceMachine.ts'
import type { CaptureEvent, CaptureInput, CaptureCommand } from '../../machines/media/deviceEvents.ts'
import type { DeviceKind, DeviceProblem } from '../../machines/protocol/vocabulary.ts'
import { timeouts } from '../../machines/protocol/timeouts.ts'
import { type CapturedTrack, queryPermissionState, queryPermission } from './getUserMedia.ts'
import { classifyCaptureError } from './captureErrors.ts'
import type { Tracks } from './localTracks.ts'

type RequestTrack = (input: CaptureInput) => Promise<CapturedTrack>
type Device = Actor<typeof deviceMachine>

/** Dependencies of `captureActor`. `devices` and `permissions` are undefined in browsers that lack them. */
export interface CaptureParts {
  requestTrack: RequestTrack
  tracks: Tracks
  devices: Pick<MediaDevices, 'enumerateDevices'> | undefined
  permissions: Permissions | undefined
}

/** The actor `capture` of machines/media/deviceMachine.ts: one track, from the request to its end. */
export const captureActor = ({ requestTrack, tracks, devices, permissions }: CaptureParts) =>
  fromCallback<CaptureCommand, CaptureInput, CaptureEvent>(({ input, receive, sendBack }) => {
    const { kind } = input
    const stop = new AbortController()
    const { signal } = stop
    let track: MediaStreamTrack | null = null
    /** Sound that the user may end separately. */
    let audio: MediaStreamTrack | undefined
    let mutedTimer: ReturnType<typeof setTimeout> | undefined

    function onOpened({ track: opened, preferredError, audio: sound }: CapturedTrack): void {
      audio = sound
      if (signal.aborted) return [opened, sound].forEach((each) => each?.stop())
      track = opened
      // The track stays disabled until the machine, which knows whether the user muted the device, enables it.
      track.enabled = false
      track.addEventListener('ended', () => void onEnded(), { signal })
      // A minimized window mutes its track, but the screen is still shared.
      if (kind !== 'screen') {
        track.addEventListener('mute', onMute, { signal })
        track.addEventListener('unmute', onUnmute, { signal })
      }
      const { deviceId = '' } = track.getSettings()
      const preferredProblem = preferredError === null ? null : classifyCaptureError(preferredError, kind)
      sendBack({ type: 'device.opened', deviceId, label: track.label, preferredProblem })
      tracks.set(kind, track)
      if (audio) {
        tracks.set('screenAudio', audio)
        audio.addEventListener('ended', () => tracks.set('screenAudio', null), { signal })
      }
      if (track.muted && kind !== 'screen') onMute()
    }

    /**
     * The event `ended` carries no reason (Media Capture and Streams §4.3.1). The permission and the device list show
     * it.
     */
    async function onEnded(): Promise<void> {
      const problem = await diagnoseEnd(kind, track?.getSettings().deviceId ?? '', devices, permissions)
      if (!signal.aborted) sendBack({ type: 'track.ended', problem })
    }

    /**
     * A browser may leave a track live after its device is gone. In Chromium, enumerating the devices triggers the
     * check.
     */
    async function checkDevice(): Promise<void> {
      const { deviceId = '' } = track?.getSettings() ?? {}
      const listed = await listDeviceIds(kind, devices)
      if (signal.aborted || !track || !deviceId || !isGone(deviceId, listed)) return
      sendBack({ type: 'track.ended', problem: 'unplugged' })
    }

    function onMute(): void {
      clearTimeout(mutedTimer)
      mutedTimer = setTimeout(() => {
        sendBack({ type: 'track.muted' })
        pollWhileMuted()
      }, timeouts.trackMutedAfterMs)
    }

    /** The device of a muted track may be unplugged, so this function polls the device list. */
    function pollWhileMuted(): void {
      void checkDevice()
      mutedTimer = setTimeout(pollWhileMuted, timeouts.devicePollIntervalMs)
    }

    function onUnmute(): void {
      clearTimeout(mutedTimer)
      sendBack({ type: 'track.unmuted' })
    }

    requestTrack(input).then(onOpened, (error: unknown) => {
      if (!signal.aborted) sendBack({ type: 'device.rejected', problem: classifyCaptureError(error, kind) })
    })
    receive(({ type }) => {
      if (type === 'checkDevice') void checkDevice()
      else if (track) track.enabled = type === 'enableTrack'
    })

    return () => {
      stop.abort()
      clearTimeout(mutedTimer)
      if (!track) return
      track.stop()
      tracks.set(kind, null)
      if (!audio) return
      audio.stop()
      tracks.set('screenAudio', null)
    }
  })

const mediaDeviceKinds = { microphone: 'audioinput', camera: 'videoinput' } as const

/** Returns the listed device ids of a kind. The ids are empty strings without permission. */
async function listDeviceIds(kind: DeviceKind, devices: CaptureParts['devices']): Promise<string[]> {
  if (kind === 'screen') return []
  const all = (await devices?.enumerateDevices().catch(() => [])) ?? []
  return all.filter((each) => each.kind === mediaDeviceKinds[kind]).map(({ deviceId }) => deviceId)
}

/** Without permission the ids are hidden and this returns false. */
const isGone = (deviceId: string, listed: readonly string[]): boolean =>
  !listed.includes('') && !listed.includes(deviceId)

async function diagnoseEnd(
  kind: DeviceKind,
  deviceId: string,
  devices: CaptureParts['devices'],
  permissions: Permissions | undefined,
): Promise<DeviceProblem> {
  if (kind === 'screen') return 'unplugged'
  const [state, listed] = await Promise.all([queryPermissionState(permissions, kind), listDeviceIds(kind, devices)])
  if (state === 'denied') return 'denied'
  // Devices are listed without ids: the permission was revoked.
  return listed.length > 0 && listed.every((id) => id === '') && deviceId !== '' ? 'denied' : 'unplugged'
}

/** Maximum wait of a call for a permission prompt or a slow camera, in ms. */
const settleTimeoutMs = 600

/** Resolves when each device is live, off or failed, at the latest after `settleTimeoutMs`. Never rejects. */
export async function waitUntilSettled(actors: Device[]): Promise<void> {
  const isSettled = (state: ReturnType<Device['getSnapshot']>): boolean => !state.matches('requesting')
  await Promise.all(
    actors.map((actor) => waitFor(actor, isSettled, { timeout: settleTimeoutMs }).catch(() => undefined)),
  )
}

/**
 * Sends a device machine the events `devices.changed`, `permission.granted` and `permission.revoked`. Returns its stop
 * function.
 */
export function monitorDevices(
  actor: Device,
  devices: MediaDevices | undefined,
  permissions: Permissions | undefined,
): () => void {
  const { kind } = actor.getSnapshot().context
  if (kind === 'screen') return () => undefined
  const stop = new AbortController()
  const { signal } = stop
  let knownIds: readonly string[] = []
  const checkList = async (isFromEvent: boolean): Promise<void> => {
    const listed = await listDeviceIds(kind, devices)
    if (signal.aborted) return
    // The first list with permission adds the ids of devices that were present before.
    const hadIds = !knownIds.includes('')
    const deviceIds = listed.filter((id) => id !== '' && hadIds && !knownIds.includes(id))
    const hasMore = listed.length > knownIds.length
    knownIds = listed
    if (isFromEvent || hasMore || deviceIds.length > 0)
      actor.send({ type: 'devices.changed', addedDeviceIds: deviceIds })
  }
  void listDeviceIds(kind, devices).then((listed) => {
    knownIds = listed
  })
  devices?.addEventListener('devicechange', () => void checkList(true), { signal })
  // On Linux, Chromium fires no event for devices that only the sound server knows, such as a Bluetooth headset.
  const timer = setInterval(() => {
    if (awaitsPreferredDevice(actor.getSnapshot())) void checkList(false)
  }, timeouts.devicePollIntervalMs)
  signal.addEventListener('abort', () => clearInterval(timer))
  void queryPermission(permissions, kind).then((status) =>
    status?.addEventListener(
      'change',
      () => {
        if (status.state === 'granted') actor.send({ type: 'permission.granted' })
        if (status.state === 'denied') actor.send({ type: 'permission.revoked' })
      },
      { signal },
    ),
  )
  return () => stop.abort()
}

/** True while the preferred device may come back. */
function awaitsPreferredDevice(snapshot: ReturnType<Device['getSnapshot']>): boolean {
  const { selectedDeviceId: chosen, deviceId, problem } = snapshot.context
  if (snapshot.matches('failed')) return problem === 'missing' || problem === 'unplugged' || problem === 'stalled'
  return snapshot.matches('live') && chosen !== null && chosen !== deviceId
}
