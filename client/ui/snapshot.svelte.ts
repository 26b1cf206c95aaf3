import { createSubscriber } from 'svelte/reactivity'
import type { AnyActorRef, SnapshotFrom } from 'xstate'
import { renderQueue } from '../app/renderQueue.ts'

/**
 * Makes the snapshot of an actor reactive. `current` is never stale, and the subscription exists only while it is read.
 */
export class ActorSnapshot<A extends AnyActorRef> {
  readonly actor: A
  readonly #subscribe: () => void

  constructor(actor: A) {
    this.actor = actor
    this.#subscribe = createSubscriber((update) => {
      let cancel = () => {}
      const scheduleUpdate = () => {
        cancel = renderQueue.schedule(update)
      }
      const subscription = actor.subscribe({ next: scheduleUpdate, error: scheduleUpdate, complete: scheduleUpdate })
      return () => {
        subscription.unsubscribe()
        cancel()
      }
    })
  }

  /** The snapshot of the actor at this moment. Reading it in an effect or template subscribes to the actor. */
  get current(): SnapshotFrom<A> {
    this.#subscribe()
    return this.actor.getSnapshot() as SnapshotFrom<A>
  }
}
