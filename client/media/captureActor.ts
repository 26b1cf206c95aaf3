import { type Actor, fromCallback, waitFor } from 'xstate'
import type { CaptureFact, CaptureInput, CaptureOrder, device } from '../../machines/media/deviceMachine.ts'
import type { DeviceKind, DeviceProblem } from '../../machines/protocol/vocabulary.ts'
import { timers } from '../../machines/protocol/timeouts.ts'
import { type Captured, stateOf, statusOf } from './getUserMedia.ts'
import { problemOf } from './captureErrors.ts'
import type { Tracks } from './localTracks.ts'

type Ask = (input: CaptureInput) => Promise<Captured>
type Device = Actor<typeof device>

export interface CaptureParts {
  ask: Ask
  tracks: Tracks
  devices: Pick<MediaDevices, 'enumerateDevices'> | undefined
  permissions: Permissions | undefined
}

/** The actor `capture` of machines/media/deviceMachine.ts: one track, from asking for it to its end. */
export const captureActor = ({ ask, tracks, devices, permissions }: CaptureParts) =>
  fromCallback<CaptureOrder, CaptureInput, CaptureFact>(({ input, receive, sendBack }) => {
    const { kind } = input
    const stop = new AbortController()
    const { signal } = stop
    let track: MediaStreamTrack | null = null
    let mutedTimer: ReturnType<typeof setTimeout> | undefined

    function open({ track: opened, refusal }: Captured): void {
      if (signal.aborted) return opened.stop()
      track = opened
      // Nothing is heard before the machine, which knows who was muted, says so.
      track.enabled = false
      track.addEventListener('ended', () => void end(), { signal })
      // A window that is minimized mutes its track: a screen is shared all the same.
      if (kind !== 'screen') {
        track.addEventListener('mute', hush, { signal })
        track.addEventListener('unmute', speak, { signal })
      }
      const { deviceId = '' } = track.getSettings()
      sendBack({ type: 'device.opened', deviceId, label: track.label, refusal: refusal === null ? null : problemOf(refusal, kind) })
      tracks.set(kind, track)
      if (track.muted && kind !== 'screen') hush()
    }

    /** The event says only that the track is over (Media Capture and Streams §4.3.1): permission and list tell why. */
    async function end(): Promise<void> {
      const problem = await problemOfEnd(kind, track?.getSettings().deviceId ?? '', devices, permissions)
      if (!signal.aborted) sendBack({ type: 'device.ended', problem })
    }

    /** A browser may leave a track live whose device is gone. Looking alone makes Chromium notice. */
    async function look(): Promise<void> {
      const { deviceId = '' } = track?.getSettings() ?? {}
      const listed = await idsOf(kind, devices)
      if (signal.aborted || !track || !deviceId || !isGone(deviceId, listed)) return
      sendBack({ type: 'device.ended', problem: 'unplugged' })
    }

    function hush(): void {
      clearTimeout(mutedTimer)
      mutedTimer = setTimeout(() => {
        sendBack({ type: 'track.muted' })
        watchMuted()
      }, timers.trackMuted)
    }

    /** It may be gone for good. */
    function watchMuted(): void {
      void look()
      mutedTimer = setTimeout(watchMuted, timers.deviceLook)
    }

    function speak(): void {
      clearTimeout(mutedTimer)
      sendBack({ type: 'track.unmuted' })
    }

    ask(input).then(open, (error: unknown) => {
      if (!signal.aborted) sendBack({ type: 'device.refused', problem: problemOf(error, kind) })
    })
    receive(({ type }) => {
      if (type === 'look') void look()
      else if (track) track.enabled = type === 'unmute'
    })

    return () => {
      stop.abort()
      clearTimeout(mutedTimer)
      if (!track) return
      track.stop()
      tracks.set(kind, null)
    }
  })

const listedAs = { microphone: 'audioinput', camera: 'videoinput' } as const

/** The ids of a kind that the browser lists; empty strings before a permission, and after it was taken away. */
async function idsOf(kind: DeviceKind, devices: CaptureParts['devices']): Promise<string[]> {
  if (kind === 'screen') return []
  const all = await devices?.enumerateDevices().catch(() => []) ?? []
  return all.filter((each) => each.kind === listedAs[kind]).map(({ deviceId }) => deviceId)
}

/** Ids are hidden from a page without permission: then nothing is known. */
const isGone = (deviceId: string, listed: readonly string[]): boolean => !listed.includes('') && !listed.includes(deviceId)

async function problemOfEnd(
  kind: DeviceKind, deviceId: string, devices: CaptureParts['devices'], permissions: Permissions | undefined,
): Promise<DeviceProblem> {
  if (kind === 'screen') return 'unplugged'
  const [state, listed] = await Promise.all([stateOf(permissions, kind), idsOf(kind, devices)])
  if (state === 'denied') return 'denied'
  // Devices without ids: they are there, and the permission is not any more.
  return listed.length > 0 && listed.every((id) => id === '') && deviceId !== '' ? 'denied' : 'unplugged'
}

/** How long a call may be held up by a person who ponders over a prompt, or by a camera that is slow. */
const patience = 600

/** Resolves when each of them is live, off or failed, or the patience is at its end. */
export async function settle(actors: Device[]): Promise<void> {
  const isSettled = (state: ReturnType<Device['getSnapshot']>): boolean => !state.matches('asking')
  await Promise.all(actors.map((actor) => waitFor(actor, isSettled, { timeout: patience }).catch(() => undefined)))
}

/** Tells a device what may have changed: another was plugged in, or the person gave the permission or took it away. Returns its undo. */
export function watchBrowser(actor: Device, devices: MediaDevices | undefined, permissions: Permissions | undefined): () => void {
  const { kind } = actor.getSnapshot().context
  if (kind === 'screen') return () => undefined
  const stop = new AbortController()
  const { signal } = stop
  let known: readonly string[] = []
  const list = async (isEvent: boolean): Promise<void> => {
    const listed = await idsOf(kind, devices)
    if (signal.aborted) return
    // With a permission come the ids of what was there before.
    const isNamed = !known.includes('')
    const deviceIds = listed.filter((id) => id !== '' && isNamed && !known.includes(id))
    const isMore = listed.length > known.length
    known = listed
    if (isEvent || isMore || deviceIds.length > 0) actor.send({ type: 'device.appeared', deviceIds })
  }
  void idsOf(kind, devices).then((listed) => { known = listed })
  devices?.addEventListener('devicechange', () => void list(true), { signal })
  // On Linux, Chromium reports no sound device that only the sound server knows, such as a headset without a cable.
  const timer = setInterval(() => { if (isMissing(actor.getSnapshot())) void list(false) }, timers.deviceLook)
  signal.addEventListener('abort', () => clearInterval(timer))
  void statusOf(permissions, kind).then((status) => status?.addEventListener('change', () => {
    if (status.state === 'granted') actor.send({ type: 'permission.granted' })
    if (status.state === 'denied') actor.send({ type: 'permission.withdrawn' })
  }, { signal }))
  return () => stop.abort()
}

/** True while a device may come back that the person would rather have. */
function isMissing(snapshot: ReturnType<Device['getSnapshot']>): boolean {
  const { chosen, deviceId, problem } = snapshot.context
  if (snapshot.matches('failed')) return problem === 'missing' || problem === 'unplugged' || problem === 'stalled'
  return snapshot.matches('live') && chosen !== null && chosen !== deviceId
}
