/** The server's time source, which tests can replace. */
export interface Clock {
  /**
   * Monotonic time in ms, for deadlines, rates and ages. It starts at the Unix time of the process start.
   * A step of the wall clock does not expire a seat or empty a bucket.
   */
  now(): number
  /** Wall clock in ms since 1970. It can step, so use it only for a time that another program reads. */
  unixTimeMs(): number
  /**
   * Calls `callback` at an interval; returns a function that stops it.
   * @param callback receives its delay in ms, for which the event loop did not run
   */
  every(intervalMs: number, callback: (lateMs: number) => void): () => void
}

/** The real clock. Its timers do not keep the process alive. */
export const systemClock: Clock = {
  now: () => performance.timeOrigin + performance.now(),
  unixTimeMs: () => Date.now(),
  every(intervalMs, callback) {
    let dueAtMs = performance.now() + intervalMs
    const timer = setInterval(() => {
      const lateMs = performance.now() - dueAtMs
      dueAtMs += intervalMs + lateMs
      callback(lateMs)
    }, intervalMs)
    timer.unref()
    return () => clearInterval(timer)
  },
}
