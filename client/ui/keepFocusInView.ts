/**
 * A Svelte attachment for a part that scrolls. Content that arrives late pushes the focused element out of view; then
 * the part scrolls it back (WCAG 2.2, 2.4.11). A user who scrolls or types after the focus came is not moved.
 */
export function keepFocusInView(part: HTMLElement): () => void {
  const listeners = new AbortController()
  const { signal } = listeners
  let isFollowed = false
  part.addEventListener('focusin', () => (isFollowed = true), { signal })
  for (const type of ['wheel', 'touchmove', 'pointerdown', 'keydown'])
    addEventListener(type, () => (isFollowed = false), { signal, passive: true })
  const sizes = new ResizeObserver(() => {
    const focused = document.activeElement
    if (isFollowed && focused !== part && part.contains(focused)) focused!.scrollIntoView({ block: 'nearest' })
  })
  const observe = () => {
    for (const element of [part, ...part.children]) sizes.observe(element)
  }
  const children = new MutationObserver(observe)
  children.observe(part, { childList: true })
  observe()
  return () => {
    listeners.abort()
    sizes.disconnect()
    children.disconnect()
  }
}
