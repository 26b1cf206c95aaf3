import type { BrowserUser } from './browserUser.ts'

/**
 * One room, and people who meet in it two at a time. Their pages stay open between the calls: *Hang up* and *Rejoin* cost
 * less than a new page. Tests make the people and their `SharedRoom` with `sharedFixture`, so a failed test replaces both.
 */
export class SharedRoom {
  readonly #room: string
  readonly #users = new Set<BrowserUser>()

  constructor(room: string) {
    this.#room = room
  }

  /** The second comes to the first, and they may have a call soon. All others, and the second of before, have hung up. */
  async meet(first: BrowserUser, second: BrowserUser, query = ''): Promise<void> {
    await this.hangUp(first)
    await this.#join(first, query)
    await first.waitForStates({ membership: 'joined', room: 'created' })
    await this.#join(second, query)
  }

  /** All hang up except one, and one after the other: then the room has a free seat for the next who comes. */
  async hangUp(staying?: BrowserUser): Promise<void> {
    const joined: BrowserUser[] = []
    for (const user of this.#users) if ((await user.readStates()).membership === 'joined') joined.push(user)
    joined.sort((one, other) => Number(one === staying) - Number(other === staying))
    for (const [at, user] of joined.entries()) {
      if (user === staying) continue
      await user.press('Hang up')
      await user.waitForStates({ membership: 'left' })
      await joined[at + 1]?.waitForStates({ room: 'created' })
    }
  }

  async #join(user: BrowserUser, query: string): Promise<void> {
    this.#users.add(user)
    const { membership } = await user.readStates()
    if (membership === 'joined') return
    if (membership === 'left') await user.press('Rejoin')
    else await user.join(this.#room, query)
  }
}
