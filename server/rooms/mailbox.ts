import { limits } from '../../machines/protocol/limits.ts'
import type { PeerMessage, RoomEvent } from '../../machines/protocol/messages.ts'
import { type MailboxDigest, digestSince, addDropped } from './mailboxDigest.ts'
import { estimateHeapBytes } from '../common/heapBytes.ts'
import type { MailboxBytes } from './mailboxBytes.ts'
import type { SavedMailbox } from './savedRooms.ts'
import type { MailboxState } from './store.ts'
import { newMailboxId } from './tokens.ts'

/** Maximum number of messages for a vacant seat. The other half is free for the events that follow a join. */
const maxVacantMessages = limits.mailboxMessages / 2

/** A mailbox of a vacant seat keeps one negotiation: a message starts it, continues it, or is ignored. */
export const vacantRules: Readonly<Record<PeerMessage['type'], 'starts' | 'continues' | 'ignored'>> = {
  offer: 'starts',
  candidate: 'continues',
  answer: 'ignored',
  media: 'ignored',
  hangup: 'ignored',
  'trace.subscribe': 'ignored',
  'trace.entries': 'ignored',
}

interface MailboxSubscriber {
  notify(): void
  onTransientEvent?: ((event: RoomEvent) => void) | undefined
}

/** The numbered events for one seat, limited in number and bytes. Also counts the messages that the holder sent. */
export class Mailbox {
  /** Estimated heap of the events. */
  bytes = 0
  readonly #allMailboxes: MailboxBytes
  /** The address of the last sender. The bytes of the mailbox count towards it. */
  #address = ''
  #mailboxId = newMailboxId()
  #events: RoomEvent[] = []
  /** Estimated heap of each event. */
  #eventBytes: number[] = []
  #droppedCount = 0
  #dropped: MailboxDigest = []
  #acked = 0
  #subscribers: MailboxSubscriber[] = []
  #touchedAtMs: number

  /** @param saved the mailbox as an earlier run of the server saved it */
  constructor(nowMs: number, allMailboxes: MailboxBytes, saved?: SavedMailbox) {
    this.#touchedAtMs = nowMs
    this.#allMailboxes = allMailboxes
    if (!saved) return
    this.#mailboxId = saved.mailboxId
    this.#events = saved.events
    this.#droppedCount = saved.droppedCount
    this.#dropped = saved.dropped
    this.#acked = saved.acked
    this.#eventBytes = saved.events.map(estimateHeapBytes)
    this.#addBytes(this.#eventBytes.reduce((sum, bytes) => sum + bytes, 0))
  }

  /** The state that the next run of the server restores. */
  save(): SavedMailbox {
    return {
      mailboxId: this.#mailboxId,
      events: this.#events,
      droppedCount: this.#droppedCount,
      dropped: this.#dropped,
      acked: this.#acked,
    }
  }

  /** Id, bounds and acknowledgements of the mailbox. */
  get state(): MailboxState {
    return {
      mailboxId: this.#mailboxId,
      droppedCount: this.#droppedCount,
      lastSeq: this.#droppedCount + this.#events.length,
      acked: this.#acked,
    }
  }

  /** The number of messages from the holder that were acknowledged. */
  get acked(): number {
    return this.#acked
  }

  /** The stored events after a position. `seq` must not be below `droppedCount`. */
  eventsAfter(seq: number): readonly RoomEvent[] {
    return this.#events.slice(seq - this.#droppedCount)
  }

  /** The digest of the dropped events after a position. */
  digestSince(seq: number): readonly RoomEvent[] {
    return digestSince(this.#dropped, seq)
  }

  /**
   * Appends an event and notifies the readers. Drops the oldest events above the limits.
   * @param bytes estimated heap of the event
   */
  append(event: RoomEvent, nowMs: number, bytes = estimateHeapBytes(event)): void {
    this.#events.push(event)
    this.#eventBytes.push(bytes)
    this.#addBytes(bytes)
    while (
      this.#events.length > limits.mailboxMessages ||
      (this.bytes > this.#allMailboxes.limits.mailboxBytesPerSeat && this.#events.length > 1)
    )
      this.#drop(1)
    this.touch(nowMs)
    this.notify()
  }

  /**
   * Appends a message of the other seat's holder and charges its bytes to the sender's address.
   * @returns false if the byte limits leave no space
   */
  appendMessage(message: PeerMessage, address: string, nowMs: number): boolean {
    const event = { type: 'message', message } as const
    const bytes = estimateHeapBytes(event)
    if (!this.#allMailboxes.makeRoom(this, address, bytes)) return false
    this.#chargeTo(address)
    this.append(event, nowMs, bytes)
    return true
  }

  /**
   * Appends a message for a vacant seat. The mailbox keeps the newest negotiation only, for the next visitor, and
   * ignores other messages.
   * @returns false if the byte limits leave no space
   */
  appendWhileVacant(message: PeerMessage, address: string, nowMs: number): boolean {
    switch (vacantRules[message.type]) {
      case 'starts':
        this.#drop(this.#events.length)
        return this.appendMessage(message, address, nowMs)
      case 'continues':
        if (!this.#belongsToPendingOffer(message) || !this.#hasVacantCapacity(message, address)) return true
        return this.appendMessage(message, address, nowMs)
      case 'ignored':
        return true
    }
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

  /** Drops all events when the room is deleted. */
  release(): void {
    this.#events = []
    this.#eventBytes = []
    this.#addBytes(-this.bytes)
  }

  /** Drops the oldest event to make space for another mailbox. Returns false if the mailbox is empty. */
  dropOldest(): boolean {
    if (this.#events.length === 0) return false
    this.#drop(1)
    return true
  }

  /** Resets the age of the mailbox. */
  touch(nowMs: number): void {
    this.#touchedAtMs = nowMs
  }

  /** Drops all events if the newest one is older than this time. */
  expireBefore(timeMs: number): void {
    if (this.#touchedAtMs <= timeMs) this.#drop(this.#events.length)
  }

  /** Adds a subscriber. Returns a function that removes it. */
  subscribe(subscriber: MailboxSubscriber): () => void {
    this.#subscribers.push(subscriber)
    return () => {
      this.#subscribers = this.#subscribers.filter((other) => other !== subscriber)
    }
  }

  /** Notifies the subscribers that `read` may return something new. */
  notify(): void {
    for (const { notify } of this.#subscribers) notify()
  }

  /** Delivers an event that is not stored: only current subscribers receive it. */
  publishTransient(event: RoomEvent): void {
    for (const { onTransientEvent } of this.#subscribers) onTransientEvent?.(event)
  }

  #belongsToPendingOffer(message: PeerMessage): boolean {
    const [first] = this.#events
    return (
      first?.type === 'message' &&
      first.message.type === 'offer' &&
      'connection' in message &&
      first.message.connection === message.connection
    )
  }

  /** Candidates must not push out their offer, neither by number nor by bytes. */
  #hasVacantCapacity(message: PeerMessage, address: string): boolean {
    const bytes = estimateHeapBytes({ type: 'message', message })
    return (
      this.#events.length < maxVacantMessages &&
      this.bytes + bytes <= this.#allMailboxes.limits.mailboxBytesPerSeat &&
      this.#allMailboxes.hasRoom(address, bytes)
    )
  }

  #drop(count: number): void {
    let bytes = 0
    for (let left = Math.min(count, this.#events.length); left > 0; left--) {
      this.#dropped = addDropped(this.#dropped, ++this.#droppedCount, this.#events.shift()!)
      bytes += this.#eventBytes.shift()!
    }
    this.#addBytes(-bytes)
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
