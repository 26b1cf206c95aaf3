import { forget, type Memory, recall, remember } from './memory.ts'

/** The right to this page's seat in one room, kept with its tab: a page that is loaded anew comes back to it. */
export class SeatKeeper {
  readonly #memory: Memory | undefined
  readonly #own: string
  readonly #left: string

  constructor(memory: Memory | undefined, room: string) {
    this.#memory = memory
    this.#own = `seat:${room}`
    this.#left = `left:${room}`
  }

  /** Null: this page has no seat. */
  read(): string | null {
    return recall(this.#memory, this.#own)
  }

  /** The same, or what is left of one: a seat that the server does not know to be free would stand in one's own way. */
  ticket(): string | null {
    return this.read() ?? recall(this.#memory, this.#left)
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
