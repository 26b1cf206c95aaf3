import type { BrowserUser } from './browserUser.ts'

/**
 * One room in which users meet in pairs. Their pages stay open between calls: *Hang up* and *Call again* cost less than a
 * new page. Create the users and their `SharedRoom` with `sharedFixture`, so that a failed test replaces both.
 */
export class SharedRoom {
  readonly #room: string
  readonly #users = new Set<BrowserUser>()

  constructor(room: string) {
    this.#room = room
  }

  /** The second user joins the first for a new call. All other users, and the previous second user, have hung up. */
  async meet(first: BrowserUser, second: BrowserUser, query = ''): Promise<void> {
    await this.hangUp(first)
    await this.#join(first, query)
    await first.waitForStates({ membership: 'joined', room: 'created' })
    await this.#join(second, query)
  }

  /** All users but `staying` hang up. A peer leaves the call with them, `staying` too, which then calls again. */
  async hangUp(staying?: BrowserUser): Promise<void> {
    const joined: BrowserUser[] = []
    for (const user of this.#users) if ((await user.readStates()).membership === 'joined') joined.push(user)
    const [first] = joined.filter((user) => user !== staying)
    await first?.press('Hang up')
    // The last of them leaves with its peer. If nobody hung up, `staying` remains alone.
    if (first) for (const user of joined) await user.waitForStates({ membership: 'left' })
  }

  async #join(user: BrowserUser, query: string): Promise<void> {
    this.#users.add(user)
    const { membership } = await user.readStates()
    if (membership === 'joined') return
    if (membership === 'left') await user.rejoin()
    else await user.join(this.#room, query)
  }
}
