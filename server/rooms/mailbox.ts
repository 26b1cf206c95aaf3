import { limits } from '../../machines/protocol/limits.ts'
import type { PeerMessage, RoomEvent } from '../../machines/protocol/messages.ts'
import { type MailboxDigest, digestSince, addDropped } from './mailboxDigest.ts'
import { estimateHeapBytes } from '../common/heapBytes.ts'
import type { MailboxBytes } from './mailboxBytes.ts'
import type { SavedMailbox } from './savedRooms.ts'
import type { MailboxState } from './store.ts'
import { newMailboxId } from './tokens.ts'

/** Messages kept for an empty seat. The other half is left for the events that follow a join, so that these drop none of the messages. */
const maxVacantMessages = limits.mailboxMessages / 2

interface MailboxSubscriber {
  notify(): void
  onTransientEvent?: ((event: RoomEvent) => void) | undefined
}

/** The numbered events for one seat, bounded in number and in bytes, and the count of messages that its holder sent. */
export class Mailbox {
  /** On the heap, about. */
  bytes = 0
  readonly #allMailboxes: MailboxBytes
  /** The address of whoever filled it last, to which its bytes are counted. */
  #address = ''
  #mailboxId = newMailboxId()
  #events: RoomEvent[] = []
  #droppedCount = 0
  #dropped: MailboxDigest = []
  #acked = 0
  #subscribers: MailboxSubscriber[] = []
  #touchedAtMs: number

  /** @param saved what an earlier run of the server left of it */
  constructor(nowMs: number, allMailboxes: MailboxBytes, saved?: SavedMailbox) {
    this.#touchedAtMs = nowMs
    this.#allMailboxes = allMailboxes
    if (!saved) return
    this.#mailboxId = saved.mailboxId
    this.#events = saved.events
    this.#droppedCount = saved.droppedCount
    this.#dropped = saved.dropped
    this.#acked = saved.acked
    for (const event of saved.events) this.#addBytes(estimateHeapBytes(event))
  }

  /** All that the next run of the server needs to go on with it. */
  save(): SavedMailbox {
    return {
      mailboxId: this.#mailboxId,
      events: this.#events,
      droppedCount: this.#droppedCount,
      dropped: this.#dropped,
      acked: this.#acked,
    }
  }

  get state(): MailboxState {
    return {
      mailboxId: this.#mailboxId,
      droppedCount: this.#droppedCount,
      lastSeq: this.#droppedCount + this.#events.length,
      acked: this.#acked,
    }
  }

  eventsAfter(seq: number): readonly RoomEvent[] {
    return this.#events.slice(seq - this.#droppedCount)
  }

  /** What still matters of the dropped events behind a position. */
  digestSince(seq: number): readonly RoomEvent[] {
    return digestSince(this.#dropped, seq)
  }

  append(event: RoomEvent, nowMs: number): void {
    this.#events.push(event)
    this.#addBytes(estimateHeapBytes(event))
    while (
      this.#events.length > limits.mailboxMessages ||
      (this.bytes > this.#allMailboxes.limits.mailboxBytesPerSeat && this.#events.length > 1)
    )
      this.#drop(1)
    this.touch(nowMs)
    this.notify()
  }

  /**
   * Appends a message of the other seat's holder; its bytes are charged to the sender's address.
   * @returns false where there is no room in bytes
   */
  appendMessage(message: PeerMessage, address: string, nowMs: number): boolean {
    const event = { type: 'message', message } as const
    if (!this.#allMailboxes.makeRoom(this, address, estimateHeapBytes(event))) return false
    this.#chargeTo(address)
    this.append(event, nowMs)
    return true
  }

  /**
   * The same for a seat that nobody has: it keeps the newest negotiation only, for whoever comes. What belongs to none is dropped.
   * @returns false where there is no room in bytes
   */
  appendWhileVacant(message: PeerMessage, address: string, nowMs: number): boolean {
    if (message.type === 'offer') this.#drop(this.#events.length)
    else if (
      message.type !== 'candidate' ||
      !this.#belongsToPendingOffer(message.connection) ||
      !this.#hasVacantCapacity(message, address)
    )
      return true
    return this.appendMessage(message, address, nowMs)
  }

  /** Counts one more message from the holder; returns the count. */
  acknowledge(): number {
    return ++this.#acked
  }

  /** Starts a new mailbox for the next holder. Readers of the old one are notified. */
  reset(): void {
    this.#mailboxId = newMailboxId()
    this.release()
    this.#droppedCount = 0
    this.#dropped = []
    this.#acked = 0
    this.notify()
  }

  /** Frees its bytes: the room is gone. */
  release(): void {
    this.#events = []
    this.#addBytes(-this.bytes)
  }

  /** Drops the oldest event, for others need its bytes. @returns false where there is none */
  dropOldest(): boolean {
    if (this.#events.length === 0) return false
    this.#drop(1)
    return true
  }

  touch(nowMs: number): void {
    this.#touchedAtMs = nowMs
  }

  /** Drops all events if the newest one is older than this time. */
  expireBefore(timeMs: number): void {
    if (this.#touchedAtMs <= timeMs) this.#drop(this.#events.length)
  }

  subscribe(subscriber: MailboxSubscriber): () => void {
    this.#subscribers.push(subscriber)
    return () => {
      this.#subscribers = this.#subscribers.filter((other) => other !== subscriber)
    }
  }

  notify(): void {
    for (const { notify } of this.#subscribers) notify()
  }

  /** Delivers an event that is not stored: only current subscribers receive it. */
  publishTransient(event: RoomEvent): void {
    for (const { onTransientEvent } of this.#subscribers) onTransientEvent?.(event)
  }

  #belongsToPendingOffer(connection: string): boolean {
    const [first] = this.#events
    return first?.type === 'message' && first.message.type === 'offer' && first.message.connection === connection
  }

  /** Candidates that follow the offer must not push it out, neither by their number nor by their bytes. */
  #hasVacantCapacity(message: PeerMessage, address: string): boolean {
    const bytes = estimateHeapBytes({ type: 'message', message })
    return (
      this.#events.length < maxVacantMessages &&
      this.bytes + bytes <= this.#allMailboxes.limits.mailboxBytesPerSeat &&
      this.#allMailboxes.hasRoom(address, bytes)
    )
  }

  #drop(count: number): void {
    for (const event of this.#events.splice(0, count)) {
      this.#dropped = addDropped(this.#dropped, ++this.#droppedCount, event)
      this.#addBytes(-estimateHeapBytes(event))
    }
  }

  #addBytes(bytes: number): void {
    this.bytes += bytes
    this.#allMailboxes.record(this, this.#address, bytes)
  }

  #chargeTo(address: string): void {
    if (address === this.#address) return
    const { bytes } = this
    this.#addBytes(-bytes)
    this.#address = address
    this.#addBytes(bytes)
  }
}
