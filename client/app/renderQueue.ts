/**
 * Schedules the rendering of machine snapshots. A new screen takes 20 ms of CPU time, and three times that on a busy
 * device. Meanwhile messages of the server wait, so the setup of a call goes first.
 */
export class RenderQueue {
  readonly #updates = new Set<() => void>()
  #timer: ReturnType<typeof setTimeout> | undefined
  #holdTimer: ReturnType<typeof setTimeout> | undefined

  /** Runs `update` in the next task, once, or at the end of the hold. Returns a function that cancels it. */
  schedule(update: () => void): () => void {
    this.#updates.add(update)
    this.#scheduleRun()
    return () => this.#updates.delete(update)
  }

  /** Holds all updates until `release`, or for this time in ms. A second call changes nothing. */
  hold(maxMs: number): void {
    this.#holdTimer ??= setTimeout(() => this.release(), maxMs)
  }

  /** Ends the hold. The updates run in the next task. */
  release(): void {
    clearTimeout(this.#holdTimer)
    this.#holdTimer = undefined
    if (this.#updates.size > 0) this.#scheduleRun()
  }

  #scheduleRun(): void {
    if (this.#timer !== undefined) return
    // In the next task: queued messages (an offer right after a seat) are handled first.
    this.#timer = setTimeout(() => {
      this.#timer = undefined
      if (this.#holdTimer === undefined) this.#run()
    })
  }

  #run(): void {
    const updates = [...this.#updates]
    this.#updates.clear()
    for (const update of updates) update()
  }
}

/** The queue of this page. */
export const renderQueue = new RenderQueue()
