const position = /"id":"([a-z0-9]{1,16})\.(\d{1,15})"/g

/**
 * The numbers of what a server tells a page, for one in between who says more than was said, or less, or in another order: to the page
 * they are without a gap, as if the server had said so.
 */
export class Numbers {
  #shift = 0
  /** The newest, as the page knows it. */
  #epoch = ''
  #last = 0

  /** A frame that goes on to the page, as it is to be sent. */
  pass(frame: string): string {
    return frame.replace(position, (_, epoch: string, n: string) => this.#note(epoch, Number(n) + this.#shift))
  }

  /** One that does not, or not now. */
  keep(): void {
    this.#shift -= 1
  }

  /** One that follows the newest, whatever its own number. */
  add(frame: string): string {
    this.#shift += 1
    const next = this.#last + 1
    return frame.replace(position, () => this.#note(this.#epoch, next))
  }

  #note(epoch: string, n: number): string {
    this.#epoch = epoch
    this.#last = n
    return `"id":"${epoch}.${n}"`
  }
}
