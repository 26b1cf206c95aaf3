import { afterEach, expect, test, vi } from 'vitest'
import { systemClock } from '../../../server/common/clock.ts'

afterEach(() => {
  vi.useRealTimers()
})

test.each([3_600_000, -3_600_000])(
  'a step of the wall clock by %i ms moves unixTime, and not the clock of deadlines',
  (step) => {
    const [before, unixBefore] = [systemClock.now(), systemClock.unixTimeMs()]
    vi.useFakeTimers({ toFake: ['Date'] })
    vi.setSystemTime(Date.now() + step)
    // A test run takes less than a tenth of an hour between these lines.
    expect(Math.abs(systemClock.now() - before)).toBeLessThan(360_000)
    expect(Math.abs(systemClock.unixTimeMs() - unixBefore - step)).toBeLessThan(360_000)
  },
)
