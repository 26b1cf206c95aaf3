import { type Actor, fromCallback, waitFor } from 'xstate'
import type { CaptureFact, CaptureInput, CaptureOrder, device } from '../machines/device.ts'
import { statusOf } from './ask.ts'
import { problemOf } from './problem.ts'
import type { Tracks } from './tracks.ts'

type Ask = (input: CaptureInput) => Promise<MediaStreamTrack>
type Device = Actor<typeof device>

/** The actor `capture` of machines/device.ts: one track, from asking for it to its end. */
export const captureActor = (ask: Ask, tracks: Tracks) =>
  fromCallback<CaptureOrder, CaptureInput, CaptureFact>(({ input, receive, sendBack }) => {
    const { kind } = input
    let track: MediaStreamTrack | null = null
    let isOver = false

    function open(opened: MediaStreamTrack): void {
      if (isOver) return opened.stop()
      track = opened
      // Nothing is heard before the machine, which knows who was muted, says so.
      track.enabled = false
      track.onended = () => sendBack({ type: 'device.ended' })
      sendBack({ type: 'device.opened', deviceId: track.getSettings().deviceId ?? '', label: track.label })
      tracks.set(kind, track)
    }

    ask(input).then(open, (error: unknown) => {
      if (!isOver) sendBack({ type: 'device.refused', problem: problemOf(error, kind) })
    })
    receive(({ type }) => {
      if (track) track.enabled = type === 'unmute'
    })

    return () => {
      isOver = true
      if (!track) return
      track.onended = null
      track.stop()
      tracks.set(kind, null)
    }
  })

/** How long a call may be held up by a person who ponders over a prompt, or by a camera that is slow. */
const patience = 600

/** Resolves when each of them is live, off or failed, or the patience is at its end. */
export async function settle(actors: Device[]): Promise<void> {
  const isSettled = (state: ReturnType<Device['getSnapshot']>): boolean => !state.matches('asking')
  await Promise.all(actors.map((actor) => waitFor(actor, isSettled, { timeout: patience }).catch(() => undefined)))
}

/** Tells a device what may have changed for the better: another was plugged in, or the person said yes after all. */
export function watchBrowser(actor: Device, devices: MediaDevices | undefined, permissions: Permissions | undefined): () => void {
  const stop = new AbortController()
  const { signal } = stop
  devices?.addEventListener('devicechange', () => actor.send({ type: 'device.appeared' }), { signal })
  const { kind } = actor.getSnapshot().context
  if (kind !== 'screen') {
    void statusOf(permissions, kind).then((status) => status?.addEventListener('change', () => {
      if (status.state === 'granted') actor.send({ type: 'permission.granted' })
    }, { signal }))
  }
  return () => stop.abort()
}
