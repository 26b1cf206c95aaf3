/** Browsers fire several events for one change. In ms. */
const debounceMs = 1_000
/** How often one looks at the clock, and what it has to have jumped by: timers of a hidden page may wait for a minute. */
const clockCheckMs = 1_000
const sleepThresholdMs = 70_000

/** Not in every browser, and not in the compiler's list. */
type NavigatorWithConnection = Navigator & { connection?: EventTarget }

/**
 * Calls when this machine's addresses may have changed, or it has slept: at once, and once more when the browser has no more to
 * say of it. Returns its undo.
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

/** No event announces that the machine slept. */
function detectSleep(onWake: () => void): () => void {
  let at = Date.now()
  const timer = setInterval(() => {
    const now = Date.now()
    if (now - at > sleepThresholdMs) onWake()
    at = now
  }, clockCheckMs)
  return () => clearInterval(timer)
}
