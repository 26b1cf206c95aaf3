const idleTimeoutMs = 4_000

/** Whether somebody is at the controls: yes after any input, no when nothing moved for some seconds. */
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
