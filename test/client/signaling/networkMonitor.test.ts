import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { monitorNetwork } from '../../../client/signaling/networkMonitor.ts'

/** The parts of a browser window that the monitor uses. */
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

describe('network change', () => {
  test.each([
    ['online', online],
    ['change', other],
  ] as const)('a change is reported at once (%s)', (_, happen) => {
    happen()
    expect(calls()).toBe(1)
    vi.advanceTimersByTime(10_000)
    expect(calls()).toBe(1)
  })

  test('several events of one change are reported once more after the debounce interval', () => {
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

  test('continuous events are reported at most once per second', () => {
    for (let each = 0; each < 100; each++) {
      other()
      vi.advanceTimersByTime(100)
    }
    expect(calls()).toBeGreaterThan(5)
    expect(calls()).toBeLessThanOrEqual(11)
  })

  test('sleep is reported as a change, and a late timer is not', () => {
    vi.advanceTimersByTime(5_000)
    expect(calls()).toBe(0)
    vi.setSystemTime(Date.now() + 60_000)
    vi.advanceTimersByTime(1_000)
    expect(calls()).toBe(0)
    vi.setSystemTime(Date.now() + 3_600_000)
    vi.advanceTimersByTime(1_000)
    expect(calls()).toBe(1)
  })

  test('nothing is reported after the stop function', () => {
    online()
    online()
    stop()
    online()
    other()
    vi.advanceTimersByTime(10_000)
    expect([calls(), vi.getTimerCount()]).toEqual([1, 0])
  })
})

test('the monitor works without navigator.connection', () => {
  stop()
  vi.stubGlobal('navigator', {})
  stop = monitorNetwork(changed)
  online()
  expect(calls()).toBe(1)
})
