import { setTimeout as sleep } from 'node:timers/promises'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { startServerFixture, type ServerFixture } from '../../server/serverFixture.ts'
import { FakeNetwork } from '../webrtc/fakeNetwork.ts'
import { type SessionPage, SessionTab } from './sessionPage.ts'

type Act = 'cuts' | 'unplugs' | 'plugs' | 'reloads' | 'hangs up' | 'waits'
const step = fc.record({
  act: fc.constantFrom<Act>('cuts', 'unplugs', 'plugs', 'reloads', 'hangs up', 'waits'),
  who: fc.constantFrom(0, 1),
  after: fc.constantFrom(0, 1, 3, 10, 40),
})

/** Two users who act at random moments and want to be in a call. */
class Couple {
  readonly #ether = new FakeNetwork()
  readonly #tabs: SessionTab[]
  readonly #pages: SessionPage[]
  readonly #world: ServerFixture

  constructor(world: ServerFixture, room: string) {
    this.#world = world
    this.#tabs = [0, 1].map(() => new SessionTab(world.server.url, room, this.#ether))
    this.#pages = this.#tabs.map((tab) => tab.open())
    for (const page of this.#pages) page.join()
  }

  act(act: Act, who: number): void {
    const page = this.#page(who)
    if (act === 'cuts') page.cutSocket()
    else if (act === 'unplugs') page.goOffline()
    else if (act === 'plugs') page.goOnline()
    else if (act === 'waits') page.clock.increment(2_000)
    else if (act === 'reloads') this.#reload(who)
    else page.leaveAndRejoin()
  }

  get isTogether(): boolean {
    const [one, other, ...more] = this.#ether.openPeers
    return (
      more.length === 0 &&
      one?.partner === other?.name &&
      this.#pages.every(
        ({ call, membership: visit }) =>
          call.getSnapshot().matches({ connected: 'flowing' }) && visit.getSnapshot().context.room === 'full',
      )
    )
  }

  /** Reconnects the network and lets time pass. */
  async come(): Promise<void> {
    for (const page of this.#pages) page.goOnline()
    for (let turn = 0; turn < 400 && !this.isTogether; turn++) {
      for (const { membership } of this.#pages)
        if (membership.getSnapshot().matches({ left: 'byPeer' })) membership.send({ type: 'user.rejoined' })
      await sleep(10)
      // Machines wait for each other. The clock advances only after a server and two pages had time on a busy machine.
      if (turn > 100) this.#pass(500)
    }
  }

  get story(): string {
    return JSON.stringify(
      this.#pages.map(({ membership: visit, signaling: link, call }) =>
        [visit, link, call].map((actor) => actor.getSnapshot().value),
      ),
    )
  }

  part(): void {
    for (const page of this.#pages) page.dispose()
  }

  #pass(milliseconds: number): void {
    for (const page of this.#pages) page.clock.increment(milliseconds)
    this.#world.clock.advance(milliseconds)
  }

  #reload(who: number): void {
    this.#page(who).close()
    const page = this.#tabs[who]?.open()
    if (!page) return
    this.#pages[who] = page
    // A page reloaded without a seat is in the lobby.
    page.join()
  }

  #page(who: number): SessionPage {
    const page = this.#pages[who]
    if (!page) throw new Error('there are only two pages')
    return page
  }
}

test('two users who want a call are connected after any actions in any order', async () => {
  const world = await startServerFixture({
    limits: {
      messageBurst: 10_000,
      messagesPerSecond: 10_000,
      failedJoinsPerAddressPerMinute: 1_000_000,
      failedJoinsPerSocketPerMinute: 1_000_000,
    },
  })
  let rooms = 0
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 7 }), async (steps) => {
      const couple = new Couple(world, `chaos-${++rooms}`)
      try {
        for (const { act, who, after } of steps) {
          await sleep(after)
          couple.act(act, who)
        }
        await couple.come()
        expect(couple.isTogether, couple.story).toBe(true)
      } finally {
        couple.part()
      }
    }),
    { numRuns: Number(process.env.DUET_TEST_RUNS ?? 40) },
  )
})
