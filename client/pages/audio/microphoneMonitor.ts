import type { ActorRefFrom } from 'xstate'
import type { MicrophoneHintEvent } from '../../../machines/audio/microphoneHintMachine.ts'
import type { deviceMachine } from '../../../machines/media/deviceMachine.ts'
import { readSamples } from '../../media/audioLevel.ts'
import type { Tracks } from '../../media/localTracks.ts'
import { readIntervalMs, SoundDetector } from './soundDetector.ts'

interface MonitorParts {
  microphone: ActorRefFrom<typeof deviceMachine>
  tracks: Pick<Tracks, 'get' | 'subscribe'>
  isInCall(): boolean
  mayListenWhileMuted(): boolean
  report(event: Exclude<MicrophoneHintEvent, { type: 'user.dismissed' }>): void
  /** Reads the samples of a track at an interval in ms; the analyser of Web Audio by default. */
  read?: typeof readSamples
}

type MicrophoneStatus = 'muted' | 'unmuted' | 'closed'

/** Reports the status of the microphone, and the changes of its sound, while it is open in a call. */
export function monitorMicrophone({ microphone, tracks, read = readSamples, ...parts }: MonitorParts): {
  /** Reads the status again, after a change that neither the microphone nor its track shows. */
  update(): void
  stop(): void
} {
  let status: MicrophoneStatus = 'closed'
  let listened: { track: MediaStreamTrack; status: MicrophoneStatus; stop(): void } | null = null

  const readStatus = (): MicrophoneStatus => {
    const snapshot = microphone.getSnapshot()
    if (!parts.isInCall() || !snapshot.matches('live') || snapshot.context.isTrackMuted) return 'closed'
    return snapshot.matches({ live: 'muted' }) ? 'muted' : 'unmuted'
  }

  const update = (): void => {
    const before = status
    status = readStatus()
    if (status !== before) parts.report({ type: `microphone.${status}` })
    const mayListen = status === 'unmuted' || (status === 'muted' && parts.mayListenWhileMuted())
    const track = mayListen ? tracks.get('microphone') : null
    if (listened?.track === track && listened?.status === status) return
    listened?.stop()
    listened = track && { track, status, stop: listenTo(track, status === 'muted') }
  }

  const listenTo = (track: MediaStreamTrack, isMuted: boolean): (() => void) => {
    const detector = new SoundDetector((type) => {
      // Nobody needs to know that an unmuted user speaks.
      if (isMuted || type.startsWith('silence')) parts.report({ type })
    })
    const source = isMuted ? cloneEnabled(track) : track
    const release = (): void => {
      if (source !== track) source.stop()
    }
    try {
      const stop = read(source, readIntervalMs, (samples) => detector.read(samples))
      return () => {
        stop()
        release()
      }
    } catch {
      // Hints need samples. Firefox reads no track whose sample rate differs from that of the output.
      release()
      return () => undefined
    }
  }

  const subscription = microphone.subscribe(update)
  const unsubscribe = tracks.subscribe((kind) => {
    if (kind === 'microphone') update()
  })
  update()
  return {
    update,
    stop() {
      subscription.unsubscribe()
      unsubscribe()
      listened?.stop()
      listened = null
    },
  }
}

/**
 * Returns a copy of a muted track that this page can hear. The copy is given to no connection, and the track itself stays
 * disabled, so nothing is sent. The caller stops the copy.
 */
export function cloneEnabled(track: MediaStreamTrack): MediaStreamTrack {
  const clone = track.clone()
  clone.enabled = true
  return clone
}
