/** Something that a person without a mouse must come to. */
export interface FocusStop {
  name: string
  isFocused: boolean
  isMarked: boolean
  isSeen: boolean
}

/**
 * Runs in the page: all that can be pressed, followed, chosen or typed into at the moment.
 * @param shouldFocusEach gives each the focus before it is looked at, in the order of the page; after a walk by Tab the marks are those of a keyboard
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
    return {
      name: `${at} ${element.tagName.toLowerCase()} ${element.getAttribute('aria-label') ?? element.textContent?.trim().slice(0, 30) ?? ''}`,
      isFocused: element === document.activeElement,
      isMarked: (outlineStyle !== 'none' && parseFloat(outlineWidth) > 0) || boxShadow !== 'none',
      // Nothing lies over it: where one would press it, one presses it.
      isSeen: corners.every(([x, y]) =>
        element.contains(document.elementFromPoint(left + x * width, top + y * height)),
      ),
    }
  })
}
