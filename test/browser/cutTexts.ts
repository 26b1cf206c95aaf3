/**
 * Runs in the page. Returns the visible texts that leave the window sideways, their button, or an ancestor that clips
 * and does not scroll. Texts for screen readers only are skipped.
 */
export function findCutTexts(): string[] {
  const isClipped = (value: string): boolean => value === 'hidden' || value === 'clip'
  const isForScreenReaders = (text: Text): boolean => {
    for (let at = text.parentElement; at; at = at.parentElement)
      if (getComputedStyle(at).clipPath !== 'none' || at.offsetWidth === 1) return true
    return false
  }
  const describeCut = (text: Text): string | null => {
    const range = document.createRange()
    range.selectNodeContents(text)
    const box = range.getBoundingClientRect()
    if (box.width === 0 || !text.parentElement?.checkVisibility({ visibilityProperty: true, opacityProperty: true }))
      return null
    const words = text.data.trim()
    if (isForScreenReaders(text)) return null
    if (box.left < -1 || box.right > innerWidth + 1) return `${words}: leaves the window`
    for (let at: Element | null = text.parentElement; at && at !== document.body; at = at.parentElement) {
      const outer = at.getBoundingClientRect()
      const { overflowX, overflowY, position } = getComputedStyle(at)
      const isButton = at.matches('button, a.button, summary')
      const isOutsideX = box.left < outer.left - 1 || box.right > outer.right + 1
      const isOutsideY = box.top < outer.top - 1 || box.bottom > outer.bottom + 1
      if (isOutsideX && (isButton || isClipped(overflowX))) return `${words}: cut by ${at.tagName} ${at.className}`
      if (isOutsideY && (isButton || isClipped(overflowY))) return `${words}: cut by ${at.tagName} ${at.className}`
      if (/auto|scroll/.test(overflowX + overflowY) || position === 'fixed') return null
    }
    return null
  }
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT)
  const cuts: string[] = []
  while (walker.nextNode()) {
    const cut = /\S/.test((walker.currentNode as Text).data) ? describeCut(walker.currentNode as Text) : null
    if (cut) cuts.push(cut)
  }
  return cuts
}
