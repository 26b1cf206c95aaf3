import { afterEach, type TestContext } from 'vitest'
import type { BrowserUser } from './browserUser.ts'

/** Whether the test that just ended has failed. */
export const hasFailed = ({ task }: Pick<TestContext, 'task'>): boolean => task.result?.state === 'fail'

/** The people of one file of tests. They leave after their test, except those who stay for the next ones. */
export class UserRegistry<G extends BrowserUser> {
  #users: G[] = []
  readonly #kept = new Set<G>()

  add<T extends G>(user: T): T {
    this.#users.push(user)
    return user
  }

  /** These stay for the tests that follow. Use it inside `sharedFixture`: after a test that failed everybody leaves. */
  keepOpen(...users: G[]): void {
    for (const user of users) this.#kept.add(user)
  }

  get hasKept(): boolean {
    return this.#kept.size > 0
  }

  /** Returns the people who leave now, and the complaints that all pages have made since the last test. */
  release(context?: Pick<TestContext, 'task'>): { leaving: G[]; complaints: string[] } {
    if (!context || hasFailed(context)) this.#kept.clear()
    const leaving = this.#users.filter((user) => !this.#kept.has(user))
    const complaints = this.#users.flatMap(({ tab }) => tab.consoleErrors.splice(0))
    this.#users = this.#users.filter((user) => this.#kept.has(user))
    return { leaving, complaints }
  }
}

/** Makes a fixture for several tests of a file, when the first test asks for it. After a failed test the next one makes a new fixture. */
export function sharedFixture<T>(create: () => Promise<T>): () => Promise<T> {
  let created: Promise<T> | null = null
  afterEach((context) => {
    if (hasFailed(context)) created = null
  })
  return () => (created ??= create())
}
