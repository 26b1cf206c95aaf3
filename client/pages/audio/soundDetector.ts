import { readRms } from '../../media/audioLevel.ts'

/** Interval between two readings, in ms. */
export const readIntervalMs = 100
/** Readings that decide: one second. */
const recentCount = 10
/** Of these, so many loud ones begin speech, and so few end it. Typing and beeps are loud only now and then. */
const minLoudToStart = 6
const maxLoudToEnd = 2
/** A reading is loud above the softest recent one by this factor (10 dB). A steady sound is never loud. */
const loudToSoft = 3
/** The RMS of soft speech, −40 dBFS. */
const minSpeechRms = 0.01
/** Half a step of 16 bits. Samples below it are digital silence. */
const silentAmplitude = 2 ** -16

/** A change in the sound of a microphone. */
export type SoundChange = 'speech.started' | 'speech.ended' | 'silence.started' | 'silence.ended'

/**
 * Detects speech and digital silence in the sound of a microphone. Speech is loud for most of a second, with pauses: a fan
 * has none, and typing has more. Silence lasts a second.
 */
export class SoundDetector {
  readonly #report: (change: SoundChange) => void
  /** The RMS of the newest readings, the newest last. */
  readonly #levels: number[] = []
  #silentReadings = 0
  /** Readings since the first sound. Web Audio begins with silence and with a window that is partly silent. */
  #soundReadings = 0
  #isSpeech = false
  #isSilent: boolean | null = null

  constructor(report: (change: SoundChange) => void) {
    this.#report = report
  }

  /** Reads the newest samples. Call it every `readIntervalMs`. */
  read(samples: Float32Array): void {
    this.#detectSilence(samples)
    if (this.#isSilent !== false || ++this.#soundReadings === 1) return
    this.#levels.push(readRms(samples))
    if (this.#levels.length > recentCount) this.#levels.shift()
    const threshold = Math.max(minSpeechRms, loudToSoft * Math.min(...this.#levels))
    const loud = this.#levels.filter((level) => level > threshold).length
    const isSpeech = this.#isSpeech ? loud > maxLoudToEnd : loud >= minLoudToStart
    if (isSpeech === this.#isSpeech) return
    this.#isSpeech = isSpeech
    this.#report(isSpeech ? 'speech.started' : 'speech.ended')
  }

  #detectSilence(samples: Float32Array): void {
    const isSilentNow = samples.every((sample) => Math.abs(sample) < silentAmplitude)
    this.#silentReadings = isSilentNow ? this.#silentReadings + 1 : 0
    if (isSilentNow && this.#silentReadings < recentCount) return
    if (isSilentNow === this.#isSilent) return
    this.#isSilent = isSilentNow
    this.#report(isSilentNow ? 'silence.started' : 'silence.ended')
  }
}
