import type { ActorRefFrom } from 'xstate'
import type { signalingMachine } from '../../machines/signaling/signalingMachine.ts'
import type { Continuity } from '../verification/continuity.ts'

/**
 * Interval for saving the continuity secrets, in ms: several times per `timeouts.callLostTimeoutMs`, even in hidden
 * tabs.
 */
const continuitySaveMs = 20_000

/** Saves the secrets every 20 s and on `pagehide`, because a reload follows at once. Returns its stop function. */
export function saveWhileOpen(continuity: Continuity): () => void {
  const save = (): void => continuity.save()
  const timer = setInterval(save, continuitySaveMs)
  addEventListener('pagehide', save)
  return () => {
    clearInterval(timer)
    removeEventListener('pagehide', save)
  }
}

/** Sends page events of the browser to the signaling machine. Returns its stop function. */
export function reportPageEvents(signaling: ActorRefFrom<typeof signalingMachine>): () => void {
  const stop = new AbortController()
  // Timers of a hidden page may have been delayed.
  document.addEventListener(
    'visibilitychange',
    () => {
      if (!document.hidden) signaling.send({ type: 'network.changed' })
    },
    { signal: stop.signal },
  )
  addEventListener('pagehide', () => signaling.send({ type: 'page.closing' }), { signal: stop.signal })
  return () => stop.abort()
}

/**
 * The browser asks the person before it closes or leaves the page, in its own words. Use it only during a call: while it
 * listens, some browsers keep no page in the back/forward cache. Returns its stop function.
 * @param mayLeave returns true if the page may go without the question
 */
export function confirmLeaving(mayLeave: () => boolean): () => void {
  const onBeforeUnload = (event: BeforeUnloadEvent): void => {
    if (!mayLeave()) event.preventDefault()
  }
  addEventListener('beforeunload', onBeforeUnload)
  return () => removeEventListener('beforeunload', onBeforeUnload)
}
