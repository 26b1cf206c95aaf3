import type { ActorRefFrom } from 'xstate'
import type { callMachine } from '../../machines/call/callMachine.ts'
import type { membershipMachine } from '../../machines/membership/membershipMachine.ts'
import type { RenderQueue } from '../app/renderQueue.ts'

interface HoldParts {
  membership: ActorRefFrom<typeof membershipMachine>
  call: ActorRefFrom<typeof callMachine>
  renderQueue: Pick<RenderQueue, 'hold' | 'release'>
}

/** The longest hold of the page that joins, in ms. Its button shows meanwhile that it was pressed. */
export const maxJoinHoldMs = 1_000
/** The same for the page that waits. On a slow network it has time to render before the answer. */
export const maxAnswerHoldMs = 100

/**
 * Holds the rendering from *Join* until the answer and the first candidate are sent. A prepared call has no answer, so
 * its hold ends with the seat. A screen in between delays the pictures by 110 to 170 ms if the CPU is slowed
 * four times. Without it a fast CPU shows the pictures 50 ms later. The peer holds its
 * rendering until the answer arrives. Returns its stop function.
 */
export function holdRendering({ membership, call, renderQueue }: HoldParts): () => void {
  let heldMs = 0
  let hasSentCandidate = false

  /** The longest hold in this state; 0 without one. */
  const findHoldMs = (): number => {
    const [page, current] = [membership.getSnapshot(), call.getSnapshot()]
    if (page.matches('joining')) return maxJoinHoldMs
    // The call learns of the seat after membership.
    if (current.matches('idle')) return page.matches('joined') && page.context.peer !== 'absent' ? maxJoinHoldMs : 0
    if (current.matches({ offering: 'awaitingAnswer' })) return maxAnswerHoldMs
    return current.matches('answering') && !hasSentCandidate ? maxJoinHoldMs : 0
  }
  const update = (): void => {
    if (!call.getSnapshot().matches({ answering: 'connecting' })) hasSentCandidate = false
    const holdMs = findHoldMs()
    if (holdMs === heldMs) return
    if (holdMs === 0) renderQueue.release()
    else renderQueue.hold(holdMs)
    heldMs = holdMs
  }
  const subscriptions = [
    membership.subscribe(update),
    call.subscribe(update),
    call.on('message.outgoing', ({ message }) => {
      // The browser reports its candidates on this thread, so they would wait for the call screen.
      hasSentCandidate ||= message.type === 'candidate'
      update()
    }),
  ]
  return () => {
    subscriptions.forEach((each) => each.unsubscribe())
    renderQueue.release()
  }
}
