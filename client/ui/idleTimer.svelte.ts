const patience = 4_000

/** Whether somebody is at the controls: yes after any input, no when nothing moved for some seconds. */
export class Attention {
  #isPaid = $state(true)
  #timer: ReturnType<typeof setTimeout> | undefined

  get isPaid(): boolean {
    return this.#isPaid
  }

  readonly pay = (): void => {
    this.#isPaid = true
    this.stop()
    this.#timer = setTimeout(() => { this.#isPaid = false }, patience)
  }

  readonly stop = (): void => clearTimeout(this.#timer)
}
