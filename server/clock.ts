/** Where the server's time comes from, so that tests can bring their own. */
export interface Clock {
  /** Milliseconds since 1970. */
  now(): number
  /** Does something again and again; returns what stops it. */
  every(milliseconds: number, work: () => void): () => void
}

export const systemClock: Clock = {
  now: () => Date.now(),
  every(milliseconds, work) {
    const timer = setInterval(work, milliseconds)
    timer.unref()
    return () => clearInterval(timer)
  },
}
