/** Two times, both in milliseconds since 1970. */
export interface Clock {
  /**
   * For lifetimes, rates and ages. It starts at the Unix time of the start and only goes forward, by the time that passed
   * (CLOCK_MONOTONIC): a step of the wall clock does not move it. It stands still while the machine is suspended.
   */
  now(): number
  /** Unix time as this machine believes it: only for the expiry that a REST username carries. A step moves it. */
  unixTimeMs(): number
}

/** Unix time minus CLOCK_MONOTONIC, in milliseconds. Threads that share one origin show the same time. */
export const createTimeOrigin = (): number => Date.now() - monotonicMs()

/** @param origin from `createTimeOrigin`, of this thread or another one of the process */
export function createSystemClock(origin = createTimeOrigin()): Clock {
  // `performance.now()` makes no object, unlike `hrtime`, but starts at 0 in each thread.
  const offset = origin + monotonicMs() - performance.now()
  return { now: () => performance.now() + offset, unixTimeMs: () => Date.now() }
}

/** CLOCK_MONOTONIC, which all threads have in common. */
function monotonicMs(): number {
  const [seconds, nanoseconds] = process.hrtime()
  return seconds * 1000 + nanoseconds / 1e6
}
