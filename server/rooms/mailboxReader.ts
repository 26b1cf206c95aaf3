import type { RoomEvent } from '../../machines/protocol/messages.ts'
import { isUnavailable } from '../common/apiError.ts'
import { Notifier } from '../common/notifier.ts'
import type { Drain } from '../common/drain.ts'
import type { TransientEventBuffer } from './transientEvents.ts'
import type { Admission } from './admission.ts'
import type { Position, ReadResult, Store } from './store.ts'
import type { SeatClaim } from './seatClaim.ts'

/** An event, and the reader's position after it. */
export interface PositionedEvent {
  position: Position
  event: RoomEvent
}

/** Reads the mailbox of a seat from a position, while the claim is valid. */
export class MailboxReader {
  readonly #claim: SeatClaim
  readonly #store: Store
  readonly #drain: Drain
  readonly #transientEvents: TransientEventBuffer
  readonly #notifier = new Notifier()
  readonly #mailboxId: string
  #seq: number
  #pending: PositionedEvent[] = []
  #unsubscribers: (() => void)[] = []
  #isDone = false
  #hasAnnouncedDrain = false
  /** False if the mailbox had no further event at the last read, and no notification came since. */
  #mayHaveMore = true

  constructor(
    { claim, resumeFrom, mailboxEnd }: Pick<Admission, 'claim' | 'resumeFrom' | 'mailboxEnd'>,
    store: Store,
    drain: Drain,
    transientEvents: TransientEventBuffer,
  ) {
    this.#claim = claim
    this.#store = store
    this.#drain = drain
    this.#transientEvents = transientEvents
    this.#mailboxId = mailboxEnd.mailboxId
    this.#seq = (resumeFrom ?? mailboxEnd).seq
    if (!resumeFrom) this.#add({ type: 'resync' })
  }

  /** Subscribes to the mailbox. Call it once. After the signal aborts, `next` resolves to null. */
  async open(signal: AbortSignal | undefined): Promise<void> {
    this.#unsubscribers = [
      await this.#store.subscribe(this.#claim, this.#onNotification, this.#onTransientEvent),
      this.#drain.subscribe(this.#onNotification),
    ]
    signal?.addEventListener('abort', this.#stop, { once: true })
    if (signal?.aborted) this.#stop()
  }

  /** Unsubscribes. */
  close(): void {
    for (const unsubscribe of this.#unsubscribers) unsubscribe()
  }

  /** Resolves to the next event; null once the claim or the subscription has ended. */
  async next(): Promise<PositionedEvent | null> {
    for (;;) {
      const next = this.#pending.shift()
      if (next) return next
      if (this.#isDone) return null
      if (this.#mayHaveMore) await this.#fetch()
      if (this.#pending.length > 0 || this.#isDone) continue
      // The mailbox first: transient events must not delay an offer.
      const event = this.#transientEvents.shift()
      if (event) return { position: this.#position, event }
      await this.#notifier.wait()
    }
  }

  readonly #onNotification = (): void => {
    this.#mayHaveMore = true
    this.#notifier.notify()
  }

  readonly #onTransientEvent = (event: RoomEvent): void => {
    this.#transientEvents.push(event)
    this.#notifier.notify()
  }

  readonly #stop = (): void => {
    this.#isDone = true
    this.#notifier.notify()
  }

  get #position(): Position {
    return { mailboxId: this.#mailboxId, seq: this.#seq }
  }

  async #fetch(): Promise<void> {
    // First, because a notification may come during the read.
    this.#mayHaveMore = false
    try {
      this.#handleResult(await this.#store.read(this.#claim, { mailboxId: this.#mailboxId, seq: this.#seq }))
    } catch (error) {
      // The store notifies its readers when it is available again.
      if (!isUnavailable(error)) throw error
    }
    if (!this.#drain.isDraining || this.#hasAnnouncedDrain) return
    this.#hasAnnouncedDrain = true
    this.#add({ type: 'drain', delayMs: this.#drain.reconnectDelayMs(this.#claim.room) })
  }

  #handleResult(result: ReadResult): void {
    switch (result.type) {
      case 'events':
        this.#addFirst(result.events)
        this.#mayHaveMore ||= result.events.length > 1
        break
      case 'truncated':
        this.#addResync(result)
        this.#mayHaveMore = true
        break
      case 'superseded':
        this.#add({ type: 'seat.replaced' })
        this.#isDone = true
        break
      case 'released':
        this.#isDone = true
    }
  }

  /** Takes one event at a time. The others stay in the mailbox, which counts their bytes. */
  #addFirst([event]: readonly RoomEvent[]): void {
    if (!event) return
    this.#seq += 1
    this.#add(event)
  }

  /** Only the last event has the new position, so a disconnect in between repeats all of them. */
  #addResync({ lastSeq, digest }: Extract<ReadResult, { type: 'truncated' }>): void {
    const events: RoomEvent[] = [{ type: 'resync' }, ...digest]
    events.forEach((event, index) => {
      if (index === events.length - 1) this.#seq = lastSeq
      this.#add(event)
    })
  }

  #add(event: RoomEvent): void {
    this.#pending.push({ position: this.#position, event })
  }
}
