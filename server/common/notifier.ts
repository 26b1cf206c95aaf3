/** An auto-reset event for one waiter. A notification before `wait` makes that `wait` resolve at once. */
export class Notifier {
  #isNotified = false
  #resolveWait: (() => void) | null = null

  /** Resolves the pending `wait`, or the next one. Several calls before a `wait` count as one. */
  readonly notify = (): void => {
    this.#isNotified = true
    this.#resolveWait?.()
  }

  /** Resolves at the next notification. Only one caller may wait at a time. */
  async wait(): Promise<void> {
    if (!this.#isNotified)
      await new Promise<void>((resolve) => {
        this.#resolveWait = resolve
      })
    this.#resolveWait = null
    this.#isNotified = false
  }
}
