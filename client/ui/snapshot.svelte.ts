import { createSubscriber } from 'svelte/reactivity'
import type { AnyActorRef, SnapshotFrom } from 'xstate'

/** The only bridge from machines to Svelte: `current` is never stale, and is subscribed to only while something reads it. */
export class ActorSnapshot<A extends AnyActorRef> {
  readonly actor: A
  readonly #subscribe: () => void

  constructor(actor: A) {
    this.actor = actor
    this.#subscribe = createSubscriber((update) => {
      let timer: ReturnType<typeof setTimeout> | undefined
      // Drawing waits for its turn: what has come in already, an offer behind a seat, is answered first.
      const scheduleUpdate = () => {
        timer ??= setTimeout(() => {
          timer = undefined
          update()
        })
      }
      const subscription = actor.subscribe({ next: scheduleUpdate, error: scheduleUpdate, complete: scheduleUpdate })
      return () => {
        subscription.unsubscribe()
        clearTimeout(timer)
      }
    })
  }

  get current(): SnapshotFrom<A> {
    this.#subscribe()
    return this.actor.getSnapshot() as SnapshotFrom<A>
  }
}
