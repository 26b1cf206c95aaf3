import { dueAt, other, type RoomContext, seatNames } from '../../machines/room/seats.ts'
import { timers } from '../../machines/protocol/timeouts.ts'
import type { PeerMessage, RoomEvent, SeatName } from '../../machines/protocol/messages.ts'
import type { Clock } from '../common/clock.ts'
import { Ledger } from '../limits/ledger.ts'
import { Mailbox } from './mailbox.ts'
import { MailboxBytes, type MailboxLimits } from './mailboxBytes.ts'
import { Refusal } from '../common/apiError.ts'
import type { SavedRoom } from './savedRooms.ts'
import type { Marks, Position, Reading, RoomChange, RoomQuota, Said, Store, StoredRoom } from './store.ts'
import type { Stay } from './seatClaim.ts'

const sweepMs = 10_000

interface Entry {
  room: StoredRoom
  boxes: Record<SeatName, Mailbox>
  /** The address that made it; empty where that is not known. */
  maker: string
}

/** Rooms in this process's memory: gone when it ends. */
export class MemoryStore implements Store {
  readonly #entries = new Map<string, Entry>()
  readonly #due = new Map<string, number>()
  /** How many rooms each address made, of those that exist. */
  readonly #made = new Ledger()
  readonly #clock: Clock
  readonly #bytes: MailboxBytes
  readonly #stop: () => void
  /** One count for all rooms, so that a room that was forgotten and made anew never has an old version again. */
  #version = 0
  /** The newest epoch in any room that was forgotten. */
  #epoch = 0

  /** @param epoch the newest epoch that an earlier run of the server may have given */
  constructor(clock: Clock, limits?: MailboxLimits, epoch = 0) {
    this.#clock = clock
    this.#epoch = epoch
    this.#bytes = new MailboxBytes(limits)
    this.#stop = clock.every(sweepMs, () => this.#sweep())
  }

  async load(name: string): Promise<StoredRoom> {
    return this.#entries.get(name)?.room ?? { version: 0, state: 'empty', context: { seats: { a: null, b: null }, epoch: this.#epoch, awaited: null } }
  }

