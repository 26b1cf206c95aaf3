import { removeStored, type KeyValueStorage, getStored, setStored } from '../common/storage.ts'

/** The right to this page's seat in one room, kept with its tab: a reloaded page comes back to it. */
export class SeatStorage {
  readonly #storage: KeyValueStorage | undefined
  readonly #tokenKey: string
  readonly #leftTokenKey: string
  /** What is kept is no token yet, but the key that was asked with. */
  readonly #joinKeyKey: string
  readonly #requestedAtKey: string
  #lastRequestedAt = 0

  constructor(storage: KeyValueStorage | undefined, room: string) {
    this.#storage = storage
    this.#tokenKey = `seat:${room}`
    this.#leftTokenKey = `left:${room}`
    this.#joinKeyKey = `joinKey:${room}`
    this.#requestedAtKey = `requestedAt:${room}`
  }

  /** Null: this page has no seat. */
  getToken(): string | null {
    return getStored(this.#storage, this.#tokenKey)
  }

  /**
   * Returns what a join request carries: the token of the own seat, or of a left one that the server may still hold;
   * else the join key of an unanswered request, because a repeated key gets the same seat; else a new key.
   * It is stored before it is sent, so that a reloaded page repeats the same request.
   */
  createJoinRequest(createKey: () => string): { joinKey: string; token: string | null } {
    const stored = this.getToken() ?? getStored(this.#storage, this.#leftTokenKey)
    const isKey = stored !== null && stored === getStored(this.#storage, this.#joinKeyKey)
    const [joinKey, token] = [isKey ? stored : createKey(), isKey ? null : stored]
    if (token) this.setToken(token)
    else this.setJoinKey(joinKey)
    return { joinKey, token }
  }

  /** A new seat is requested with this key. */
  setJoinKey(key: string): void {
    setStored(this.#storage, this.#joinKeyKey, key)
    this.setToken(key)
  }

  /** The time of the next join request, in ms, on a clock that only goes forward, even when the computer's is set back. */
  nextRequestTime(): number {
    this.#lastRequestedAt = Math.max(
      Date.now(),
      this.#lastRequestedAt + 1,
      Number(getStored(this.#storage, this.#requestedAtKey)) + 1,
    )
    setStored(this.#storage, this.#requestedAtKey, String(this.#lastRequestedAt))
    return this.#lastRequestedAt
  }

  setToken(token: string): void {
    setStored(this.#storage, this.#tokenKey, token)
    removeStored(this.#storage, this.#leftTokenKey)
  }

  /** It is not wanted any more; whether the server knows is another question. */
  markLeft(): void {
    const token = this.getToken()
    if (token) setStored(this.#storage, this.#leftTokenKey, token)
    this.clearToken()
  }

  /** The server has acknowledged the leave. */
  clearLeftToken(): void {
    removeStored(this.#storage, this.#leftTokenKey)
  }

  /** There is nothing to come back to. */
  clearToken(): void {
    removeStored(this.#storage, this.#tokenKey)
  }
}
