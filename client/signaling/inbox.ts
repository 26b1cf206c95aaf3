import { limits } from '../../machines/protocol/limits.ts'
import { getEventTraits } from '../../machines/protocol/messageTraits.ts'
import { timeouts } from '../../machines/protocol/timeouts.ts'
import type { RoomEvent } from '../../machines/protocol/messages.ts'

interface InboxParts {
  /** Called with each event in order, and with the position up to which no event is missing. */
  onEvent(position: string, event: RoomEvent): void
  /** Called when a message is missing and will not arrive on this socket. */
  onGap(): void
}

interface PositionedEvent {
  position: string
  event: RoomEvent
}

const mailboxIdOf = (position: string): string => position.slice(0, position.lastIndexOf('.'))
const seqOf = (position: string): number => Number(position.slice(position.lastIndexOf('.') + 1))

/** True for events that bypass the mailbox. They carry the number of the event before them. */
const isTransient = (event: RoomEvent): boolean => getEventTraits(event).isTransient

/** Delivers the events of one subscription in order and once each, although the network may repeat or reorder them. */
export class Inbox {
  readonly #parts: InboxParts
  /** The position up to which no event is missing; null before `joined`. */
  #position: string | null = null
  /**
   * True after `resync`, while the digest of the gap arrives. Its events have no numbers of their own; the next
   * numbered event ends it.
   */
  #isResyncing = false
  /** Events that arrived early. */
  #buffered: PositionedEvent[] = []
  #timer: ReturnType<typeof setTimeout> | undefined

  constructor(parts: InboxParts) {
    this.#parts = parts
  }

  /** Takes an event from the socket. Duplicates are dropped; early events are buffered. */
  receive(position: string, event: RoomEvent): void {
    const positioned = { position, event }
    if (this.#isNext(positioned)) this.#deliver(positioned)
    else if (this.#isAhead(positioned)) this.#buffer(positioned)
    // Any other event is a duplicate.
  }

  /** Drops the buffered events and stops the gap timer. */
  close(): void {
    clearTimeout(this.#timer)
    this.#buffered = []
  }

  #isNext({ position, event }: PositionedEvent): boolean {
    if (this.#position === null || event.type === 'joined') return this.#position === null && event.type === 'joined'
    // A new mailbox starts its numbers again.
    if (event.type === 'resync')
      return mailboxIdOf(position) !== mailboxIdOf(this.#position) || seqOf(position) >= seqOf(this.#position)
    return this.#isResyncing || isTransient(event) || seqOf(position) === seqOf(this.#position) + 1
  }

  #isAhead({ position, event }: PositionedEvent): boolean {
    return this.#position === null || (event.type !== 'joined' && seqOf(position) > seqOf(this.#position))
  }

  /** Delivers the event and the buffered events that follow it. */
  #deliver(positioned: PositionedEvent): void {
    for (
      let next: PositionedEvent | undefined = positioned;
      next;
      next = this.#buffered.find((early) => this.#isNext(early))
    ) {
      this.#buffered = this.#buffered.filter((early) => early !== next)
      this.#parts.onEvent(this.#advance(next), next.event)
    }
    this.#buffered = this.#buffered.filter((early) => this.#isAhead(early))
    if (this.#buffered.length > 0) return
    clearTimeout(this.#timer)
    this.#timer = undefined
  }

  /** Returns the new position up to which no event is missing. */
  #advance({ position, event }: PositionedEvent): string {
    if (event.type === 'resync') this.#isResyncing = true
    else if (position !== this.#position && !isTransient(event)) this.#isResyncing = false
    return (this.#position = this.#position !== null && isTransient(event) ? this.#position : position)
  }

  #buffer(positioned: PositionedEvent): void {
    this.#buffered.push(positioned)
    if (this.#buffered.length > limits.mailboxMessages) this.#parts.onGap()
    else this.#timer ??= setTimeout(this.#parts.onGap, timeouts.gapTimeoutMs)
  }
}
