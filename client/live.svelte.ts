import { createSubscriber } from 'svelte/reactivity'
import type { AnyActorRef, SnapshotFrom } from 'xstate'

/** The only bridge from machines to Svelte: `current` is never stale, and is subscribed to only while something reads it. */
export class Live<A extends AnyActorRef> {
  readonly actor: A
  readonly #subscribe: () => void

  constructor(actor: A) {
    this.actor = actor
    this.#subscribe = createSubscriber((update) => {
      const subscription = actor.subscribe({ next: update, error: update, complete: update })
      return () => subscription.unsubscribe()
    })
  }

  get current(): SnapshotFrom<A> {
    this.#subscribe()
    return this.actor.getSnapshot() as SnapshotFrom<A>
  }
}
