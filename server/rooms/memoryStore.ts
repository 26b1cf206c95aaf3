import { emptyRoomContext, nextDeadline, otherSeat, type RoomContext, seatNames } from '../../machines/room/seats.ts'
import { timeouts } from '../../machines/protocol/timeouts.ts'
import { getMessageTraits } from '../../machines/protocol/messageTraits.ts'
import type { PeerMessage, RoomEvent, SeatName } from '../../machines/protocol/messages.ts'
import type { Clock } from '../common/clock.ts'
import { AddressUsage } from '../limits/addressUsage.ts'
import { Mailbox } from './mailbox.ts'
import { MailboxBytes, type MailboxLimits } from './mailboxBytes.ts'
import { ApiError } from '../common/apiError.ts'
import type { Awaitable } from '../common/eventSink.ts'
import { markDisconnected, type SavedRoom } from './savedRooms.ts'
import type {
  AppendResult,
  MailboxStates,
  Position,
  PreparationOffer,
  ReadResult,
  RoomChange,
  RoomQuota,
  RoomState,
  Store,
  StoredRoom,
} from './store.ts'
import type { SeatClaim } from './seatClaim.ts'

/** Interval of the sweep for expired mailboxes. */
const sweepIntervalMs = 10_000

interface Watcher {
  notify(): void
  onOffer?: ((offer: PreparationOffer) => void) | undefined
}

interface RoomEntry {
  room: StoredRoom
  mailboxes: Record<SeatName, Mailbox>
  /** The network that created the room; empty if it is unknown. */
  creatorPrefix: string
}

/** A store in this process's memory. */
export class MemoryStore implements Store {
  readonly #entries = new Map<string, RoomEntry>()
  readonly #dueAt = new Map<string, number>()
  /** Existing rooms, by the network that created them. */
  readonly #roomsByCreator = new AddressUsage()
  readonly #clock: Clock
  readonly #allMailboxes: MailboxBytes
  readonly #stopSweep: () => void
  /** One counter for all rooms, so a recreated room never repeats an old version. */
  #version = 0
  readonly #watchers = new Map<string, Set<Watcher>>()
  /** The newest epoch of any deleted room. */
  #newestEpoch = 0

  /** @param newestEpoch an upper limit of the epochs that earlier runs of the server assigned */
  constructor(clock: Clock, limits?: MailboxLimits, newestEpoch = 0) {
    this.#clock = clock
    this.#newestEpoch = newestEpoch
    this.#allMailboxes = new MailboxBytes(limits)
    this.#stopSweep = clock.every(sweepIntervalMs, () => this.#sweep())
  }

  async load(name: string): Promise<StoredRoom> {
    return this.#entries.get(name)?.room ?? { version: 0, state: 'empty', context: emptyRoomContext(this.#newestEpoch) }
  }

