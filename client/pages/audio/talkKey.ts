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

const isField = (target: EventTarget | null): boolean =>
  target instanceof Element && target.closest(typingSelector) !== null

/** Reports the space bar while it is held. Its repetitions are ignored. Returns the function that ends it. */
export function listenToTalkKey({ isListening, onPress, onRelease, onFocusLost }: TalkKeyParts): () => void {
  const stop = new AbortController()
  const { signal } = stop
  let isHeld = false
  /**
   * The control that the person reached by keyboard, which keeps its key. A click also leaves the focus on a button, and
   * the key then talks. Chromium 156 matches `:focus-visible` from the next key on, so it is read at the focus.
   */
  let control: EventTarget | null = null
  const lose = (): void => {
    isHeld = false
    onFocusLost()
  }
  const handleKeyDown = (event: KeyboardEvent): void => {
    if (event.code !== 'Space' || event.ctrlKey || event.metaKey || event.altKey) return
    if (!isHeld && (event.repeat || !isListening() || isField(event.target) || event.target === control)) return
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
  const handleFocus = ({ target }: FocusEvent): void => {
    control = target instanceof Element && target.matches(':focus-visible') ? target : null
  }
  addEventListener('focusin', handleFocus, { signal })
  addEventListener('keydown', handleKeyDown, { signal })
  addEventListener('keyup', handleKeyUp, { signal })
  addEventListener('blur', lose, { signal })
  document.addEventListener('visibilitychange', lose, { signal })
  return () => stop.abort()
}
