import type { RoomEvent } from '../../machines/protocol/messages.ts'
import { Bell } from '../common/notifier.ts'
import type { Drain } from '../common/drain.ts'
import type { Ear } from './transientEvents.ts'
import type { Entrance } from './admission.ts'
import type { Position, Reading, Store } from './store.ts'
import type { Stay } from './seatClaim.ts'

/** An event, and how far its reader has come with it. */
export interface Line {
  position: Position
  event: RoomEvent
}

/** Reads a holder's mailbox from a position on, for as long as the seat is theirs. */
export class Reader {
  readonly #stay: Stay
  readonly #store: Store
  readonly #drain: Drain
  readonly #ear: Ear
  readonly #bell = new Bell()
  readonly #epoch: string
  #n: number
  #pending: Line[] = []
  #undo: (() => void)[] = []
  #isOver = false
  #knowsOfDrain = false

  constructor({ stay, from, end }: Pick<Entrance, 'stay' | 'from' | 'end'>, store: Store, drain: Drain, ear: Ear) {
    this.#stay = stay
    this.#store = store
    this.#drain = drain
    this.#ear = ear
    this.#epoch = end.epoch
    this.#n = (from ?? end).n
    if (!from) this.#add({ type: 'resync' })
  }

  /** Starts to listen; after the signal there is no next line. */
  async open(signal: AbortSignal | undefined): Promise<void> {
    this.#undo = [await this.#store.watch(this.#stay, this.#bell.ring, this.#hear), this.#drain.watch(this.#bell.ring)]
    signal?.addEventListener('abort', this.#stop, { once: true })
    if (signal?.aborted) this.#stop()
  }

  close(): void {
    for (const undo of this.#undo) undo()
  }

  /** The next line, as soon as there is one; null when there will be none. */
  async next(): Promise<Line | null> {
    for (;;) {
      const line = this.#pending.shift()
      if (line) return line
      if (this.#isOver) return null
      await this.#fetch()
      if (this.#pending.length > 0 || this.#isOver) continue
      // The mailbox first: nothing that is told in passing holds up an offer.
      const event = this.#ear.next()
      if (event) return { position: this.#position, event }
      await this.#bell.rung()
    }
  }

  readonly #hear = (event: RoomEvent): void => {
    this.#ear.hear(event)
    this.#bell.ring()
  }

  readonly #stop = (): void => {
    this.#isOver = true
    this.#bell.ring()
  }

  get #position(): Position {
    return { epoch: this.#epoch, n: this.#n }
  }

  async #fetch(): Promise<void> {
    this.#take(await this.#store.read(this.#stay, { epoch: this.#epoch, n: this.#n }))
    if (!this.#drain.isOn || this.#knowsOfDrain) return
    this.#knowsOfDrain = true
    this.#add({ type: 'drain', delayMs: this.#drain.delay() })
  }

  #take(reading: Reading): void {
    switch (reading.type) {
      case 'events':
        this.#takeFirst(reading.events)
        break
      case 'lost':
        this.#tellGap(reading)
        break
      case 'taken':
        this.#add({ type: 'seat.taken' })
        this.#isOver = true
        break
      case 'freed':
        this.#isOver = true
    }
  }

  /** One at a time: what a slow reader has not taken stays in the mailbox, where its bytes are counted. */
  #takeFirst([event]: readonly RoomEvent[]): void {
    if (!event) return
    this.#n += 1
    this.#add(event)
  }

  /** Only the last carries the new position: a line that breaks in between is to bring all of it once more. */
  #tellGap({ to, news }: Extract<Reading, { type: 'lost' }>): void {
    const told: RoomEvent[] = [{ type: 'resync' }, ...news]
    told.forEach((event, index) => {
      if (index === told.length - 1) this.#n = to
      this.#add(event)
    })
  }

  #add(event: RoomEvent): void {
    this.#pending.push({ position: this.#position, event })
  }
}
