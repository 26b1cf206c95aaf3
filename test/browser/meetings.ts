import type { Guest } from './guest.ts'

/**
 * One room, and people who meet in it two at a time. Their pages stay open between the calls: *Hang up* and *Rejoin* cost
 * less than a new page. Tests make the people and their `Meetings` with `shared`, so a failed test replaces both.
 */
export class Meetings {
  readonly #room: string
  readonly #people = new Set<Guest>()

  constructor(room: string) {
    this.#room = room
  }

  /** The second comes to the first, and they may have a call soon. All others, and the second of before, have hung up. */
  async bring(first: Guest, second: Guest, query = ''): Promise<void> {
    await this.part(first)
    await this.#enter(first, query)
    await first.becomes({ visit: 'inside', room: 'created' })
    await this.#enter(second, query)
  }

  /** All hang up except one, and one after the other: then the room has a free seat for the next who comes. */
  async part(staying?: Guest): Promise<void> {
    const inside: Guest[] = []
    for (const guest of this.#people) if ((await guest.states()).visit === 'inside') inside.push(guest)
    inside.sort((one, other) => Number(one === staying) - Number(other === staying))
    for (const [at, guest] of inside.entries()) {
      if (guest === staying) continue
      await guest.press('Hang up')
      await guest.becomes({ visit: 'outside' })
      await inside[at + 1]?.becomes({ room: 'created' })
    }
  }

  async #enter(guest: Guest, query: string): Promise<void> {
    this.#people.add(guest)
    const { visit } = await guest.states()
    if (visit === 'inside') return
    if (visit === 'outside') await guest.press('Rejoin')
    else await guest.join(this.#room, query)
  }
}
