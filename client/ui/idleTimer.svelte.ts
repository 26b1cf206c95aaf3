/** Without input for this time the controls of a call fade. */
const idleTimeoutMs = 4_000

/** Tracks user activity: active after any input, idle after 4 s without one. */
export class IdleTimer {
  #isActive = $state(true)
  #timer: ReturnType<typeof setTimeout> | undefined

  /** True until 4 s pass without `markActive`. Reactive. */
  get isActive(): boolean {
    return this.#isActive
  }

  /** Restarts the 4 s. Call it at each input. */
  readonly markActive = (): void => {
    this.#isActive = true
    this.stop()
    this.#timer = setTimeout(() => {
      this.#isActive = false
    }, idleTimeoutMs)
  }

  /** Stops the timer. The state stays as it is. */
  readonly stop = (): void => clearTimeout(this.#timer)
}
