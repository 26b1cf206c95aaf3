/** One tone: a soft attack, then an exponential decay. */
export interface Tone {
  frequencyHz: number
  startMs: number
  lengthMs: number
  /** Peak amplitude, 0 to 1. */
  volume: number
}

/** Frequencies of a C major chord, in Hz. */
export const [c5, e5, g5] = [523.25, 659.26, 783.99] as const
/** The sound that tests a speaker: three tones rise and fall in 1.5 s, long enough to look for the right box. */
export const speakerTest: readonly Tone[] = [c5, e5, g5, e5, c5].map((frequencyHz, index) => ({
  frequencyHz,
  startMs: 250 * index,
  lengthMs: 500,
  volume: 0.3,
}))

/** A second partial, as a multiple of the frequency and of the volume: it sounds like a bell. */
const partial = { frequency: 3, volume: 0.12 }
const attackSeconds = 0.008
/** Amplitude at the end of a decay. An exponential ramp cannot reach 0. */
const silence = 0.0001
/** Closes a context that the browser has not allowed to play, in ms. Otherwise its sound would come at a later click. */
const closeAfterMs = 3_000

/**
 * Plays tones through the speaker with this id, or through the default one. Does nothing if the browser does not allow
 * sound yet. Never throws.
 */
export function playTones(tones: readonly Tone[], speakerId: string | null): void {
  const context = openContext(speakerId)
  if (!context) return
  const close = (): void => {
    clearTimeout(timer)
    // It rejects if the context is closed already.
    context.close().catch(() => undefined)
  }
  const timer = setTimeout(close, closeAfterMs)
  const ends = tones.map((tone) => playTone(context, tone))
  ends.at(-1)?.addEventListener('ended', close)
}

function openContext(speakerId: string | null): AudioContext | null {
  if (!('AudioContext' in globalThis)) return null
  try {
    return new AudioContext({ latencyHint: 'balanced', ...(speakerId && { sinkId: speakerId }) })
  } catch {
    // The browser limits the number of contexts, or has no sound.
    return null
  }
}

/** Returns the oscillator that ends last. */
function playTone(context: AudioContext, { frequencyHz, startMs, lengthMs, volume }: Tone): OscillatorNode {
  const startSeconds = context.currentTime + startMs / 1_000
  const endSeconds = startSeconds + lengthMs / 1_000
  const play = (frequency: number, peak: number): OscillatorNode => {
    const gain = new GainNode(context, { gain: 0 })
    gain.connect(context.destination)
    gain.gain.setValueAtTime(silence, startSeconds)
    gain.gain.linearRampToValueAtTime(peak, startSeconds + attackSeconds)
    gain.gain.exponentialRampToValueAtTime(silence, endSeconds)
    const oscillator = new OscillatorNode(context, { frequency })
    oscillator.connect(gain)
    oscillator.start(startSeconds)
    oscillator.stop(endSeconds)
    return oscillator
  }
  play(frequencyHz * partial.frequency, volume * partial.volume)
  return play(frequencyHz, volume)
}
