import { roomPolicies, type RoomPolicy } from '../../machines/protocol/vocabulary.ts'
import { removeStored, type KeyValueStorage, getStored, setStored } from '../common/storage.ts'

/** The seat token of this page in one room, kept per tab, so that a reloaded page resumes its seat. */
export class SeatStorage {
  readonly #storage: KeyValueStorage | undefined
  readonly #tokenKey: string
  readonly #leftTokenKey: string
  /** The stored value is the key of an unanswered join request, not a token. */
  readonly #joinKeyKey: string
  readonly #requestedAtKey: string
  readonly #policyKey: string
  readonly #askKeyKey: string
  #lastRequestedAt = 0

  constructor(storage: KeyValueStorage | undefined, room: string) {
    this.#storage = storage
    this.#tokenKey = `seat:${room}`
    this.#leftTokenKey = `left:${room}`
    this.#joinKeyKey = `joinKey:${room}`
    this.#requestedAtKey = `requestedAt:${room}`
    this.#policyKey = `policy:${room}`
    this.#askKeyKey = `askKey:${room}`
  }

  /** Returns the seat token or the join key; null if this page has no seat. */
  getToken(): string | null {
    return getStored(this.#storage, this.#tokenKey)
  }

  /**
   * Returns what a join request carries: the token of the own seat, or of a left one that the server may still hold;
   * else the join key of an unanswered request, because a repeated key gets the same seat; else a new key.
   * It is stored before it is sent, so that a reloaded page repeats the same request.
   */
  createJoinRequest(createKey: () => string): { joinKey: string; token: string | null; policy: RoomPolicy | null } {
    const stored = this.getToken() ?? getStored(this.#storage, this.#leftTokenKey)
    const isKey = stored !== null && stored === getStored(this.#storage, this.#joinKeyKey)
    const [joinKey, token] = [isKey ? stored : createKey(), isKey ? null : stored]
    if (token) this.setToken(token)
    else this.setJoinKey(joinKey)
    return { joinKey, token, policy: this.getPolicy() }
  }

  /** Returns the newest known policy of the room, or the creator's choice; null without one. */
  getPolicy(): RoomPolicy | null {
    const stored = getStored(this.#storage, this.#policyKey)
    return roomPolicies.find((policy) => policy === stored) ?? null
  }

  /** Stores the policy. A reloaded page restores the room with it after a server crash. */
  setPolicy(policy: RoomPolicy): void {
    setStored(this.#storage, this.#policyKey, policy)
  }

  /** Returns the key of this tab's requests for admission. It stays the same until one is admitted. */
  askKey(createKey: () => string): string {
    const key = getStored(this.#storage, this.#askKeyKey) ?? createKey()
    setStored(this.#storage, this.#askKeyKey, key)
    return key
  }

  /** The request was admitted, so the next join uses its key. */
  markAdmitted(): void {
    const key = getStored(this.#storage, this.#askKeyKey)
    removeStored(this.#storage, this.#askKeyKey)
    if (key) this.setJoinKey(key)
  }

  /** Stores the key of a request for a new seat. */
  setJoinKey(key: string): void {
    setStored(this.#storage, this.#joinKeyKey, key)
    this.setToken(key)
  }

  /** Returns the time of the next join request, in ms. It always increases, even when the system clock is set back. */
  nextRequestTime(): number {
    this.#lastRequestedAt = Math.max(
      Date.now(),
      this.#lastRequestedAt + 1,
      Number(getStored(this.#storage, this.#requestedAtKey)) + 1,
    )
    setStored(this.#storage, this.#requestedAtKey, String(this.#lastRequestedAt))
    return this.#lastRequestedAt
  }

  /** Stores the token of the seat that the server gave. */
  setToken(token: string): void {
    setStored(this.#storage, this.#tokenKey, token)
    removeStored(this.#storage, this.#leftTokenKey)
  }

  /** Marks the seat as left until the server acknowledges it. */
  markLeft(): void {
    const token = this.getToken()
    if (token) setStored(this.#storage, this.#leftTokenKey, token)
    this.clearToken()
    // A room that this page creates next must not be locked from the start.
    if (this.getPolicy() === 'locked') this.setPolicy('ask')
  }

  /** The server has acknowledged the leave. */
  clearLeftToken(): void {
    removeStored(this.#storage, this.#leftTokenKey)
  }

  /** Removes the token: the seat is gone. */
  clearToken(): void {
    removeStored(this.#storage, this.#tokenKey)
  }
}
