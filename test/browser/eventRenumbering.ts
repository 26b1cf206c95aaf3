const position = /"id":"([a-z0-9]{1,16})\.(\d{1,15})"/g

/**
 * Renumbers the events that a server sends to a page. A man in the middle can add, drop and reorder events while the
 * page sees gapless positions.
 */
export class EventRenumbering {
  #shift = 0
  /** Mailbox of the last position that the page received. */
  #mailboxId = ''
  #lastNumber = 0

  /** Returns a forwarded frame with its adjusted position. */
  renumber(frame: string): string {
    return frame.replace(position, (_, epoch: string, n: string) => this.#setPosition(epoch, Number(n) + this.#shift))
  }

  /** Accounts for a frame that is dropped or delayed. */
  withhold(): void {
    this.#shift -= 1
  }

  /** Returns an inserted frame with the position after the last one. */
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
