/** Where the meter stands at the loudest that people speak. */
const loudestRms = 0.25
/** What an analyser has of the past is about as long (2048 samples); in milliseconds. More often would be painted for nobody. */
const sampleIntervalMs = 45
/** How quickly the meter falls, per look. */
const decayPerTick = 0.8

/** Measures how loud a track is, 0 to 1, again and again. Returns its undo. */
export function monitorAudioLevel(track: MediaStreamTrack, onLevel: (level: number) => void): () => void {
  const audio = new AudioContext()
  const analyser = audio.createAnalyser()
  const samples = new Float32Array(analyser.fftSize)
  const stop = new AbortController()
  let level = 0
  const timer = setInterval(measure, sampleIntervalMs)
  audio.createMediaStreamSource(new MediaStream([track])).connect(analyser)
  // Browsers let nothing with sound begin before the person has touched the page.
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
