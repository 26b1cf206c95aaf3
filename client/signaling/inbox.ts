import { limits } from '../../machines/protocol/limits.ts'
import { timers } from '../../machines/protocol/timeouts.ts'
import type { RoomEvent } from '../../machines/protocol/messages.ts'

interface InboxParts {
  /** Called with each in its turn, and with the position up to which nothing is missing. */
  onEvent(position: string, event: RoomEvent): void
  /** Something is missing, and does not come any more on this line. */
  onGap(): void
}

interface Letter { position: string; event: RoomEvent }

const epochOf = (position: string): string => position.slice(0, position.lastIndexOf('.'))
const numberOf = (position: string): number => Number(position.slice(position.lastIndexOf('.') + 1))

/** Told in passing, past the mailbox: it carries the number of what was told before. */
const isUnnumbered = (event: RoomEvent): boolean =>
  event.type === 'log' || event.type === 'drain' || event.type === 'seat.taken' || (event.type === 'message' && event.message.type === 'trace')

/** What one visit is told, in the order of its numbers and each once, whatever there is between the server and this page that repeats or overtakes. */
export class Inbox {
  readonly #parts: InboxParts
  /** Up to here nothing is missing. Null: not joined yet. */
  #position: string | null = null
  /** What still counts of a gap follows, without numbers of its own; and then the first that has one. */
  #isResyncing = false
  /** What came before its turn. */
  #early: Letter[] = []
  #timer: ReturnType<typeof setTimeout> | undefined

  constructor(parts: InboxParts) {
    this.#parts = parts
  }

  take(position: string, event: RoomEvent): void {
    const letter = { position, event }
    if (this.#isNext(letter)) this.#read(letter)
    else if (this.#isAhead(letter)) this.#keep(letter)
    // Else it was read before.
  }

  close(): void {
    clearTimeout(this.#timer)
    this.#early = []
  }

  #isNext({ position, event }: Letter): boolean {
    if (this.#position === null || event.type === 'joined') return this.#position === null && event.type === 'joined'
    // Of a mailbox that began anew the numbers do, too.
    if (event.type === 'resync') return epochOf(position) !== epochOf(this.#position) || numberOf(position) >= numberOf(this.#position)
    return this.#isResyncing || isUnnumbered(event) || numberOf(position) === numberOf(this.#position) + 1
  }

  #isAhead({ position, event }: Letter): boolean {
    return this.#position === null || (event.type !== 'joined' && numberOf(position) > numberOf(this.#position))
  }

  /** It, and what waited for it. */
  #read(letter: Letter): void {
    for (let next: Letter | undefined = letter; next; next = this.#early.find((early) => this.#isNext(early))) {
      this.#early = this.#early.filter((early) => early !== next)
      this.#parts.onEvent(this.#advance(next), next.event)
    }
    this.#early = this.#early.filter((early) => this.#isAhead(early))
    if (this.#early.length > 0) return
    clearTimeout(this.#timer)
    this.#timer = undefined
  }

  /** Returns up to where nothing is missing then. */
  #advance({ position, event }: Letter): string {
    if (event.type === 'resync') this.#isResyncing = true
    else if (position !== this.#position && !isUnnumbered(event)) this.#isResyncing = false
    return this.#position = this.#position !== null && isUnnumbered(event) ? this.#position : position
  }

  #keep(letter: Letter): void {
    this.#early.push(letter)
    if (this.#early.length > limits.mailboxMessages) this.#parts.onGap()
    else this.#timer ??= setTimeout(this.#parts.onGap, timers.gapPatience)
  }
}
