import type { Clock } from '../common/clock.ts'
import { Histogram } from '../common/histogram.ts'

/** Interval of the timer whose delay is measured, in ms. */
const sampleIntervalMs = 500

/** From 1 ms to 5 s, in seconds. A page reconnects after 9 s without an answer. */
const boundsSeconds = [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5]

/** Measures how late a timer fires. Returns the delays in seconds, and a function that stops the timer. */
export function measureEventLoopLag(clock: Clock): { lagSeconds: Histogram; stop: () => void } {
  const lagSeconds = new Histogram(boundsSeconds)
  const stop = clock.every(sampleIntervalMs, (lateMs) => lagSeconds.observe(Math.max(0, lateMs) / 1000))
  return { lagSeconds, stop }
}
