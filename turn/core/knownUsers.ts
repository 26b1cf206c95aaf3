import type { User } from './types.ts'

/** Users that are remembered: those of 500 calls. One takes about 600 bytes. */
const maxKnownUsers = 1000

/**
 * Users that showed valid credentials lately. A page allocates several times with the same ones, and its allocations share the
 * user and the key, which takes two hashes to make. The oldest is forgotten first.
 */
export class KnownUsers {
  readonly #users = new Map<string, User>()

  get(name: string): User | undefined {
    return this.#users.get(name)
  }

  set(user: User): void {
    this.#users.delete(user.name)
    this.#users.set(user.name, user)
    if (this.#users.size > maxKnownUsers) this.#users.delete(this.#users.keys().next().value!)
  }

  /** Secrets and passwords may have changed. */
  clear(): void {
    this.#users.clear()
  }
}
