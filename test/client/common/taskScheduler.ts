import type { Scheduler } from 'fast-check'

/** Decides when a queued task runs. */
export type TaskScheduler = Pick<Scheduler, 'schedule'>
/** Runs every task at once. */
export const immediateScheduler: TaskScheduler = { schedule: (task) => task }

/** A FIFO queue; the scheduler decides when its next task runs. */
export class ScheduledQueue {
  readonly #waiting: (() => void)[] = []
  readonly #scheduler: TaskScheduler
  readonly #name: string

  constructor(scheduler: TaskScheduler, name: string) {
    this.#scheduler = scheduler
    this.#name = name
  }

  enqueue(what: string, arrive: () => void): void {
    this.#waiting.push(arrive)
    void this.#scheduler
      .schedule(Promise.resolve(), `${this.#name}: ${what.slice(0, 90)}`)
      .then(() => this.#waiting.shift()?.())
  }
}
