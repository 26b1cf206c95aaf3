import { type KeyValueStorage, setStored } from '../../common/storage.ts'
import {
  audioConstraints,
  markSound,
  processingKey,
  readChangedOptions,
  type ProcessingOption,
} from '../../media/audioConstraints.ts'
import type { Session } from '../../session/callSession.ts'

/** How the browser processes the sound of the microphone. The choice is stored for all rooms. */
export class MicrophoneProcessing {
  readonly #storage: KeyValueStorage | undefined
  #changed: readonly string[]

  constructor(storage: KeyValueStorage | undefined) {
    this.#storage = storage
    this.#changed = readChangedOptions(storage)
  }

  /** Returns the choice of a switch. In music mode, those of the filters have no effect. */
  isOn(option: ProcessingOption): boolean {
    return this.#changed.includes(option) === (option === 'music')
  }

  /** Switches an option on or off, and stores the choice for the next request of a microphone. */
  set(option: ProcessingOption, isOn: boolean): void {
    const others = this.#changed.filter((each) => each !== option)
    this.#changed = isOn === (option === 'music') ? [...others, option] : others
    setStored(this.#storage, processingKey, this.#changed.join(' '))
  }

  /**
   * Changes the live microphone to the choice. Chromium 156 changes no filter of a live track, so the track is then
   * requested again. Never rejects.
   */
  async apply({ microphone, tracks }: Pick<Session, 'microphone' | 'tracks'>): Promise<void> {
    const constraints = audioConstraints(this.#changed)
    const track = tracks.get('microphone')
    const isApplied = track !== null && (await canApply(track, constraints))
    // It may have ended, or another one may have taken its place.
    if (tracks.get('microphone') !== track) return
    if (!track || !isApplied) return microphone.send({ type: 'processing.changed' })
    markSound(track, constraints)
    // The senders read the mark.
    tracks.set('microphone', track)
  }
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
