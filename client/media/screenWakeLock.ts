/**
 * Keeps the screen on until the returned function is called (Screen Wake Lock API). A browser releases the lock while the
 * page is hidden, so it is requested again when the page is visible. A browser without the API does nothing.
 */
export function keepScreenOn(
  page: Pick<Document, 'hidden' | 'addEventListener'> = document,
  wakeLock: WakeLock | null = (navigator as Partial<Navigator>).wakeLock ?? null,
): () => void {
  const stop = new AbortController()
  let lock: WakeLockSentinel | null = null
  let isRequested = false
  const request = async (): Promise<void> => {
    if (page.hidden || isRequested || lock?.released === false) return
    isRequested = true
    // The browser refuses while the battery is low. The next visit of the page tries again.
    const granted = (await wakeLock?.request('screen').catch(() => null)) ?? null
    isRequested = false
    if (stop.signal.aborted) await granted?.release()
    else lock = granted
  }
  page.addEventListener('visibilitychange', () => void request(), { signal: stop.signal })
  void request()
  return () => {
    stop.abort()
    void lock?.release()
  }
}
