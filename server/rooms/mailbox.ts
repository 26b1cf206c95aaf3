import { limits } from '../../machines/protocol/limits.ts'
import type { PeerMessage, RoomEvent } from '../../machines/protocol/messages.ts'
import { type Gist, gistAfter, withDropped } from './mailboxDigest.ts'
import { heapBytesOf } from '../common/heapBytes.ts'
import type { MailboxBytes } from './mailboxBytes.ts'
import type { SavedBox } from './savedRooms.ts'
import type { Mark } from './store.ts'
import { newEpoch } from './tokens.ts'

/** Room for the events that follow when somebody comes: what waits for nobody must not be pushed out by them. */
const waitingMost = limits.mailboxMessages / 2

interface Watcher {
  ring(): void
  hear?: ((event: RoomEvent) => void) | undefined
}

/** The numbered log of what a seat is told, bounded in events and in bytes, and the count of what its holder said. */
export class Mailbox {
  /** On the heap, about. */
  bytes = 0
  readonly #all: MailboxBytes
  /** The address of whoever filled it last, to which its bytes are counted. */
  #address = ''
  #epoch = newEpoch()
  #log: RoomEvent[] = []
  #from = 0
  #dropped: Gist = []
  #said = 0
  #watchers: Watcher[] = []
  #touchedAt: number

  /** @param saved what an earlier run of the server left of it */
  constructor(at: number, all: MailboxBytes, saved?: SavedBox) {
    this.#touchedAt = at
    this.#all = all
    if (!saved) return
    this.#epoch = saved.epoch
    this.#log = saved.log
    this.#from = saved.from
    this.#dropped = saved.dropped
    this.#said = saved.said
    for (const event of saved.log) this.#count(heapBytesOf(event))
  }

  /** All that the next run of the server needs to go on with it. */
  save(): SavedBox {
    return { epoch: this.#epoch, log: this.#log, from: this.#from, dropped: this.#dropped, said: this.#said }
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
    this.#count(heapBytesOf(event))
    while (this.#log.length > limits.mailboxMessages || (this.bytes > this.#all.limits.mailboxBytesPerSeat && this.#log.length > 1)) this.#drop(1)
    this.touch(at)
    this.ring()
  }

  /**
   * Appends a message that somebody at this address says to the holder.
   * @returns false where there is no room in bytes
   */
  say(message: PeerMessage, address: string, at: number): boolean {
    const event = { type: 'message', message } as const
    if (!this.#all.makeRoom(this, address, heapBytesOf(event))) return false
    this.#countTo(address)
    this.append(event, at)
    return true
  }

  /**
   * The same for a seat that nobody has: it keeps the newest negotiation only, for whoever comes. What belongs to none is dropped.
   * @returns false where there is no room in bytes
   */
  sayToNobody(message: PeerMessage, address: string, at: number): boolean {
    if (message.type === 'offer') this.#drop(this.#log.length)
    else if (message.type !== 'candidate' || !this.#isOfWaiting(message.connection) || !this.#hasRoomForWaiting(message, address)) return true
    return this.say(message, address, at)
  }

  /** Its holder said one more. */
  count(): number {
    return ++this.#said
  }

  /** Somebody else's from now on. Who still reads is to notice. */
  clear(): void {
    this.#epoch = newEpoch()
    this.forget()
    this.#from = 0
    this.#dropped = []
    this.#said = 0
    this.ring()
  }

  /** Gives back its bytes: nobody reads it any more. */
  forget(): void {
    this.#log = []
    this.#count(-this.bytes)
  }

  /** Drops the oldest event, for others need its bytes. @returns false where there is none */
  shrink(): boolean {
    if (this.#log.length === 0) return false
    this.#drop(1)
    return true
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

  /** Candidates that follow the offer must not push it out, neither by their number nor by their bytes. */
  #hasRoomForWaiting(message: PeerMessage, address: string): boolean {
    const bytes = heapBytesOf({ type: 'message', message })
    return this.#log.length < waitingMost && this.bytes + bytes <= this.#all.limits.mailboxBytesPerSeat && this.#all.hasRoom(address, bytes)
  }

  #drop(count: number): void {
    for (const event of this.#log.splice(0, count)) {
      this.#dropped = withDropped(this.#dropped, ++this.#from, event)
      this.#count(-heapBytesOf(event))
    }
  }

  #count(bytes: number): void {
    this.bytes += bytes
    this.#all.note(this, this.#address, bytes)
  }

  #countTo(address: string): void {
    if (address === this.#address) return
    const { bytes } = this
    this.#count(-bytes)
    this.#address = address
    this.#count(bytes)
  }
}
