/** An element that keyboard users must be able to reach. */
export interface FocusStop {
  name: string
  isFocused: boolean
  isMarked: boolean
  isSeen: boolean
}

/**
 * Runs in the page: lists all elements that a user can press, follow, choose or type into.
 * @param shouldFocusEach focuses each element before it is measured, in page order; after a walk by Tab the focus rings
 * are those of the keyboard
 */
export function listFocusStops(shouldFocusEach: boolean): FocusStop[] {
  const dialog = document.querySelector(':popover-open, :modal')
  const elements = [
    ...(dialog ?? document).querySelectorAll<HTMLElement>(
      'a[href], button, input, select, textarea, summary, [tabindex="0"]',
    ),
  ]
  const usable = elements.filter(
    (element) =>
      element.checkVisibility({ checkVisibilityCSS: true }) && !element.matches(':disabled, [tabindex="-1"]'),
  )
  return usable.map((element, at) => {
    if (shouldFocusEach) element.focus()
    const { outlineStyle, outlineWidth, boxShadow } = getComputedStyle(element)
    const { left, top, width, height } = element.getBoundingClientRect()
    const corners = [
      [0.5, 0.5],
      [0.25, 0.25],
      [0.75, 0.25],
      [0.25, 0.75],
      [0.75, 0.75],
    ] as const
    const label = element.getAttribute('aria-label') ?? element.textContent?.trim().slice(0, 30) ?? ''
    return {
      name: `${at} ${element.tagName.toLowerCase()} ${label}`,
      isFocused: element === document.activeElement,
      isMarked: (outlineStyle !== 'none' && parseFloat(outlineWidth) > 0) || boxShadow !== 'none',
      // The element receives a click at its corners: nothing covers it.
      isSeen: corners.every(([x, y]) =>
        element.contains(document.elementFromPoint(left + x * width, top + y * height)),
      ),
    }
  })
}
