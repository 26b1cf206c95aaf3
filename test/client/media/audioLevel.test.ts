import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { monitorAudioLevel, readRms, readSamples } from '../../../client/media/audioLevel.ts'

/** Web Audio with a microphone that delivers `amplitude`. */
class FakeContext {
  static opened: FakeContext[] = []
  static amplitude = 0
  static canRead = true
  state: AudioContextState = 'suspended'
  constructor() {
    FakeContext.opened.push(this)
  }
  createAnalyser = () => ({
    fftSize: 4,
    getFloatTimeDomainData: (samples: Float32Array) => void samples.fill(FakeContext.amplitude),
  })
  createMediaStreamSource = () => {
    if (!FakeContext.canRead) throw new DOMException('The sample rates differ.', 'NotSupportedError')
    return { connect: () => undefined }
  }
  resume = async (): Promise<void> => void (this.state = 'running')
  close = async (): Promise<void> => void (this.state = 'closed')
}

const page = new EventTarget()
const track = {} as MediaStreamTrack

beforeEach(() => {
  vi.useFakeTimers()
  FakeContext.opened = []
  FakeContext.amplitude = 0
  FakeContext.canRead = true
  vi.stubGlobal('AudioContext', FakeContext)
  vi.stubGlobal('MediaStream', class {})
  vi.stubGlobal('addEventListener', page.addEventListener.bind(page))
})
afterEach(() => {
  vi.useRealTimers()
  vi.unstubAllGlobals()
})

test('a suspended context is not silence: nothing is read until a gesture resumes it', () => {
  let readCount = 0
  const stop = readSamples(track, 100, () => (readCount += 1))
  vi.advanceTimersByTime(10_000)
  expect(readCount).toBe(0)
  page.dispatchEvent(new Event('pointerdown'))
  vi.advanceTimersByTime(1_000)
  expect(readCount).toBe(10)
  stop()
  vi.advanceTimersByTime(1_000)
  expect([readCount, FakeContext.opened[0]?.state]).toEqual([10, 'closed'])
})

test('a track that Web Audio cannot read leaves no context and no timer', () => {
  FakeContext.canRead = false
  expect(() => readSamples(track, 100, () => undefined)).toThrow('The sample rates differ.')
  expect([FakeContext.opened[0]?.state, vi.getTimerCount()]).toEqual(['closed', 0])
})

test('the level rises at once, falls slowly, and is reported only when it changes', () => {
  const levels: number[] = []
  const stop = monitorAudioLevel(track, (level) => levels.push(level))
  page.dispatchEvent(new Event('keydown'))
  FakeContext.amplitude = 0.25
  vi.advanceTimersByTime(1_000)
  expect(levels).toEqual([1])
  FakeContext.amplitude = 0
  vi.advanceTimersByTime(3_000)
  stop()
  expect(levels[1]).toBeCloseTo(0.8)
  expect(levels.length).toBeLessThan(30)
})

test('the root mean square of a full wave of amplitude 1 is 0.71', () => {
  const wave = Float32Array.from({ length: 48 }, (_, index) => Math.sin((2 * Math.PI * index) / 48))
  expect(readRms(wave)).toBeCloseTo(Math.SQRT1_2)
})
