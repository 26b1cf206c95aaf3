const position = /"id":"([a-z0-9]{1,16})\.(\d{1,15})"/g

/**
 * The numbers of what a server tells a page, for one in between who says more than was said, or less, or in another order: to the page
 * they are without a gap, as if the server had said so.
 */
export class EventRenumbering {
  #shift = 0
  /** The newest, as the page knows it. */
  #mailboxId = ''
  #lastNumber = 0

  /** A frame that goes on to the page, as it is to be sent. */
  renumber(frame: string): string {
    return frame.replace(position, (_, epoch: string, n: string) => this.#setPosition(epoch, Number(n) + this.#shift))
  }

  /** One that does not, or not now. */
  withhold(): void {
    this.#shift -= 1
  }

  /** One that follows the newest, whatever its own number. */
  append(frame: string): string {
    this.#shift += 1
    const next = this.#lastNumber + 1
    return frame.replace(position, () => this.#setPosition(this.#mailboxId, next))
  }

  #setPosition(epoch: string, n: number): string {
    this.#mailboxId = epoch
    this.#lastNumber = n
    return `"id":"${epoch}.${n}"`
  }
}
