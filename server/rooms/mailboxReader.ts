import type { RoomEvent } from '../../machines/protocol/messages.ts'
import { isUnavailable } from '../common/apiError.ts'
import type { EventSink } from '../common/eventSink.ts'
import type { Drain } from '../common/drain.ts'
import type { TransientEventBuffer } from './transientEvents.ts'
import type { Admission } from './admission.ts'
import { formatPosition, type Position, type ReadResult, type Store } from './store.ts'
import type { SeatClaim } from './seatClaim.ts'

/** An event, and the formatted position of the reader after it. */
interface PositionedEvent {
  id: string
  event: RoomEvent
}

/** The running push of a reader, and its end. */
interface Push {
  sink: EventSink<RoomEvent>
  resolve(): void
  reject(error: unknown): void
}

const resolved = Promise.resolve()

/** Reads the mailbox of a seat from a position, while the claim is valid. Pushes the events to a sink. */
export class MailboxReader {
  readonly #claim: SeatClaim
  readonly #store: Store
  readonly #drain: Drain
  readonly #transientEvents: TransientEventBuffer
  readonly #mailboxId: string
  #seq: number
  #pending: PositionedEvent[] = []
  #unsubscribers: (() => void)[] = []
  #push: Push | null = null
  /** True while a microtask will call `#pump`. */
  #isScheduled = false
  /** True while a read of the store, or a flush of the sink, is running. */
  #isBusy = false
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

  /** Subscribes to the mailbox. Call it once. After the signal aborts, `pushTo` ends. */
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

  /** Pushes the events. Resolves once the claim or the subscription has ended. Call it once, after `open`. */
  pushTo(sink: EventSink<RoomEvent>): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#push = { sink, resolve, reject }
      this.#pump()
    })
  }

  readonly #onNotification = (): void => {
    this.#mayHaveMore = true
    this.#schedule()
  }

  readonly #onTransientEvent = (event: RoomEvent): void => {
    this.#transientEvents.push(event)
    this.#schedule()
  }

  readonly #stop = (): void => {
    this.#isDone = true
    this.#schedule()
  }

  /** A notification comes in the middle of a step of the store, so the read follows it in a microtask. */
  #schedule(): void {
    if (this.#isScheduled) return
    this.#isScheduled = true
    void resolved.then(this.#pump)
  }

  readonly #pump = (): void => {
    this.#isScheduled = false
    const push = this.#push
    if (!push || this.#isBusy) return
    try {
      for (;;) {
        const work = this.#advance(push.sink)
        if (work === 'nothing') return
        if (work === 'end') return this.#end(push)
        if (work) return this.#pumpAfter(work, push)
      }
    } catch (error) {
      this.#push = null
      push.reject(error)
    }
  }

  /** Takes one step. Returns a promise if the next step has to wait for it. */
  #advance(sink: EventSink<RoomEvent>): Promise<void> | undefined | 'nothing' | 'end' {
    const next = this.#pending.shift()
    if (next) return sink.send(next.id, next.event)
    if (this.#isDone) return 'end'
    if (this.#mayHaveMore) return this.#fetch()
    // The mailbox first: transient events must not delay an offer.
    const event = this.#transientEvents.shift()
    return event ? sink.send(formatPosition(this.#position), event) : 'nothing'
  }

  #pumpAfter(work: Promise<void>, push: Push): void {
    this.#isBusy = true
    const resume = (): void => {
      this.#isBusy = false
      this.#pump()
    }
    work.then(resume, (error: unknown) => {
      this.#push = null
      push.reject(error)
    })
  }

  #end(push: Push): void {
    this.#push = null
    push.resolve()
  }

  get #position(): Position {
    return { mailboxId: this.#mailboxId, seq: this.#seq }
  }

  #fetch(): Promise<void> | undefined {
    // First, because a notification may come during the read.
    this.#mayHaveMore = false
    try {
      const result = this.#store.read(this.#claim, this.#position)
      if (result instanceof Promise) return result.then(this.#handleResult, this.#onUnreadable).then(this.#addDrain)
      this.#handleResult(result)
    } catch (error) {
      this.#onUnreadable(error)
    }
    this.#addDrain()
    return undefined
  }

  /** The store notifies its readers when it is available again. */
  readonly #onUnreadable = (error: unknown): void => {
    if (!isUnavailable(error)) throw error
  }

  readonly #addDrain = (): void => {
    if (!this.#drain.isDraining || this.#hasAnnouncedDrain) return
    this.#hasAnnouncedDrain = true
    this.#add({ type: 'drain', delayMs: this.#drain.reconnectDelayMs(this.#claim.room) })
  }

  readonly #handleResult = (result: ReadResult): void => {
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
    this.#pending.push({ id: formatPosition(this.#position), event })
  }
}
