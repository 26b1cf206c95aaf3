import { type KeyValueStorage, getStored, setStored } from '../common/storage.ts'

const filters = ['echoCancellation', 'noiseSuppression', 'autoGainControl'] as const

/** A filter of the browser for the sound of the microphone (Media Capture and Streams §4.3.8). */
export type MicrophoneFilter = (typeof filters)[number]
/** A switch of the person. `music` turns all filters off, and sends more of the sound. */
export type ProcessingOption = MicrophoneFilter | 'music'

/** Bitrate of music, in bit/s. Opus is transparent at 128 kbit/s. Speech has the browser's default, about 32 kbit/s. */
export const musicBitrateBps = 128_000

/** How the browser processes the sound of the microphone. The choice is stored for all rooms. */
export class MicrophoneProcessing {
  /** The options that differ from the default: the filters are on, and music is off. */
  #changed: readonly string[]
  readonly #storage: KeyValueStorage | undefined

  constructor(storage: KeyValueStorage | undefined) {
    this.#storage = storage
    this.#changed = getStored(storage, 'processing')?.split(' ') ?? []
  }

  /** Returns the choice of a switch. In music mode, those of the filters have no effect. */
  isOn(option: ProcessingOption): boolean {
    return this.#changed.includes(option) === (option === 'music')
  }

  /** Switches an option on or off, and stores the choice. `applyProcessing` (../pages/audio/) changes a live track. */
  set(option: ProcessingOption, isOn: boolean): void {
    const others = this.#changed.filter((each) => each !== option)
    this.#changed = isOn === (option === 'music') ? [...others, option] : others
    setStored(this.#storage, 'processing', this.#changed.join(' '))
  }

  /** Returns the constraints of the choice. Bare values are ideal ones, so no microphone is rejected for them. */
  get constraints(): MediaTrackConstraints {
    const isMusic = this.isOn('music')
    const constraints: MediaTrackConstraints = isMusic ? { channelCount: 2 } : {}
    for (const filter of filters) constraints[filter] = !isMusic && this.isOn(filter)
    return constraints
  }

  /**
   * Marks a track as speech or music (MediaStreamTrack Content Hints §3.1). The senders read the mark. Firefox 153 only
   * stores it.
   */
  mark(track: MediaStreamTrack): void {
    track.contentHint = this.isOn('music') ? 'music' : ''
  }
}
