/** Where the server's time comes from, so that tests can bring their own. */
export interface Clock {
  /**
   * Milliseconds, for deadlines, rates and ages. It starts at the Unix time of the process's start and only goes forward, by the time
   * that passed: a step of the wall clock ends no seat and empties no bucket.
   */
  now(): number
  /** Milliseconds since 1970, as this machine believes. A step moves it: only for a time that another program reads. */
  unixTimeMs(): number
  /**
   * Calls `callback` at an interval; returns a function that stops it.
   * @param callback gets how late it runs, in ms: the event loop did not run for that long
   */
  every(intervalMs: number, callback: (lateMs: number) => void): () => void
}

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

/**
 * `setTimeout` for a read that may time out. A late timer means that the event loop did not read for a while: the loop then reads
 * pending data before `callback` runs, and that data may still cancel it. Returns a function that cancels it.
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