  async commit(name: string, change: RoomChange): Promise<Marks | null> {
    const known = this.#entries.get(name)
    if ((known?.room.version ?? 0) !== change.version) return null
    if (!known && change.quota) this.#refuseAbove(change.quota)
    const at = this.#clock.now()
    const boxes = known?.boxes ?? { a: new Mailbox(at, this.#bytes), b: new Mailbox(at, this.#bytes) }
    const marks = { a: boxes.a.mark, b: boxes.b.mark }
    this.#write(name, change, boxes)
    this.#carryOut(change, boxes, at)
    wake(boxes, known?.room.context, change.context, at)
    return marks
  }

  async say({ room, seat, epoch }: Stay, n: number, message: PeerMessage, address = ''): Promise<Said | 'seat-lost' | 'out-of-order' | 'throttled'> {
    const entry = this.#entries.get(room)
    if (entry?.room.context.seats[seat]?.epoch !== epoch) return 'seat-lost'
    const { [seat]: own, [other(seat)]: box } = entry.boxes
    const { said } = own.mark
    if (n <= said) return { said, isNew: false }
    if (n > said + 1) return 'out-of-order'
    const at = this.#clock.now()
    if (message.type === 'trace') box.whisper({ type: 'message', message })
    else if (!(entry.room.context.seats[other(seat)] ? box.say(message, address, at) : box.sayToNobody(message, address, at))) return 'throttled'
    return { said: own.count(), isNew: true }
  }

  async read({ room, seat, epoch }: Stay, after: Position): Promise<Reading> {
    const entry = this.#entries.get(room)
    const holder = entry?.room.context.seats[seat]
    const box = entry?.boxes[seat]
    if (!holder || box?.mark.epoch !== after.epoch) return { type: 'freed' }
    if (holder.epoch !== epoch) return { type: 'taken' }
    const { from, to } = box.mark
    if (after.n < from || after.n > to) return { type: 'lost', to: after.n < from ? from : to, news: box.missedAfter(after.n) }
    return { type: 'events', events: box.after(after.n) }
  }

  async watch({ room, seat }: Stay, ring: () => void, hear?: (event: RoomEvent) => void): Promise<() => void> {
    return this.#entries.get(room)?.boxes[seat].watch({ ring, hear }) ?? (() => undefined)
  }

  async whisper(room: string, seat: SeatName, event: RoomEvent): Promise<void> {
    this.#entries.get(room)?.boxes[seat].whisper(event)
  }

  async due(at: number): Promise<string[]> {
    return [...this.#due].filter(([, due]) => due <= at).map(([name]) => name)
  }

  async count(): Promise<number> {
    return this.#entries.size
  }

  /** Heap of all mailboxes, about. */
  get mailboxBytes(): number {
    return this.#bytes.total
  }

  async close(): Promise<void> {
    this.#stop()
  }

  /** The newest epoch of any room. */
  get epoch(): number {
    return [...this.#entries.values()].reduce((newest, { room }) => Math.max(newest, room.context.epoch), this.#epoch)
  }

  /** What the next run of the server needs to go on with every room. */
  save(): SavedRoom[] {
    return [...this.#entries].flatMap(([name, { room: { state, context }, boxes: { a, b } }]) =>
      (state === 'empty' ? [] : [{ name, state, context, boxes: { a: a.save(), b: b.save() } }]))
  }

  /** Goes on with the rooms of an earlier run. Everybody is away, and has the whole grace to come back. Call it before anybody enters. */
  restore(rooms: readonly SavedRoom[]): void {
    const at = this.#clock.now()
    for (const { name, state, context, boxes: { a, b } } of rooms) {
      const restored = absentSince(at, context)
      this.#write(name, { version: 0, state, context: restored, effects: [], dueAt: dueAt(restored) }, { a: new Mailbox(at, this.#bytes, a), b: new Mailbox(at, this.#bytes, b) })
    }
  }

  #refuseAbove({ address, perAddress, total }: RoomQuota): void {
    if (this.#entries.size >= total) throw new Refusal('server-full')
    if (this.#made.of(address) >= perAddress) throw new Refusal('throttled')
  }

  #write(name: string, { state, context, dueAt, quota }: RoomChange, boxes: Entry['boxes']): void {
    const known = this.#entries.get(name)
    if (state === 'empty') this.#forget(name, context)
    else this.#entries.set(name, { room: { version: ++this.#version, state, context }, boxes, maker: known?.maker ?? this.#noteMaker(quota) })
    if (state === 'empty' || dueAt === null) this.#due.delete(name)
    else this.#due.set(name, dueAt)
  }

  #forget(name: string, { epoch }: RoomContext): void {
    const entry = this.#entries.get(name)
    if (entry) for (const seat of seatNames) entry.boxes[seat].forget()
    if (entry?.maker) this.#made.add(entry.maker, -1)
    this.#entries.delete(name)
    this.#epoch = Math.max(this.#epoch, epoch)
  }

  #noteMaker(quota: RoomQuota | undefined): string {
    if (!quota) return ''
    this.#made.add(quota.address, 1)
    return quota.address
  }

  #carryOut({ effects }: RoomChange, boxes: Entry['boxes'], at: number): void {
    for (const effect of effects) {
      if (effect.type === 'told') boxes[effect.seat].append(effect.event, at)
      else boxes[effect.seat].clear()
    }
  }

  /** What waits in the mailbox of an empty seat waits as long as it must; that of a holder is kept for a while. */
  #sweep(): void {
    const at = this.#clock.now() - timers.mailbox
    for (const { room, boxes } of this.#entries.values()) {
      for (const seat of seatNames) if (room.context.seats[seat]) boxes[seat].forgetBefore(at)
    }
  }
}

/** A saved room at the next start: everybody is away. The file knows all claims, so no token of an earlier run is newer than what it says. */
export function absentSince(at: number, { seats, epoch, awaited }: RoomContext): RoomContext {
  const absent = seatNames.map((name) => [name, seats[name] && { ...seats[name], claimed: seats[name].epoch, deadline: at + timers.grace }])
  return { seats: Object.fromEntries(absent) as RoomContext['seats'], epoch, awaited: awaited === null ? null : at + timers.grace }
}

/** Who reads for an older visit of a seat is to notice; what waited for whoever comes is young again when they come. */
function wake(boxes: Entry['boxes'], before: RoomContext | undefined, after: RoomContext, at: number): void {
  for (const seat of seatNames) {
    if (before?.seats[seat]?.epoch === after.seats[seat]?.epoch) continue
    boxes[seat].touch(at)
    boxes[seat].ring()
  }
}
