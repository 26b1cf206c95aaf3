import { Notifier } from './notifier.ts'

/** A value, or a promise of it. A synchronous result saves the microtasks of a promise on a frequent path. */
export type Awaitable<T> = T | Promise<T>

/** Receives the events of a subscription. */
export interface EventSink<T> {
  /**
   * Sends an event.
   * @param id of the event, from letters, digits and dots
   * @returns undefined, or while the receiver is congested a promise. Send nothing before it resolves
   */
  send(id: string, event: T): Promise<void> | undefined
}

/** A subscription that pushes its events. An async generator took a fifth of the CPU of a relayed message. */
export interface EventSource<T> {
  /**
   * Starts the subscription. Call it once.
   * @returns a promise that resolves when the subscription has ended, and rejects with its error
   */
  pushTo(sink: EventSink<T>): Promise<void>
}

/**
 * Pulls the events of a source. The next one follows when this one was taken. A return of the generator does not end
 * the source: it drops further events until its own end.
 */
export async function* pullEvents<T>(source: EventSource<T>): AsyncGenerator<{ id: string; event: T }, void> {
  const notifier = new Notifier()
  let next: { id: string; event: T } | null = null
  let take = (): void => undefined
  let isRunning = true
  let isPulled = true
  const end = source
    .pushTo({
      send(id, event) {
        if (!isPulled) return undefined
        next = { id, event }
        notifier.notify()
        return new Promise((resolve) => (take = resolve))
      },
    })
    .finally(() => {
      isRunning = false
      notifier.notify()
    })
  end.catch(() => undefined)
  try {
    for (await notifier.wait(); isRunning || next; await notifier.wait()) {
      if (!next) continue
      yield next
      next = null
      take()
    }
    await end
  } finally {
    isPulled = false
    take()
  }
}
