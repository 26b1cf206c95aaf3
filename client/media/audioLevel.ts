/** RMS that the meter shows as 1: about the loudest speech. */
const loudestRms = 0.25
/**
 * Sampling interval in ms. The analyser's window (2048 samples) is about as long, so shorter intervals show nothing
 * new.
 */
const sampleIntervalMs = 45
/** Factor by which the meter falls per sample. */
const decayPerTick = 0.8

/**
 * Reads the newest 2048 samples of a track at an interval in ms. Reads nothing while the browser suspends Web Audio:
 * before the first user gesture, and in a Firefox without an output device. Returns its stop function.
 * @throws {DOMException} Web Audio cannot read the track: a Firefox reads only the sample rate of the output device
 */
export function readSamples(
  track: MediaStreamTrack,
  intervalMs: number,
  onSamples: (samples: Float32Array) => void,
): () => void {
  const audio = new AudioContext()
  const analyser = audio.createAnalyser()
  const samples = new Float32Array(analyser.fftSize)
  try {
    audio.createMediaStreamSource(new MediaStream([track])).connect(analyser)
  } catch (error) {
    void audio.close()
    throw error
  }
  const stop = new AbortController()
  const timer = setInterval(() => {
    if (audio.state !== 'running') return
    analyser.getFloatTimeDomainData(samples)
    onSamples(samples)
  }, intervalMs)
  if (audio.state === 'suspended') {
    for (const gesture of ['pointerdown', 'keydown']) {
      addEventListener(gesture, () => void audio.resume(), { signal: stop.signal, once: true })
    }
  }
  return () => {
    stop.abort()
    clearInterval(timer)
    void audio.close()
  }
}

/** Returns the root mean square of samples, 0 to 1. */
export const readRms = (samples: Float32Array): number =>
  Math.sqrt(samples.reduce((sum, sample) => sum + sample * sample, 0) / samples.length)

/**
 * Measures the level of a track every 45 ms, from 0 to 1, and reports changes of at least 0.005. Returns its stop
 * function.
 */
export function monitorAudioLevel(track: MediaStreamTrack, onLevel: (level: number) => void): () => void {
  let level = 0
  return readSamples(track, sampleIntervalMs, (samples) => {
    const next = Math.max(Math.min(1, readRms(samples) / loudestRms), level * decayPerTick)
    if (Math.abs(next - level) < 0.005) return
    level = next
    onLevel(level)
  })
}
