import type { Attachment } from 'svelte/attachments'

/** A hand that presses moves so far at most, in pixels. */
const dragThresholdPx = 3

/** Attachment: what is wider than its frame is moved by taking hold of it. Fingers scroll it anyway, and keys do. */
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
    // From here on it is no press on what lies under the hand.
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
