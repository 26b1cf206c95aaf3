import { forget, type Memory, recall, remember } from '../common/storage.ts'

/** The right to this page's seat in one room, kept with its tab: a page that is loaded anew comes back to it. */
export class SeatKeeper {
  readonly #memory: Memory | undefined
  readonly #own: string
  readonly #left: string
  /** What is kept is no token yet, but the key that was asked with. */
  readonly #key: string
  readonly #asked: string
  #lastAsked = 0

  constructor(memory: Memory | undefined, room: string) {
    this.#memory = memory
    this.#own = `seat:${room}`
    this.#left = `left:${room}`
    this.#key = `key:${room}`
    this.#asked = `asked:${room}`
  }

  /** Null: this page has no seat. */
  read(): string | null {
    return recall(this.#memory, this.#own)
  }

  /**
   * What to ask for a seat with: the right to one's own, or to what is left of it, for a seat that the server does not know to be free
   * would stand in one's own way; the key that was asked with before and never answered, for whoever asks twice with one key has one seat;
   * or a new key. Kept before it is sent, so that a page which is loaded anew meanwhile asks with the same.
   */
  ask(makeKey: () => string): { key: string; token: string | null } {
    const held = this.read() ?? recall(this.#memory, this.#left)
    const isKey = held !== null && held === recall(this.#memory, this.#key)
    const [key, token] = [isKey ? held : makeKey(), isKey ? null : held]
    if (token) this.keep(token)
    else this.renew(key)
    return { key, token }
  }

  /** Another seat than the one before is asked for. */
  renew(key: string): void {
    remember(this.#memory, this.#key, key)
    this.keep(key)
  }

  /** When the next visit is asked for, on a clock that only goes forward, whatever becomes of the computer's. */
  now(): number {
    this.#lastAsked = Math.max(Date.now(), this.#lastAsked + 1, Number(recall(this.#memory, this.#asked)) + 1)
    remember(this.#memory, this.#asked, String(this.#lastAsked))
    return this.#lastAsked
  }

  keep(token: string): void {
    remember(this.#memory, this.#own, token)
    forget(this.#memory, this.#left)
  }

  /** It is not wanted any more; whether the server knows is another question. */
  leave(): void {
    const token = this.read()
    if (token) remember(this.#memory, this.#left, token)
    this.forget()
  }

  /** The server has heard. */
  free(): void {
    forget(this.#memory, this.#left)
  }

  /** There is nothing to come back to. */
  forget(): void {
    forget(this.#memory, this.#own)
  }
}
