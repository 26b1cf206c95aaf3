import type { TraceEntry } from '../../machines/protocol/traceEntry.ts'
import type { TraceListener, TraceRelay } from '../rooms/roomTrace.ts'
import type { RedisConnection } from './connection.ts'
import type { NodeLease } from './nodeLease.ts'
import type { RoomKeyring } from './roomKeys.ts'

/**
 * Relays trace entries between nodes while a client of one of them inspects rooms. A node tells the others with its
 * lease, so they begin up to a second later. Entries are not stored, and carry the encrypted name of the room.
 */
export class RedisTraceRelay implements TraceRelay {
  readonly #connection: RedisConnection
  readonly #keyring: RoomKeyring
  readonly #lease: NodeLease
  readonly #listeners = new Set<TraceListener>()
  readonly #renew: () => void

  /** @param renew renews the lease now */
  constructor(connection: RedisConnection, keyring: RoomKeyring, lease: NodeLease, renew: () => void) {
    this.#connection = connection
    this.#keyring = keyring
    this.#lease = lease
    this.#renew = renew
  }

  get hasListeners(): boolean {
    return this.#lease.inspectors.length > 0
  }

  publish(room: string, entry: TraceEntry): void {
    if (!this.hasListeners) return
    const { room: key, ref } = this.#keyring.keysOf(room)
    const args = [`${ref}|${JSON.stringify(entry)}`, ...this.#lease.inspectors]
    // An entry may be lost.
    this.#connection.call('trace', [key], args).catch(() => undefined)
  }

  listen(listener: TraceListener): () => void {
    this.#listeners.add(listener)
    this.#setInspecting()
    return () => {
      this.#listeners.delete(listener)
      this.#setInspecting()
    }
  }

  /** Delivers an entry of another node. @param text `ref|entry` */
  deliver(text: string): void {
    const bar = text.indexOf('|')
    const room = this.#keyring.nameOf(text.slice(0, bar))
    if (room === null) return
    const entry = JSON.parse(text.slice(bar + 1)) as TraceEntry
    for (const listener of this.#listeners) listener(room, entry)
  }

  #setInspecting(): void {
    if (this.#lease.isInspecting === this.#listeners.size > 0) return
    this.#lease.isInspecting = this.#listeners.size > 0
    this.#renew()
  }
}
