import { limits } from '../machines/limits.ts'
import type { PeerMessage, RoomEvent } from '../machines/wire.ts'
import { type Gist, gistAfter, withDropped } from './gist.ts'
import type { Mark } from './store.ts'
import { newEpoch } from './token.ts'

/** Room for the events that follow when somebody comes: what waits for nobody must not be pushed out by them. */
const waitingMost = limits.mailboxMessages / 2

interface Watcher {
  ring(): void
  hear?: ((event: RoomEvent) => void) | undefined
}

/** The numbered, bounded log of what a seat is told, and the count of what its holder said. */
export class Mailbox {
  #epoch = newEpoch()
  #log: RoomEvent[] = []
  #from = 0
  #dropped: Gist = []
  #said = 0
  #watchers: Watcher[] = []
  #touchedAt: number

  constructor(at: number) {
    this.#touchedAt = at
  }

  get mark(): Mark {
    return { epoch: this.#epoch, from: this.#from, to: this.#from + this.#log.length, said: this.#said }
  }

  after(n: number): readonly RoomEvent[] {
    return this.#log.slice(n - this.#from)
  }

  /** What still counts of that behind a position which is not there any more. */
  missedAfter(n: number): readonly RoomEvent[] {
    return gistAfter(this.#dropped, n)
  }

  append(event: RoomEvent, at: number): void {
    this.#log.push(event)
    if (this.#log.length > limits.mailboxMessages) this.#drop(1)
    this.touch(at)
    this.ring()
  }

  /** For a seat that nobody has: the newest negotiation only, for whoever comes. */
  appendForNobody(message: PeerMessage, at: number): void {
    if (message.type === 'offer') {
      this.#drop(this.#log.length)
      this.append({ type: 'message', message }, at)
    } else if (message.type === 'candidate' && this.#isOfWaiting(message.connection) && this.#log.length < waitingMost) {
      this.append({ type: 'message', message }, at)
    }
  }

  /** Its holder said one more. */
  count(): number {
    return ++this.#said
  }

  /** Somebody else's from now on. Who still reads is to notice. */
  clear(): void {
    this.#epoch = newEpoch()
    this.#log = []
    this.#from = 0
    this.#dropped = []
    this.#said = 0
    this.ring()
  }

  touch(at: number): void {
    this.#touchedAt = at
  }

  /** Drops what lay here since before `at`: who has not read it by now is not going to. */
  forgetBefore(at: number): void {
    if (this.#touchedAt <= at) this.#drop(this.#log.length)
  }

  watch(watcher: Watcher): () => void {
    this.#watchers.push(watcher)
    return () => {
      this.#watchers = this.#watchers.filter((other) => other !== watcher)
    }
  }

  ring(): void {
    for (const { ring } of this.#watchers) ring()
  }

  /** Past the log: who does not read now has missed it. */
  whisper(event: RoomEvent): void {
    for (const { hear } of this.#watchers) hear?.(event)
  }

  #isOfWaiting(connection: string): boolean {
    const [first] = this.#log
    return first?.type === 'message' && first.message.type === 'offer' && first.message.connection === connection
  }

  #drop(count: number): void {
    for (const event of this.#log.splice(0, count)) this.#dropped = withDropped(this.#dropped, ++this.#from, event)
  }
}
