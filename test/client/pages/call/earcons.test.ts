import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { earcons, playEarcon } from '../../../../client/pages/call/earcons.ts'

const changes = Object.keys(earcons) as (keyof typeof earcons)[]

/** Records the tones of a Web Audio graph. A blocked context never ends a tone. */
class FakeContext {
  static opened: FakeContext[] = []
  static isBlocked = false
  readonly options: AudioContextOptions
  readonly currentTime = 0
  readonly destination = {}
  readonly oscillators: FakeOscillator[] = []
  closeCount = 0

  constructor(options: AudioContextOptions) {
    this.options = options
    FakeContext.opened.push(this)
  }

  close(): Promise<void> {
    this.closeCount += 1
    return this.closeCount === 1 ? Promise.resolve() : Promise.reject(new DOMException('', 'InvalidStateError'))
  }

  endTones(): void {
    for (const each of this.oscillators) each.dispatchEvent(new Event('ended'))
  }
}

class FakeOscillator extends EventTarget {
  readonly frequency: number
  startSeconds = NaN
  endSeconds = NaN

  constructor(context: FakeContext, { frequency }: { frequency: number }) {
    super()
    this.frequency = frequency
    context.oscillators.push(this)
  }

  connect(): void {}
  start(seconds: number): void {
    this.startSeconds = seconds
  }
  stop(seconds: number): void {
    this.endSeconds = seconds
  }
}

class FakeGain {
  readonly gain = {
    setValueAtTime: () => undefined,
    linearRampToValueAtTime: () => undefined,
    exponentialRampToValueAtTime: () => undefined,
  }
  connect(): void {}
}

beforeEach(() => {
  vi.useFakeTimers()
  FakeContext.opened = []
  vi.stubGlobal('AudioContext', FakeContext)
  vi.stubGlobal('OscillatorNode', FakeOscillator)
  vi.stubGlobal('GainNode', FakeGain)
})
afterEach(() => {
  vi.useRealTimers()
  vi.unstubAllGlobals()
})

test('no two sounds have the same tones', () => {
  expect(new Set(changes.map((change) => JSON.stringify(earcons[change]))).size).toBe(changes.length)
})

describe.each(changes)('the sound “%s”', (change) => {
  test('is shorter than a second, and softer than full volume', () => {
    const ends = earcons[change].map(({ startMs, lengthMs }) => startMs + lengthMs)
    expect(Math.max(...ends)).toBeLessThan(1_000)
    // All tones and their partials at once stay below the amplitude at which a sound distorts.
    expect(earcons[change].reduce((sum, { volume }) => sum + volume * 1.12, 0)).toBeLessThan(1.5)
    expect(Math.max(...earcons[change].map(({ volume }) => volume))).toBeLessThanOrEqual(0.3)
  })

  test('plays its tones, and closes its context once they have ended', () => {
    playEarcon(change)
    const [context] = FakeContext.opened
    expect(context!.oscillators.map(({ startSeconds }) => startSeconds * 1_000)).toEqual(
      earcons[change].flatMap(({ startMs }) => [startMs, startMs]),
    )
    expect(context!.closeCount).toBe(0)
    context!.endTones()
    vi.advanceTimersByTime(60_000)
    expect(context!.closeCount).toBe(1)
  })

  test('never throws, and does not come late, while the browser allows no sound', () => {
    playEarcon(change)
    vi.advanceTimersByTime(60_000)
    expect(FakeContext.opened[0]!.closeCount).toBe(1)
  })
})

test('a sound plays through the chosen speaker', () => {
  playEarcon('arrived', 'headset')
  playEarcon('arrived')
  expect(FakeContext.opened.map(({ options }) => (options as { sinkId?: string }).sinkId)).toEqual([
    'headset',
    undefined,
  ])
})

test('a browser that opens no context stays silent', () => {
  vi.stubGlobal(
    'AudioContext',
    class {
      constructor() {
        throw new DOMException('too many contexts', 'NotSupportedError')
      }
    },
  )
  expect(() => playEarcon('left')).not.toThrow()
  vi.stubGlobal('AudioContext', undefined)
  expect(() => playEarcon('left')).not.toThrow()
})
