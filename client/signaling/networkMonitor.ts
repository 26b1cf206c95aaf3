/** Debounce interval in ms: browsers fire several events for one change. */
const debounceMs = 1_000
/** Interval of the clock check. */
const clockCheckMs = 1_000
/** A longer jump of the clock counts as sleep. Timers of a hidden page may be delayed by a minute. */
const sleepThresholdMs = 70_000

/** Not in every browser, and not in the TypeScript DOM types. */
type NavigatorWithConnection = Navigator & { connection?: EventTarget }

/**
 * Calls `onChange` when this machine's addresses may have changed or the machine has slept. It calls at once, and
 * again after the debounce interval if more events came. Returns its stop function.
 */
export function monitorNetwork(onChange: () => void): () => void {
  const stop = new AbortController()
  let timer: ReturnType<typeof setTimeout> | undefined
  let hasChangedAgain = false
  const endDebounce = (): void => {
    timer = undefined
    if (!hasChangedAgain) return
    hasChangedAgain = false
    debounceChange()
  }
  const debounceChange = (): void => {
    hasChangedAgain = timer !== undefined
    if (hasChangedAgain) return
    timer = setTimeout(endDebounce, debounceMs)
    onChange()
  }
  addEventListener('online', debounceChange, { signal: stop.signal })
  ;(navigator as NavigatorWithConnection).connection?.addEventListener('change', debounceChange, {
    signal: stop.signal,
  })
  const stopSleepDetection = detectSleep(debounceChange)
  return () => {
    stop.abort()
    stopSleepDetection()
    clearTimeout(timer)
  }
}

/** Detects sleep by a jump of the clock, because no event announces it. */
function detectSleep(onWake: () => void): () => void {
  let at = Date.now()
  const timer = setInterval(() => {
    const now = Date.now()
    if (now - at > sleepThresholdMs) onWake()
    at = now
  }, clockCheckMs)
  return () => clearInterval(timer)
}
