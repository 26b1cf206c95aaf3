const idleTimeoutMs = 4_000

/** Tracks user activity: active after any input, idle after 4 s without one. */
export class IdleTimer {
  #isActive = $state(true)
  #timer: ReturnType<typeof setTimeout> | undefined

  get isActive(): boolean {
    return this.#isActive
  }

  readonly markActive = (): void => {
    this.#isActive = true
    this.stop()
    this.#timer = setTimeout(() => {
      this.#isActive = false
    }, idleTimeoutMs)
  }

  readonly stop = (): void => clearTimeout(this.#timer)
}
