import type { RoomEvent } from '../../machines/protocol/messages.ts'

/** A subscriber of a seat at this node. */
interface Subscriber {
  readonly epoch: number
  notify(): void
  onTransientEvent?: ((event: RoomEvent) => void) | undefined
}

/** Events that a seat may have waiting here. Beyond that the reader reads them from Redis. */
const maxAheadEvents = 32
const maxAheadCharacters = 128 * 1024

/** The subscribers of one seat, and the events that wake-ups brought before anyone read them. */
class LocalSeat {
  subscribers: Subscriber[] = []
  /** The mailbox that `ahead` belongs to; empty before the first read. */
  mailboxId = ''
  /** Events after the last read, without gaps. */
  ahead: { seq: number; event: RoomEvent; characters: number }[] = []
  /** The newest known sequence number. */
  lastSeq = 0
  /** Number of wake-ups and refreshes. A read that one of them overtook may be older than it. */
  wakeUps = 0
  /** False if events after `ahead` may be missing: they have to be read from Redis. */
  isComplete = false
  #characters = 0

  /** Keeps an event, unless one is missing before it or too many wait. */
  push(seq: number, text: string): void {
    if (!this.isComplete || seq <= this.lastSeq) return
    if (
      seq !== this.lastSeq + 1 ||
      this.ahead.length >= maxAheadEvents ||
      this.#characters + text.length > maxAheadCharacters
    )
      return void (this.isComplete = false)
    this.lastSeq = seq
    this.#characters += text.length
    this.ahead.push({ seq, event: JSON.parse(text) as RoomEvent, characters: text.length })
  }

  /** The next read goes to Redis. */
  forget(): void {
    this.mailboxId = ''
    this.isComplete = false
    this.ahead = []
    this.#characters = 0
  }

  /** Stores the result of a read of Redis. */
  store(mailboxId: string, after: number, texts: readonly string[]): void {
    this.forget()
    this.mailboxId = mailboxId
    this.isComplete = true
    this.lastSeq = after
    for (const text of texts) if (this.isComplete) this.push(this.lastSeq + 1, text)
  }

  /** The events after a position; null if they have to be read from Redis. */
  take(mailboxId: string, epoch: number, after: number): RoomEvent[] | null {
    const [only, ...others] = this.subscribers
    if (this.mailboxId !== mailboxId || others.length > 0 || only?.epoch !== epoch) return null
    while (this.ahead[0] && this.ahead[0].seq <= after) this.#characters -= this.ahead.shift()!.characters
    const [first] = this.ahead
    if (!first) return this.isComplete && this.lastSeq === after ? [] : null
    // A reader that gets one event waits for a wake-up. But those of the missing events have come.
    const isLast = this.ahead.length === 1 && !this.isComplete
    return first.seq === after + 1 && !isLast ? this.ahead.map(({ event }) => event) : null
  }
}

interface Watcher {
  notify(): void
  onOffer?: ((text: string) => void) | undefined
}

/** The subscribers and watchers at this node, by room id. */
export class LocalSeats {
  readonly #seats = new Map<string, LocalSeat>()
  readonly #watchers = new Map<string, Set<Watcher>>()

  /** The seat, if it has subscribers here. */
  find(id: string, seat: string): LocalSeat | undefined {
    return this.#seats.get(`${id}|${seat}`)
  }

  /** Adds a subscriber; returns a function that removes it. */
  subscribe(id: string, seat: string, subscriber: Subscriber): () => void {
    const key = `${id}|${seat}`
    const local = this.#seats.get(key) ?? new LocalSeat()
    this.#seats.set(key, local)
    local.subscribers = [...local.subscribers, subscriber]
    local.forget()
    return () => {
      local.subscribers = local.subscribers.filter((other) => other !== subscriber)
      local.forget()
      if (local.subscribers.length === 0 && this.#seats.get(key) === local) this.#seats.delete(key)
    }
  }

  /** Adds a watcher. Returns a function that removes it, and is true if it was the last one. */
  watch(id: string, watcher: Watcher): () => boolean {
    const watchers = this.#watchers.get(id) ?? new Set()
    this.#watchers.set(id, watchers.add(watcher))
    return () => {
      watchers.delete(watcher)
      if (watchers.size > 0 || this.#watchers.get(id) !== watchers) return false
      return this.#watchers.delete(id)
    }
  }

  /** Ids of the rooms with watchers here. */
  get watchedIds(): string[] {
    return [...this.#watchers.keys()]
  }

  /** Delivers one wake-up: `id|seat|seq|event`, `id|seat|t|transient event`, `id|seat|r|` or `id|w|offer`. */
  deliver(payload: string): void {
    const [id = '', place = '', kind = ''] = payload.split('|', 3)
    if (place === 'w') return this.#notifyWatchers(id, payload.slice(id.length + 3))
    const local = this.find(id, place)
    if (!local) return
    const text = payload.slice(id.length + place.length + kind.length + 3)
    if (kind === 't') {
      const event = JSON.parse(text) as RoomEvent
      for (const { onTransientEvent } of local.subscribers) onTransientEvent?.(event)
      return
    }
    local.wakeUps++
    if (kind === 'r') local.forget()
    else local.push(Number(kind), text)
    for (const { notify } of local.subscribers) notify()
  }

  /**
   * Makes the readers of a part of the seats read from Redis, because wake-ups are delivered at most once.
   * @param turn from 0 to `turns` - 1
   */
  refresh(turn: number, turns: number): void {
    let index = 0
    for (const local of this.#seats.values()) {
      if (index++ % turns !== turn) continue
      local.wakeUps++
      local.forget()
      for (const { notify } of local.subscribers) notify()
    }
  }

  /** Notifies the watchers of all rooms. */
  refreshWatchers(): void {
    for (const id of this.#watchers.keys()) this.#notifyWatchers(id, '')
  }

  #notifyWatchers(id: string, offer: string): void {
    for (const { notify, onOffer } of this.#watchers.get(id) ?? [])
      if (offer === '') notify()
      else onOffer?.(offer)
  }
}
