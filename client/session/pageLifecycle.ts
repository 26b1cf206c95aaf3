/** Whether the page is active, or frozen in the back/forward cache, where nothing of it may run. */
export interface PageLifecycle {
  isActive(): boolean
  /** Calls at each change. Returns its undo. */
  subscribe(listener: () => void): () => void
}

/** A page that goes for good (`persisted` is false) is none that is kept: its tracks end with it. */
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
