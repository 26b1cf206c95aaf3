import { describe, expect, test } from 'vitest'
import { timeouts } from '../../../../machines/protocol/timeouts.ts'
import { readIntervalMs, SoundDetector } from '../../../../client/pages/audio/soundDetector.ts'

const sampleRate = 48_000
const windowLength = 2_048

/** The samples that the analyser has at a time, of a sound with this amplitude at each moment. */
function readWindow(atMs: number, amplitudeAt: (seconds: number) => number): Float32Array {
  const end = (atMs / 1_000) * sampleRate
  return Float32Array.from({ length: windowLength }, (_, index) => {
    const seconds = Math.max(0, end - windowLength + index) / sampleRate
    return amplitudeAt(seconds) * Math.sin(2 * Math.PI * 200 * seconds)
  })
}

/** Reads a sound for some seconds, and returns each change with its time in ms. */
function listen(seconds: number, amplitudeAt: (seconds: number) => number): [change: string, atMs: number][] {
  const changes: [string, number][] = []
  let atMs = 0
  const detector = new SoundDetector((change) => changes.push([change, atMs]))
  for (; atMs < seconds * 1_000; atMs += readIntervalMs) detector.read(readWindow(atMs, amplitudeAt))
  return changes
}

const speechIn = (changes: [string, number][]) => changes.filter(([change]) => change.startsWith('speech'))
/** A word of 0.7 s and a pause, in each second. */
const speak = (seconds: number): number => (seconds % 1 < 0.7 ? 0.2 : 0.004)

describe('speech', () => {
  test('is detected within a second, and its end within two', () => {
    const changes = speechIn(listen(10, (seconds) => (seconds >= 3 && seconds < 6 ? speak(seconds) : 0.004)))
    expect(changes.map(([change]) => change)).toEqual(['speech.started', 'speech.ended'])
    const [started, ended] = changes.map(([, atMs]) => atMs)
    expect(started).toBeGreaterThan(3_000)
    expect(started).toBeLessThanOrEqual(4_000)
    expect(ended).toBeGreaterThan(6_000)
    expect(ended).toBeLessThanOrEqual(8_000)
  })

  test('is detected over a fan', () => {
    expect(speechIn(listen(8, (seconds) => (seconds >= 3 ? Math.max(0.03, speak(seconds)) : 0.03)))[0]?.[0]).toBe(
      'speech.started',
    )
  })

  test.each<[string, (seconds: number) => number]>([
    ['a fan', () => 0.1],
    ['typing', (seconds) => (seconds % 0.3 < 0.04 ? 0.3 : 0.004)],
    ['a beep twice a second, as of the fake microphone of Chromium', (seconds) => (seconds % 0.5 < 0.02 ? 0.8 : 0)],
    ['a cough', (seconds) => (seconds > 3 && seconds < 3.4 ? 0.5 : 0.004)],
    ['a whisper from the next room', (seconds) => speak(seconds) / 20],
  ])('is not %s', (_, amplitudeAt) => {
    expect(speechIn(listen(20, amplitudeAt))).toEqual([])
  })
})

test('a fan that starts is like speech for less time than a hint needs', () => {
  const [started, ended] = speechIn(listen(20, (seconds) => (seconds < 3 ? 0.004 : 0.1))).map(([, atMs]) => atMs)
  expect(ended! - started!).toBeLessThan(timeouts.mutedSpeechMs)
})

describe('digital silence', () => {
  test('begins after a second without a sound, and ends with the first one', () => {
    const changes = listen(6, (seconds) => (seconds < 3 || seconds > 5 ? 0.004 : 0))
    expect(changes.map(([change]) => change)).toEqual(['silence.ended', 'silence.started', 'silence.ended'])
    expect(changes[1]![1]).toBe(4_000)
    expect(changes[2]![1]).toBeLessThanOrEqual(5_100)
  })

  test('is reported of a microphone that never delivers a sound', () => {
    expect(listen(3, () => 0)).toEqual([['silence.started', 900]])
  })

  test('is neither the pause between two beeps nor the noise of a quiet room', () => {
    expect(listen(20, (seconds) => (seconds % 0.5 < 0.06 ? 0.8 : 0)).map(([change]) => change)).toEqual([
      'silence.ended',
    ])
    expect(listen(20, () => 2 ** -14).map(([change]) => change)).toEqual(['silence.ended'])
  })
})
