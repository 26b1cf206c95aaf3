import type { Session } from '../../session/callSession.ts'

/**
 * Changes the live microphone to the processing that the person selected. Chromium 156 changes no filter of a live
 * track, so the track is then requested again. Never rejects.
 */
export async function applyProcessing({
  microphone,
  tracks,
  processing,
}: Pick<Session, 'microphone' | 'tracks' | 'processing'>): Promise<void> {
  const track = tracks.get('microphone')
  const isApplied = track !== null && (await canApply(track, processing.constraints))
  // It may have ended, or another one may have taken its place.
  if (tracks.get('microphone') !== track) return
  if (!track || !isApplied) return microphone.send({ type: 'processing.changed' })
  processing.mark(track)
  // The senders read the mark.
  tracks.set('microphone', track)
}

/** Resolves with false if the browser keeps another value that the device supports. */
async function canApply(track: MediaStreamTrack, constraints: MediaTrackConstraints): Promise<boolean> {
  await track.applyConstraints(constraints).catch(() => undefined)
  const settings: Record<string, unknown> = { ...track.getSettings() }
  const capabilities: Record<string, unknown> = { ...track.getCapabilities?.() }
  return Object.entries(constraints).every(
    ([name, value]) => settings[name] === value || !canBe(capabilities[name], value),
  )
}

/** `capability`: the possible values, or the largest number. */
const canBe = (capability: unknown, value: unknown): boolean =>
  Array.isArray(capability)
    ? capability.includes(value)
    : typeof value === 'number' && ((capability as { max?: number } | undefined)?.max ?? 0) >= value
