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

/**
 * `setTimeout` for a read that may time out. A late timer means that the event loop was blocked. The loop then reads
 * pending data before `callback` runs, and that data may still cancel it. Returns a function that cancels the timeout.
 */
export function setReadTimeout(timeoutMs: number, callback: () => void): () => void {
  let immediate: NodeJS.Immediate | undefined
  const timer = setTimeout(() => {
    immediate = setImmediate(callback)
  }, timeoutMs)
  return () => {
    clearTimeout(timer)
    clearImmediate(immediate)
  }
}
