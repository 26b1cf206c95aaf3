import { serverLimits } from '../../machines/protocol/limits.ts'
import { AddressUsage } from '../limits/addressUsage.ts'

export type MailboxLimits = { [K in 'mailboxBytesPerSeat' | 'mailboxBytesPerAddress' | 'mailboxBytesTotal']: number }

/** The part of a mailbox that this class uses. */
interface BoundedMailbox {
  /** On the heap, about. */
  readonly bytes: number
  /** Drops the oldest event. @returns false where there is none */
  dropOldest(): boolean
}

/** The bytes of all mailboxes, by the address that filled them. Room for a new message is made in the fullest mailbox. */
export class MailboxBytes {
  readonly limits: MailboxLimits
  readonly #usage = new AddressUsage()
  readonly #mailboxes = new Map<string, Set<BoundedMailbox>>()

  constructor(limits: MailboxLimits = serverLimits) {
    this.limits = limits
  }

  get total(): number {
    return this.#usage.total
  }

  hasRoom(address: string, bytes: number): boolean {
    return (
      this.#usage.usedBy(address) + bytes <= this.limits.mailboxBytesPerAddress &&
      this.#usage.total + bytes <= this.limits.mailboxBytesTotal
    )
  }

  /**
   * Makes room for a message. The fullest mailbox of the address (of the fullest address, where all together are too many) loses
   * its oldest events, and its reader renegotiates if they were not read. Where no other is fuller, the mailbox itself does: the
   * newest negotiation of each survives.
   * @returns false where there is no room: the mailbox is empty, and no other is fuller than it would be
   */
  makeRoom(mailbox: BoundedMailbox, address: string, bytes: number): boolean {
    const { mailboxBytesPerAddress, mailboxBytesTotal } = this.limits
    while (this.#usage.usedBy(address) + bytes > mailboxBytesPerAddress)
      if (!this.#dropFromFullest(address, mailbox, bytes)) return false
    while (this.#usage.total + bytes > mailboxBytesTotal)
      if (!this.#dropFromFullest(this.#usage.largestUser(), mailbox, bytes)) return false
    return true
  }

  /** Called by a mailbox whose bytes changed. */
  record(mailbox: BoundedMailbox, address: string, bytes: number): void {
    this.#usage.add(address, bytes)
    const mailboxes = this.#mailboxes.get(address) ?? new Set()
    if (mailbox.bytes > 0) this.#mailboxes.set(address, mailboxes.add(mailbox))
    else if (mailboxes.delete(mailbox) && mailboxes.size === 0) this.#mailboxes.delete(address)
  }

  #dropFromFullest(address: string | undefined, mailbox: BoundedMailbox, bytes: number): boolean {
    let fullest: BoundedMailbox | undefined
    for (const other of this.#mailboxes.get(address ?? '') ?? [])
      if (other.bytes > (fullest?.bytes ?? 0)) fullest = other
    return fullest !== undefined && fullest.bytes >= mailbox.bytes + bytes ? fullest.dropOldest() : mailbox.dropOldest()
  }
}
