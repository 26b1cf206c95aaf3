/** Where the server's time comes from, so that tests can bring their own. */
export interface Clock {
  /**
   * Milliseconds, for deadlines, rates and ages. It starts at the Unix time of the process's start and only goes forward, by the time
   * that passed: a step of the wall clock ends no seat and empties no bucket.
   */
  now(): number
  /** Milliseconds since 1970, as this machine believes. A step moves it: only for a time that another program reads. */
  unixTime(): number
  /** Does something again and again; returns what stops it. */
  every(milliseconds: number, work: () => void): () => void
}

export const systemClock: Clock = {
  now: () => performance.timeOrigin + performance.now(),
  unixTime: () => Date.now(),
  every(milliseconds, work) {
    const timer = setInterval(work, milliseconds)
    timer.unref()
    return () => clearInterval(timer)
  },
}
