import { limits } from '../../machines/protocol/limits.ts'
import { timeouts } from '../../machines/protocol/timeouts.ts'
import type { RoomEvent } from '../../machines/protocol/messages.ts'

interface InboxParts {
  /** Called with each in its turn, and with the position up to which nothing is missing. */
  onEvent(position: string, event: RoomEvent): void
  /** A message is missing and will not arrive on this socket. */
  onGap(): void
}

interface PositionedEvent {
  position: string
  event: RoomEvent
}

const mailboxIdOf = (position: string): string => position.slice(0, position.lastIndexOf('.'))
const seqOf = (position: string): number => Number(position.slice(position.lastIndexOf('.') + 1))

/** Sent past the mailbox, with the number of the event before it. */
const isTransient = (event: RoomEvent): boolean =>
  event.type === 'room.trace' ||
  event.type === 'drain' ||
  event.type === 'seat.replaced' ||
  (event.type === 'message' && event.message.type === 'trace.entries')

/** Delivers the events of one subscription in order and once each, though the network may repeat or reorder them. */
export class Inbox {
  readonly #parts: InboxParts
  /** Up to here nothing is missing. Null: not joined yet. */
  #position: string | null = null
  /** What still counts of a gap follows, without numbers of its own; and then the first that has one. */
  #isResyncing = false
  /** What came before its turn. */
  #buffered: PositionedEvent[] = []
  #timer: ReturnType<typeof setTimeout> | undefined

  constructor(parts: InboxParts) {
    this.#parts = parts
  }

  receive(position: string, event: RoomEvent): void {
    const positioned = { position, event }
    if (this.#isNext(positioned)) this.#deliver(positioned)
    else if (this.#isAhead(positioned)) this.#buffer(positioned)
    // Else it was read before.
  }

  close(): void {
    clearTimeout(this.#timer)
    this.#buffered = []
  }

  #isNext({ position, event }: PositionedEvent): boolean {
    if (this.#position === null || event.type === 'joined') return this.#position === null && event.type === 'joined'
    // A new mailbox counts from the start again.
    if (event.type === 'resync')
      return mailboxIdOf(position) !== mailboxIdOf(this.#position) || seqOf(position) >= seqOf(this.#position)
    return this.#isResyncing || isTransient(event) || seqOf(position) === seqOf(this.#position) + 1
  }

  #isAhead({ position, event }: PositionedEvent): boolean {
    return this.#position === null || (event.type !== 'joined' && seqOf(position) > seqOf(this.#position))
  }

  /** It, and what waited for it. */
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

  /** Returns up to where nothing is missing then. */
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
