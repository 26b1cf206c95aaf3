/** Whether the page is shown, or kept by the browser for *Back* (bfcache), where nothing of it may go on. */
export interface Presence {
  isShown(): boolean
  /** Calls at each change. Returns its undo. */
  watch(changed: () => void): () => void
}

/** A page that goes for good (`persisted` is false) is none that is kept: its tracks end with it. */
export function createPresence(): Presence {
  const watchers = new Set<() => void>()
  let isShown = true
  const note = (shown: boolean) => ({ persisted }: PageTransitionEvent): void => {
    if (!persisted || shown === isShown) return
    isShown = shown
    for (const watcher of watchers) watcher()
  }
  const listeners = { pagehide: note(false), pageshow: note(true) }
  return {
    isShown: () => isShown,
    watch(changed) {
      const stop = new AbortController()
      watchers.add(changed)
      for (const [type, listener] of Object.entries(listeners)) addEventListener(type, listener as EventListener, { signal: stop.signal })
      return () => {
        watchers.delete(changed)
        stop.abort()
      }
    },
  }
}
