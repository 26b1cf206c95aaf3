import { afterEach, type TestContext } from 'vitest'
import type { BrowserUser } from './browserUser.ts'

/** Returns whether the test that just ended failed. */
export const hasFailed = ({ task }: Pick<TestContext, 'task'>): boolean => task.result?.state === 'fail'

/** The users of one test file. They leave after their test unless they are kept for the following tests. */
export class UserRegistry<G extends BrowserUser> {
  #users: G[] = []
  readonly #kept = new Set<G>()

  /** Registers a new user and returns it. */
  add<T extends G>(user: T): T {
    this.#users.push(user)
    return user
  }

  /** Keeps these users for the following tests. Use it inside `sharedFixture`. After a failed test all users leave. */
  keepOpen(...users: G[]): void {
    for (const user of users) this.#kept.add(user)
  }

  /** True if users stay for the next test. */
  get hasKept(): boolean {
    return this.#kept.size > 0
  }

  /** Returns the users who leave now, and the complaints of all pages since the previous test. */
  release(context?: Pick<TestContext, 'task'>): { leaving: G[]; complaints: string[] } {
    if (!context || hasFailed(context)) this.#kept.clear()
    const leaving = this.#users.filter((user) => !this.#kept.has(user))
    const complaints = this.#users.flatMap(({ tab }) => tab.consoleErrors.splice(0))
    this.#users = this.#users.filter((user) => this.#kept.has(user))
    return { leaving, complaints }
  }
}

/**
 * Returns a fixture that the first caller creates and later tests share. The test after a failed one creates a new one.
 */
export function sharedFixture<T>(create: () => Promise<T>): () => Promise<T> {
  let created: Promise<T> | null = null
  afterEach((context) => {
    if (hasFailed(context)) created = null
  })
  return () => (created ??= create())
}