  async commit(name: string, change: RoomChange): Promise<MailboxStates | null> {
    const known = this.#entries.get(name)
    if ((known?.room.version ?? 0) !== change.version) return null
    if (!known && change.quota) this.#enforceQuota(change.quota)
    const nowMs = this.#clock.now()
    const mailboxes = known?.mailboxes ?? {
      a: new Mailbox(nowMs, this.#allMailboxes),
      b: new Mailbox(nowMs, this.#allMailboxes),
    }
    const states = { a: mailboxes.a.state, b: mailboxes.b.state }
    this.#write(name, change, mailboxes)
    this.#applyEffects(change, mailboxes, nowMs)
    notifyReplacedReaders(mailboxes, known?.room.context, change.context, nowMs)
    for (const { notify } of this.#watchers.get(name) ?? []) notify()
    return states
  }

  appendMessage(
    { room, seat, epoch }: SeatClaim,
    seq: number,
    message: PeerMessage,
    address = '',
  ): Awaitable<AppendResult> {
    const entry = this.#entries.get(room)
    if (entry?.room.context.seats[seat]?.epoch !== epoch) return 'seat-lost'
    const { [seat]: own, [otherSeat(seat)]: mailbox } = entry.mailboxes
    const { acked } = own
    if (seq <= acked) return { acked, isNew: false }
    if (seq > acked + 1) return 'out-of-order'
    const nowMs = this.#clock.now()
    if (getMessageTraits(message).isTransient) mailbox.publishTransient({ type: 'message', message })
    else if (
      !(entry.room.context.seats[otherSeat(seat)]
        ? mailbox.appendMessage(message, address, nowMs)
        : mailbox.appendWhileVacant(message, address, nowMs))
    )
      return 'throttled'
    return { acked: own.acknowledge(), isNew: true }
  }

  read({ room, seat, epoch }: SeatClaim, after: Position): Awaitable<ReadResult> {
    const entry = this.#entries.get(room)
    const holder = entry?.room.context.seats[seat]
    const mailbox = entry?.mailboxes[seat]
    const state = mailbox?.state
    if (!holder || !mailbox || state?.mailboxId !== after.mailboxId) return { type: 'released' }
    if (holder.epoch !== epoch) return { type: 'superseded' }
    const { droppedCount, lastSeq } = state
    if (after.seq < droppedCount || after.seq > lastSeq)
      return {
        type: 'truncated',
        lastSeq: after.seq < droppedCount ? droppedCount : lastSeq,
        digest: mailbox.digestSince(after.seq),
      }
    return { type: 'events', events: mailbox.eventsAfter(after.seq) }
  }

  async subscribe(
    { room, seat }: SeatClaim,
    notify: () => void,
    onTransientEvent?: (event: RoomEvent) => void,
  ): Promise<() => void> {
    return this.#entries.get(room)?.mailboxes[seat].subscribe({ notify, onTransientEvent }) ?? (() => undefined)
  }

  async watch(room: string, notify: () => void, onOffer?: (offer: PreparationOffer) => void): Promise<() => void> {
    const watchers = this.#watchers.get(room) ?? new Set()
    const watcher = { notify, onOffer }
    this.#watchers.set(room, watchers.add(watcher))
    return () => {
      watchers.delete(watcher)
      if (watchers.size === 0 && this.#watchers.get(room) === watchers) this.#watchers.delete(room)
    }
  }

  async publishOffer(room: string, offer: PreparationOffer): Promise<void> {
    for (const { onOffer } of this.#watchers.get(room) ?? []) onOffer?.(offer)
  }

  async publishTransient(room: string, seat: SeatName, event: RoomEvent): Promise<void> {
    this.#entries.get(room)?.mailboxes[seat].publishTransient(event)
  }

  async roomsDue(nowMs: number): Promise<string[]> {
    return [...this.#dueAt].filter(([, dueAt]) => dueAt <= nowMs).map(([name]) => name)
  }

  async countRooms(): Promise<number> {
    return this.#entries.size
  }

  async countRoomsByState(): Promise<Record<Exclude<RoomState, 'empty'>, number>> {
    const counts = { created: 0, ready: 0, full: 0 }
    for (const {
      room: { state },
    } of this.#entries.values())
      if (state !== 'empty') counts[state]++
    return counts
  }

  /** Estimated heap of all mailboxes. */
  get mailboxBytes(): number {
    return this.#allMailboxes.total
  }

  async close(): Promise<void> {
    this.#stopSweep()
  }

  /** The newest epoch of any room. */
  get newestEpoch(): number {
    return [...this.#entries.values()].reduce(
      (newest, { room }) => Math.max(newest, room.context.epoch),
      this.#newestEpoch,
    )
  }

  /** The rooms, for the next run of the server. */
  save(): SavedRoom[] {
    return [...this.#entries].flatMap(
      ([
        name,
        {
          room: { state, context },
          mailboxes: { a, b },
        },
      ]) => (state === 'empty' ? [] : [{ name, state, context, mailboxes: { a: a.save(), b: b.save() } }]),
    )
  }

  /**
   * Restores the rooms of an earlier run. All seats are disconnected and get the full grace period.
   * Call it once, before any join.
   */
  restore(rooms: readonly SavedRoom[]): void {
    const nowMs = this.#clock.now()
    for (const {
      name,
      state,
      context,
      mailboxes: { a, b },
    } of rooms) {
      const restored = markDisconnected(nowMs, context)
      this.#write(
        name,
        { version: 0, state, context: restored, effects: [], dueAtMs: nextDeadline(restored) },
        { a: new Mailbox(nowMs, this.#allMailboxes, a), b: new Mailbox(nowMs, this.#allMailboxes, b) },
      )
    }
  }

  #enforceQuota({ networkPrefix, perNetwork, total }: RoomQuota): void {
    if (this.#entries.size >= total) throw new ApiError('server-full')
    if (this.#roomsByCreator.usedBy(networkPrefix) >= perNetwork) throw new ApiError('throttled')
  }

  #write(name: string, { state, context, dueAtMs, quota }: RoomChange, mailboxes: RoomEntry['mailboxes']): void {
    const previous = this.#entries.get(name)
    if (state === 'empty') this.#forget(name, context)
    else
      this.#entries.set(name, {
        room: { version: ++this.#version, state, context },
        mailboxes,
        creatorPrefix: previous?.creatorPrefix ?? this.#recordCreator(quota),
      })
    if (state === 'empty' || dueAtMs === null) this.#dueAt.delete(name)
    else this.#dueAt.set(name, dueAtMs)
  }

  #forget(name: string, { epoch }: RoomContext): void {
    const entry = this.#entries.get(name)
    if (entry) for (const seat of seatNames) entry.mailboxes[seat].release()
    if (entry?.creatorPrefix) this.#roomsByCreator.add(entry.creatorPrefix, -1)
    this.#entries.delete(name)
    this.#newestEpoch = Math.max(this.#newestEpoch, epoch)
  }

  #recordCreator(quota: RoomQuota | undefined): string {
    if (!quota) return ''
    this.#roomsByCreator.add(quota.networkPrefix, 1)
    return quota.networkPrefix
  }

  #applyEffects({ effects }: RoomChange, mailboxes: RoomEntry['mailboxes'], nowMs: number): void {
    for (const effect of effects) {
      if (effect.type === 'event.sent') mailboxes[effect.seat].append(effect.event, nowMs)
      else mailboxes[effect.seat].reset()
    }
  }

  /** Mailboxes of holders expire. The mailbox of a vacant seat does not: its offer waits for the next visitor. */
  #sweep(): void {
    const expiredBefore = this.#clock.now() - timeouts.mailboxLifetimeMs
    for (const { room, mailboxes } of this.#entries.values()) {
      for (const seat of seatNames) if (room.context.seats[seat]) mailboxes[seat].expireBefore(expiredBefore)
    }
  }
}

/** Notifies readers whose claim was superseded. Resets the age of events that waited for a new holder. */
function notifyReplacedReaders(
  mailboxes: RoomEntry['mailboxes'],
  before: RoomContext | undefined,
  after: RoomContext,
  nowMs: number,
): void {
  for (const seat of seatNames) {
    if (before?.seats[seat]?.epoch === after.seats[seat]?.epoch) continue
    mailboxes[seat].touch(nowMs)
    mailboxes[seat].notify()
  }
}
