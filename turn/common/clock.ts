/** Monotonic time and wall time, both in ms since 1970. */
export interface Clock {
  /**
   * Monotonic time for lifetimes, rates and ages (CLOCK_MONOTONIC, offset to the Unix time at start).
   * A step of the wall clock does not move it. It stops while the machine is suspended.
   */
  now(): number
  /** Wall-clock Unix time, only for the expiry in REST usernames. A clock step moves it. */
  unixTimeMs(): number
}

/** Returns Unix time minus CLOCK_MONOTONIC, in ms. Threads that share an origin have the same time. */
export const createTimeOrigin = (): number => Date.now() - monotonicMs()

/** Creates the system clock. @param origin from `createTimeOrigin` in any thread of this process */
export function createSystemClock(origin = createTimeOrigin()): Clock {
  // `performance.now()` allocates no object, unlike `hrtime`, but starts at 0 in each thread.
  const offset = origin + monotonicMs() - performance.now()
  return { now: () => performance.now() + offset, unixTimeMs: () => Date.now() }
}

/** CLOCK_MONOTONIC in ms, the same in all threads. */
function monotonicMs(): number {
  const [seconds, nanoseconds] = process.hrtime()
  return seconds * 1000 + nanoseconds / 1e6
}
