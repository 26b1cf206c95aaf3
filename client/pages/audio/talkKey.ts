interface TalkKeyParts {
  /** True while the key has its meaning. */
  isListening(): boolean
  onPress(): void
  onRelease(): void
  /** The page does not see the release, because it lost the focus. */
  onFocusLost(): void
}

/** Fields in which the space bar writes or chooses. */
const typingSelector = 'input:not([type=checkbox], [type=radio], [type=range]), select, textarea, [contenteditable]'

/**
 * True if the space bar belongs to the focused element: a field, or a control that the person reached by keyboard. A
 * click leaves the focus on a button without `:focus-visible` (Selectors 4 §9.4.3), and the key then talks.
 */
const ownsSpace = (target: EventTarget | null): boolean =>
  target instanceof Element && (target.closest(typingSelector) !== null || target.matches(':focus-visible'))

/** Reports the space bar while it is held. Its repetitions are ignored. Returns the function that ends it. */
export function listenToTalkKey({ isListening, onPress, onRelease, onFocusLost }: TalkKeyParts): () => void {
  const stop = new AbortController()
  const { signal } = stop
  let isHeld = false
  const lose = (): void => {
    isHeld = false
    onFocusLost()
  }
  const handleKeyDown = (event: KeyboardEvent): void => {
    if (event.code !== 'Space' || event.ctrlKey || event.metaKey || event.altKey) return
    if (!isHeld && (event.repeat || !isListening() || ownsSpace(event.target))) return
    // A focused button would be pressed, and the page would scroll.
    event.preventDefault()
    if (!isHeld) onPress()
    isHeld = true
  }
  const handleKeyUp = (event: KeyboardEvent): void => {
    if (event.code !== 'Space' || !isHeld) return
    event.preventDefault()
    isHeld = false
    onRelease()
  }
  addEventListener('keydown', handleKeyDown, { signal })
  addEventListener('keyup', handleKeyUp, { signal })
  addEventListener('blur', lose, { signal })
  document.addEventListener('visibilitychange', lose, { signal })
  return () => stop.abort()
}
