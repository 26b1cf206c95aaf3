import { serverLimits } from '../../machines/protocol/limits.ts'
import { Ledger } from '../limits/ledger.ts'

export type MailboxLimits = { [K in 'mailboxBytesPerSeat' | 'mailboxBytesPerAddress' | 'mailboxBytesTotal']: number }

/** What this needs of a mailbox. */
interface Box {
  /** On the heap, about. */
  readonly bytes: number
  /** Drops the oldest event. @returns false where there is none */
  shrink(): boolean
}

/** The bytes of all mailboxes, by the address that filled them. Room for a new message is made in the fullest mailbox. */
export class MailboxBytes {
  readonly limits: MailboxLimits
  readonly #ledger = new Ledger()
  readonly #boxes = new Map<string, Set<Box>>()

  constructor(limits: MailboxLimits = serverLimits) {
    this.limits = limits
  }

  get total(): number {
    return this.#ledger.total
  }

  hasRoom(address: string, bytes: number): boolean {
    return this.#ledger.of(address) + bytes <= this.limits.mailboxBytesPerAddress && this.#ledger.total + bytes <= this.limits.mailboxBytesTotal
  }

  /**
   * Makes room for a message. The fullest mailbox of the address (of the fullest address, where all together are too many) loses
   * its oldest events, and its reader renegotiates if they were not read. Where no other is fuller, the mailbox itself does: the
   * newest negotiation of each survives.
   * @returns false where there is no room: the mailbox is empty, and no other is fuller than it would be
   */
  makeRoom(box: Box, address: string, bytes: number): boolean {
    const { mailboxBytesPerAddress, mailboxBytesTotal } = this.limits
    while (this.#ledger.of(address) + bytes > mailboxBytesPerAddress) if (!this.#shrink(address, box, bytes)) return false
    while (this.#ledger.total + bytes > mailboxBytesTotal) if (!this.#shrink(this.#ledger.largest(), box, bytes)) return false
    return true
  }

  /** Called by a mailbox whose bytes changed. */
  note(box: Box, address: string, bytes: number): void {
    this.#ledger.add(address, bytes)
    const boxes = this.#boxes.get(address) ?? new Set()
    if (box.bytes > 0) this.#boxes.set(address, boxes.add(box))
    else if (boxes.delete(box) && boxes.size === 0) this.#boxes.delete(address)
  }

  #shrink(address: string | undefined, box: Box, bytes: number): boolean {
    let fullest: Box | undefined
    for (const other of this.#boxes.get(address ?? '') ?? []) if (other.bytes > (fullest?.bytes ?? 0)) fullest = other
    return fullest !== undefined && fullest.bytes >= box.bytes + bytes ? fullest.shrink() : box.shrink()
  }
}
