/** The actions of the system and of the browser's picture-in-picture window (Media Session §4.3). */
export type CallAction = 'enterpictureinpicture' | 'togglemicrophone' | 'togglecamera' | 'hangup'

interface CallMediaSession {
  setActionHandler(action: CallAction, handler: (() => void) | null): void
}

/** Handles these actions until the returned function is called. A browser that lacks an action never sends it. */
export function handleMediaSessionActions(
  handlers: Readonly<Record<CallAction, () => void>>,
  mediaSession: CallMediaSession | undefined = (navigator as unknown as { mediaSession?: CallMediaSession })
    .mediaSession,
): () => void {
  const set = (action: CallAction, handler: (() => void) | null): void => {
    try {
      mediaSession?.setActionHandler(action, handler)
    } catch {
      // An unknown action is a TypeError.
    }
  }
  const actions = Object.keys(handlers) as CallAction[]
  for (const action of actions) set(action, handlers[action])
  return () => {
    for (const action of actions) set(action, null)
  }
}
