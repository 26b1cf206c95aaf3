/** Where the server's time comes from, so that tests can bring their own. */
export interface Clock {
  /**
   * Milliseconds, for deadlines, rates and ages. It starts at the Unix time of the process's start and only goes forward, by the time
   * that passed: a step of the wall clock ends no seat and empties no bucket.
   */
  now(): number
  /** Milliseconds since 1970, as this machine believes. A step moves it: only for a time that another program reads. */
  unixTime(): number
  /**
   * Does something again and again; returns what stops it.
   * @param work gets how late it is, in ms: for so long the event loop did not run
   */
  every(milliseconds: number, work: (lateMs: number) => void): () => void
}

export const systemClock: Clock = {
  now: () => performance.timeOrigin + performance.now(),
  unixTime: () => Date.now(),
  every(milliseconds, work) {
    let due = performance.now() + milliseconds
    const timer = setInterval(() => {
      const lateMs = performance.now() - due
      due += milliseconds + lateMs
      work(lateMs)
    }, milliseconds)
    timer.unref()
    return () => clearInterval(timer)
  },
}

/**
 * `setTimeout` for one who waits to read something. Where it is late the event loop has not read for a while: it reads what waits
 * before `work` begins, and whatever comes then may still stop it. Returns what stops it.
 */
export function readTimeout(milliseconds: number, work: () => void): () => void {
  let immediate: NodeJS.Immediate | undefined
  const timer = setTimeout(() => { immediate = setImmediate(work) }, milliseconds)
  return () => {
    clearTimeout(timer)
    clearImmediate(immediate)
  }
}
