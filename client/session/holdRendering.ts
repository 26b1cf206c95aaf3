import type { ActorRefFrom } from 'xstate'
import type { callMachine } from '../../machines/call/callMachine.ts'
import type { membershipMachine } from '../../machines/membership/membershipMachine.ts'
import type { RenderQueue } from '../app/renderQueue.ts'

interface HoldParts {
  membership: ActorRefFrom<typeof membershipMachine>
  call: ActorRefFrom<typeof callMachine>
  renderQueue: Pick<RenderQueue, 'hold' | 'release'>
}

/** Holds the rendering from *Join* until the answer is sent, and at the peer until it arrives. Returns its stop function. */
export function holdRendering({ membership, call, renderQueue }: HoldParts): () => void {
  let isHeld = false
  const isSettingUp = (): boolean => {
    const [page, current] = [membership.getSnapshot(), call.getSnapshot()]
    if (page.matches('joining')) return true
    // The call learns of the seat after membership.
    if (current.matches('idle')) return page.matches('joined') && page.context.peer !== 'absent'
    const answering =
      current.matches({ answering: 'awaitingOffer' }) || current.matches({ answering: 'creatingAnswer' })
    return answering || current.matches({ offering: 'awaitingAnswer' })
  }
  const update = (): void => {
    if (isHeld === isSettingUp()) return
    isHeld = !isHeld
    if (isHeld) renderQueue.hold()
    else renderQueue.release()
  }
  const subscriptions = [membership.subscribe(update), call.subscribe(update)]
  return () => {
    subscriptions.forEach((each) => each.unsubscribe())
    renderQueue.release()
  }
}
