/** Browsers say it several times for one change. */
const settling = 1_000
/** How often one looks at the clock, and what it has to have jumped by: timers of a hidden page may wait for a minute. */
const tick = 1_000
const slept = 70_000

/** Not in every browser, and not in the compiler's list. */
type Connected = Navigator & { connection?: EventTarget }

/**
 * Calls when this machine's addresses may have changed, or it has slept: at once, and once more when the browser has no more to
 * say of it. Returns its undo.
 */
export function watchNetwork(changed: () => void): () => void {
  const stop = new AbortController()
  let timer: ReturnType<typeof setTimeout> | undefined
  let isAgain = false
  const settle = (): void => {
    timer = undefined
    if (!isAgain) return
    isAgain = false
    note()
  }
  const note = (): void => {
    isAgain = timer !== undefined
    if (isAgain) return
    timer = setTimeout(settle, settling)
    changed()
  }
  addEventListener('online', note, { signal: stop.signal })
  ;(navigator as Connected).connection?.addEventListener('change', note, { signal: stop.signal })
  const unwatch = watchClock(note)
  return () => {
    stop.abort()
    unwatch()
    clearTimeout(timer)
  }
}

/** A machine that sleeps tells nobody. */
function watchClock(woke: () => void): () => void {
  let at = Date.now()
  const timer = setInterval(() => {
    const now = Date.now()
    if (now - at > slept) woke()
    at = now
  }, tick)
  return () => clearInterval(timer)
}
