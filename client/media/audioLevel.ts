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
 * Measures the level of a track every 45 ms, from 0 to 1, and reports changes of at least 0.005. Returns its stop
 * function.
 */
export function monitorAudioLevel(track: MediaStreamTrack, onLevel: (level: number) => void): () => void {
  const audio = new AudioContext()
  const analyser = audio.createAnalyser()
  const samples = new Float32Array(analyser.fftSize)
  const stop = new AbortController()
  let level = 0
  const timer = setInterval(measure, sampleIntervalMs)
  audio.createMediaStreamSource(new MediaStream([track])).connect(analyser)
  // Browsers suspend an AudioContext until the first user gesture.
  if (audio.state === 'suspended') {
    for (const gesture of ['pointerdown', 'keydown']) {
      addEventListener(gesture, () => void audio.resume(), { signal: stop.signal, once: true })
    }
  }

  function measure(): void {
    analyser.getFloatTimeDomainData(samples)
    const power = samples.reduce((sum, sample) => sum + sample * sample, 0) / samples.length
    const next = Math.max(Math.min(1, Math.sqrt(power) / loudestRms), level * decayPerTick)
    if (Math.abs(next - level) < 0.005) return
    level = next
    onLevel(level)
  }

  return () => {
    stop.abort()
    clearInterval(timer)
    void audio.close()
  }
}
