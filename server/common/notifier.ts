/** Wakes one who waits. A ring that comes before the waiting counts for it. */
export class Bell {
  #hasRung = false
  #wake: (() => void) | null = null

  readonly ring = (): void => {
    this.#hasRung = true
    this.#wake?.()
  }

  async rung(): Promise<void> {
    if (!this.#hasRung) await new Promise<void>((resolve) => { this.#wake = resolve })
    this.#wake = null
    this.#hasRung = false
  }
}
