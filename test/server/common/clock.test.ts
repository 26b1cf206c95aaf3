import { afterEach, expect, test, vi } from 'vitest'
import { systemClock } from '../../../server/common/clock.ts'

afterEach(() => {
  vi.useRealTimers()
})

test.each([3_600_000, -3_600_000])(
  'a wall-clock step of %i ms changes unixTimeMs but not the monotonic clock',
  (step) => {
    const [before, unixBefore] = [systemClock.now(), systemClock.unixTimeMs()]
    vi.useFakeTimers({ toFake: ['Date'] })
    vi.setSystemTime(Date.now() + step)
    // The tolerance of 6 min covers a slow machine between these lines.
    expect(Math.abs(systemClock.now() - before)).toBeLessThan(360_000)
    expect(Math.abs(systemClock.unixTimeMs() - unixBefore - step)).toBeLessThan(360_000)
  },
)
