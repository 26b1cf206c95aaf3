/** An auto-reset event for one waiter. A notification before `wait` makes that `wait` resolve at once. */
export class Notifier {
  #isNotified = false
  #resolveWait: (() => void) | null = null

  readonly notify = (): void => {
    this.#isNotified = true
    this.#resolveWait?.()
  }

  async wait(): Promise<void> {
    if (!this.#isNotified)
      await new Promise<void>((resolve) => {
        this.#resolveWait = resolve
      })
    this.#resolveWait = null
    this.#isNotified = false
  }
}
