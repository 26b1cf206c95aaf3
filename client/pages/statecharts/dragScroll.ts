import type { Attachment } from 'svelte/attachments'

/** In px. A shorter movement is a click. */
const dragThresholdPx = 3

/** Attachment that scrolls an element by dragging with the mouse. Touch and keys scroll it natively. */
export const dragScroll: Attachment<HTMLElement> = (frame) => {
  const stop = new AbortController()
  let dragStart: { x: number; y: number } | null = null

  const startDrag = ({ button, pointerType, clientX, clientY }: PointerEvent): void => {
    if (button === 0 && pointerType !== 'touch')
      dragStart = { x: clientX + frame.scrollLeft, y: clientY + frame.scrollTop }
  }
  const drag = ({ clientX, clientY, pointerId }: PointerEvent): void => {
    if (!dragStart) return
    const [left, top] = [dragStart.x - clientX, dragStart.y - clientY]
    if (Math.hypot(left - frame.scrollLeft, top - frame.scrollTop) < dragThresholdPx) return
    // The capture prevents a click on the element under the pointer.
    frame.setPointerCapture(pointerId)
    frame.scrollTo({ left, top, behavior: 'instant' })
  }
  const endDrag = (): void => {
    dragStart = null
  }

  const { signal } = stop
  frame.addEventListener('pointerdown', startDrag, { signal })
  frame.addEventListener('pointermove', drag, { signal })
  for (const end of ['pointerup', 'pointercancel'] as const) frame.addEventListener(end, endDrag, { signal })
  return () => stop.abort()
}
