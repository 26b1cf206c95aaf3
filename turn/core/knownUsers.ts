import type { User } from './types.ts'

/** The users of 500 calls. One entry takes about 600 bytes. */
const maxKnownUsers = 1000

/**
 * Cache of recently verified users. A page allocates several times with the same credentials.
 * Its allocations share the user and the key, which costs two hashes to compute. The oldest entry is evicted first.
 */
export class KnownUsers {
  readonly #users = new Map<string, User>()

  /** Returns the user of a username, or undefined if it was never verified or was evicted. */
  get(name: string): User | undefined {
    return this.#users.get(name)
  }

  /** Adds or replaces a verified user as the newest entry. Evicts the oldest one above 1,000. */
  set(user: User): void {
    this.#users.delete(user.name)
    this.#users.set(user.name, user)
    if (this.#users.size > maxKnownUsers) this.#users.delete(this.#users.keys().next().value!)
  }

  /** Forgets all users; called when secrets or passwords may have changed. */
  clear(): void {
    this.#users.clear()
  }
}
