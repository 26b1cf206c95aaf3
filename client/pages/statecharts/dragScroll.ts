import type { Attachment } from 'svelte/attachments'

/** A hand that presses moves so far at most, in pixels. */
const slip = 3

/** Attachment: what is wider than its frame is moved by taking hold of it. Fingers scroll it anyway, and keys do. */
export const panned: Attachment<HTMLElement> = (frame) => {
  const stop = new AbortController()
  let grip: { x: number; y: number } | null = null

  const grab = ({ button, pointerType, clientX, clientY }: PointerEvent): void => {
    if (button === 0 && pointerType !== 'touch') grip = { x: clientX + frame.scrollLeft, y: clientY + frame.scrollTop }
  }
  const drag = ({ clientX, clientY, pointerId }: PointerEvent): void => {
    if (!grip) return
    const [left, top] = [grip.x - clientX, grip.y - clientY]
    if (Math.hypot(left - frame.scrollLeft, top - frame.scrollTop) < slip) return
    // From here on it is no press on what lies under the hand.
    frame.setPointerCapture(pointerId)
    frame.scrollTo({ left, top, behavior: 'instant' })
  }
  const letGo = (): void => { grip = null }

  const { signal } = stop
  frame.addEventListener('pointerdown', grab, { signal })
  frame.addEventListener('pointermove', drag, { signal })
  for (const end of ['pointerup', 'pointercancel'] as const) frame.addEventListener(end, letGo, { signal })
  return () => stop.abort()
}
