import { afterEach, expect, type TestContext } from 'vitest'
import type { BrowserUser } from './browserUser.ts'

/** Returns whether the test that just ended failed. */
export const hasFailed = ({ task }: Pick<TestContext, 'task'>): boolean => task.result?.state === 'fail'

/** Checks of all pages of a UserRegistry. */
export interface UserChecks {
  /** Returns the log of the server, which is printed after a failed test. */
  readLog?(): readonly string[]
  /** Origins that pages may request, besides that of their user. */
  listOrigins?(): readonly string[]
  /** Returns true for console errors that the tests expect. */
  isExpectedError?(complaint: string): boolean
}

/** The users of one test file. They leave after their test unless they are kept for the following tests. */
export class UserRegistry<G extends BrowserUser> {
  /** Users, and the stop function of what each of them needs. */
  readonly #users = new Map<G, () => unknown>()
  readonly #kept = new Set<G>()
  readonly #checks: UserChecks

  constructor(checks: UserChecks = {}) {
    this.#checks = checks
  }

  /** Registers a new user and returns it. `stop` runs after the user's tab has closed. */
  add<T extends G>(user: T, stop: () => unknown = () => undefined): T {
    this.#users.set(user, stop)
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

  /**
   * Closes the leaving users after a test, or all users without a context. Fails if a page logged an unexpected error,
   * or if a leaving page requested a URL of another origin.
   */
  async close(context?: TestContext): Promise<void> {
    const isFailed = context !== undefined && hasFailed(context)
    if (!context || isFailed) this.#kept.clear()
    const complaints = [...this.#users.keys()].flatMap(({ tab }) => tab.consoleErrors.splice(0))
    if (isFailed) console.log([...(this.#checks.readLog?.() ?? []).slice(-40), ...complaints].join('\n'))
    const leaving = [...this.#users].filter(([user]) => !this.#kept.has(user))
    for (const [user] of leaving) this.#users.delete(user)
    await Promise.all(leaving.map(([{ tab }]) => tab.close()))
    await Promise.all(leaving.map(([, stop]) => stop()))
    expect(complaints.filter((complaint) => !this.#checks.isExpectedError?.(complaint))).toEqual([])
    expect(leaving.flatMap(([user]) => this.#listForeignRequests(user))).toEqual([])
  }

  #listForeignRequests({ tab, origin }: G): string[] {
    const own = new Set([origin, ...(this.#checks.listOrigins?.() ?? [])].map((url) => new URL(url).origin))
    return tab.requestedUrls.filter((url) => !/^(data|blob|about):/.test(url) && !own.has(new URL(url).origin))
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
