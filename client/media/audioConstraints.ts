import { type KeyValueStorage, getStored } from '../common/storage.ts'

/** A filter of the browser for the sound of the microphone (Media Capture and Streams §4.3.8). */
export type MicrophoneFilter = 'echoCancellation' | 'noiseSuppression' | 'autoGainControl'
/** A switch of the person. `music` turns all filters off, and sends more of the sound. */
export type ProcessingOption = MicrophoneFilter | 'music'

/** Bitrate of music, in bit/s. Opus is transparent at 128 kbit/s. Speech has the browser's default, about 32 kbit/s. */
export const musicBitrateBps = 128_000

/** The key of the stored choice. */
export const processingKey = 'processing'

/** Returns the stored options that differ from the default: the filters are on, and music is off. */
export const readChangedOptions = (storage: KeyValueStorage | undefined): string[] =>
  getStored(storage, processingKey)?.split(' ') ?? []

/**
 * Returns the constraints for these changed options. Bare values are ideal ones, so no microphone is rejected for them.
 * Only music asks for two channels.
 */
export function audioConstraints(changed: readonly string[]): MediaTrackConstraints {
  const isMusic = changed.includes('music')
  const isOn = (filter: MicrophoneFilter): boolean => !isMusic && !changed.includes(filter)
  return {
    echoCancellation: isOn('echoCancellation'),
    noiseSuppression: isOn('noiseSuppression'),
    autoGainControl: isOn('autoGainControl'),
    ...(isMusic && { channelCount: 2 }),
  }
}

/**
 * Marks a track as speech or music (MediaStreamTrack Content Hints §3.1). The senders read the mark. Firefox 153 only
 * stores it.
 */
export function markSound(track: MediaStreamTrack, { channelCount }: MediaTrackConstraints): void {
  track.contentHint = channelCount ? 'music' : ''
}
