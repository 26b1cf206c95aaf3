/** The lifecycle of the page: active, or frozen in the back/forward cache, where no code runs. */
export interface PageLifecycle {
  isActive(): boolean
  /** Calls the listener at each change. Returns its stop function. */
  subscribe(listener: () => void): () => void
}

/**
 * Tracks `pagehide` and `pageshow` of a cached page. A page that closes (`persisted` is false) fires no change: its
 * tracks end with it.
 */
export function createPageLifecycle(): PageLifecycle {
  const listeners = new Set<() => void>()
  let isActive = true
  const createHandler =
    (active: boolean) =>
    ({ persisted }: PageTransitionEvent): void => {
      if (!persisted || active === isActive) return
      isActive = active
      for (const watcher of listeners) watcher()
    }
  const handlers = { pagehide: createHandler(false), pageshow: createHandler(true) }
  return {
    isActive: () => isActive,
    subscribe(listener) {
      const stop = new AbortController()
      listeners.add(listener)
      for (const [type, listener] of Object.entries(handlers))
        addEventListener(type, listener as EventListener, { signal: stop.signal })
      return () => {
        listeners.delete(listener)
        stop.abort()
      }
    },
  }
}
