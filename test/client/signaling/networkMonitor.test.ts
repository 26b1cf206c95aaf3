import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { monitorNetwork } from '../../../client/signaling/networkMonitor.ts'

/** What a browser has of these. */
class FakeWindow extends EventTarget {
  readonly connection = new EventTarget()
}

let browser: FakeWindow
let stop: () => void
const changed = vi.fn()

beforeEach(() => {
  vi.useFakeTimers()
  browser = new FakeWindow()
  vi.stubGlobal('addEventListener', browser.addEventListener.bind(browser))
  vi.stubGlobal('navigator', { connection: browser.connection })
  changed.mockClear()
  stop = monitorNetwork(changed)
})
afterEach(() => {
  stop()
  vi.unstubAllGlobals()
  vi.useRealTimers()
})

const online = (): void => void browser.dispatchEvent(new Event('online'))
const other = (): void => void browser.connection.dispatchEvent(new Event('change'))
const calls = (): number => changed.mock.calls.length

describe('a change of the network', () => {
  test.each([
    ['online', online],
    ['change', other],
  ] as const)('is told at once (%s)', (_, happen) => {
    happen()
    expect(calls()).toBe(1)
    vi.advanceTimersByTime(10_000)
    expect(calls()).toBe(1)
  })

  test('that the browser says several times is told once more, when it has no more to say', () => {
    for (const happen of [online, other, other]) {
      happen()
      vi.advanceTimersByTime(300)
    }
    expect(calls()).toBe(1)
    vi.advanceTimersByTime(100)
    expect(calls()).toBe(2)
    vi.advanceTimersByTime(10_000)
    expect(calls()).toBe(2)
  })

  test('that goes on and on is told no more than once a second', () => {
    for (let each = 0; each < 100; each++) {
      other()
      vi.advanceTimersByTime(100)
    }
    expect(calls()).toBeGreaterThan(5)
    expect(calls()).toBeLessThanOrEqual(11)
  })

  test('is one where the machine has slept, and not where a timer was a little late', () => {
    vi.advanceTimersByTime(5_000)
    expect(calls()).toBe(0)
    vi.setSystemTime(Date.now() + 60_000)
    vi.advanceTimersByTime(1_000)
    expect(calls()).toBe(0)
    vi.setSystemTime(Date.now() + 3_600_000)
    vi.advanceTimersByTime(1_000)
    expect(calls()).toBe(1)
  })

  test('is nobody’s business after the end', () => {
    online()
    online()
    stop()
    online()
    other()
    vi.advanceTimersByTime(10_000)
    expect([calls(), vi.getTimerCount()]).toEqual([1, 0])
  })
})

test('a browser that does not tell of its connections is listened to as well', () => {
  stop()
  vi.stubGlobal('navigator', {})
  stop = monitorNetwork(changed)
  online()
  expect(calls()).toBe(1)
})
