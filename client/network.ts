/** Browsers say it several times for one change. */
const settling = 1_000

/** Not in every browser, and not in the compiler's list. */
type Connected = Navigator & { connection?: EventTarget }

/** Calls when this machine's addresses may have changed. Returns its undo. */
export function watchNetwork(changed: () => void): () => void {
  const stop = new AbortController()
  let timer: ReturnType<typeof setTimeout> | undefined
  const note = (): void => {
    clearTimeout(timer)
    timer = setTimeout(changed, settling)
  }
  addEventListener('online', note, { signal: stop.signal })
  ;(navigator as Connected).connection?.addEventListener('change', note, { signal: stop.signal })
  return () => {
    stop.abort()
    clearTimeout(timer)
  }
}
