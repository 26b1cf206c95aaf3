import { afterEach, type TestContext } from 'vitest'
import type { Guest } from './guest.ts'

/** Whether the test that just ended has failed. */
export const hasFailed = ({ task }: Pick<TestContext, 'task'>): boolean => task.result?.state === 'fail'

/** The people of one file of tests. They leave after their test, except those who stay for the next ones. */
export class Party<G extends Guest> {
  #guests: G[] = []
  readonly #staying = new Set<G>()

  welcome<T extends G>(guest: T): T {
    this.#guests.push(guest)
    return guest
  }

  /** These stay for the tests that follow. Use it inside `shared`: after a test that failed everybody leaves. */
  keep(...guests: G[]): void {
    for (const guest of guests) this.#staying.add(guest)
  }

  get hasStaying(): boolean {
    return this.#staying.size > 0
  }

  /** Returns the people who leave now, and the complaints that all pages have made since the last test. */
  end(context?: Pick<TestContext, 'task'>): { leaving: G[]; complaints: string[] } {
    if (!context || hasFailed(context)) this.#staying.clear()
    const leaving = this.#guests.filter((guest) => !this.#staying.has(guest))
    const complaints = this.#guests.flatMap(({ tab }) => tab.complaints.splice(0))
    this.#guests = this.#guests.filter((guest) => this.#staying.has(guest))
    return { leaving, complaints }
  }
}

/** Makes a fixture for several tests of a file, when the first test asks for it. After a failed test the next one makes a new fixture. */
export function shared<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | null = null
  afterEach((context) => { if (hasFailed(context)) made = null })
  return () => (made ??= make())
}
