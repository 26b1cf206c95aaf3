import { setTimeout as sleep } from 'node:timers/promises'
import { flowsSince } from './flow.ts'
import type { Reading } from './meter.ts'
import type { Person } from './person.ts'

const interval = 150

/** Two who have a call. What befalls them befalls the first, unless somebody says otherwise. */
export class Couple {
  readonly both: readonly [Person, Person]

  constructor(one: Person, other: Person) {
    this.both = [one, other]
  }

  /** In a room of their own, and in a call that has come to rest. */
  async meet(url: string): Promise<void> {
    for (const person of this.both) await person.join(url)
    await Promise.all(this.both.map((person) => person.becomes({ room: 'full', call: 'connected' })))
    if ((await this.flows({ since: Date.now(), stops: false, patience: 30_000 })) === null) throw new Error(`a call without media: ${JSON.stringify(await this.read())}`)
  }

  /** Since when media flows, both ways; null: patience has ended. */
  async flows({ since, stops, patience }: { since: number; stops: boolean; patience: number }): Promise<number | null> {
    for (const end = Date.now() + patience; Date.now() < end; await sleep(interval)) {
      const readings = await this.read()
      const at = readings && flowsSince(readings, since, stops)
      if (at !== null) return at
    }
    return null
  }

  /** Null: one of them is loading their page. */
  async read(): Promise<Reading[] | null> {
    const readings = await Promise.all(this.both.map((person) => person.read()))
    return readings.every((reading) => reading !== null) ? readings : null
  }

  async close(): Promise<void> {
    await Promise.all(this.both.map(({ tab }) => tab.close()))
  }
}
