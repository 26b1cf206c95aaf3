import { serverLimits, type Limits } from '../../machines/protocol/limits.ts'
import { AddressUsage } from '../limits/addressUsage.ts'

export type MailboxLimits = Pick<Limits, 'mailboxBytesPerSeat' | 'mailboxBytesPerNetwork' | 'mailboxBytesTotal'>

/** The part of a mailbox that this class uses. */
interface BoundedMailbox {
  /** Estimated heap. */
  readonly bytes: number
  /** Drops the oldest event. Returns false if the mailbox is empty. */
  dropOldest(): boolean
}

/** The bytes of all mailboxes, by the address that filled them. At a limit the fullest mailbox loses events. */
export class MailboxBytes {
  readonly limits: MailboxLimits
  readonly #usage = new AddressUsage()
  readonly #mailboxes = new Map<string, Set<BoundedMailbox>>()

  constructor(limits: MailboxLimits = serverLimits) {
    this.limits = limits
  }

  /** Estimated heap of all mailboxes. */
  get total(): number {
    return this.#usage.total
  }

  /** True if the limits allow `bytes` more from this address. */
  hasRoom(address: string, bytes: number): boolean {
    return (
      this.#usage.usedBy(address) + bytes <= this.limits.mailboxBytesPerNetwork &&
      this.#usage.total + bytes <= this.limits.mailboxBytesTotal
    )
  }

  /**
   * Makes space for a message. Above the limit of the address, its fullest mailbox loses its oldest events.
   * Above the total limit, the fullest mailbox of the largest address does. A reader that missed events renegotiates.
   * If no other mailbox is fuller, this one loses events: the newest negotiation of each mailbox survives.
   * @returns false if the mailbox is empty and no other mailbox is fuller than it would be
   */
  makeRoom(mailbox: BoundedMailbox, address: string, bytes: number): boolean {
    const { mailboxBytesPerNetwork, mailboxBytesTotal } = this.limits
    while (this.#usage.usedBy(address) + bytes > mailboxBytesPerNetwork)
      if (!this.#dropFromFullest(address, mailbox, bytes)) return false
    while (this.#usage.total + bytes > mailboxBytesTotal)
      if (!this.#dropFromFullest(this.#usage.largestUser(), mailbox, bytes)) return false
    return true
  }

  /** Call when the bytes of a mailbox changed. @param bytes the difference */
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
