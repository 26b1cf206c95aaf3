import { afterEach, describe, expect, test } from 'vitest'
import { timeouts } from '../../../machines/protocol/timeouts.ts'
import type { RoomPolicy } from '../../../machines/protocol/vocabulary.ts'
import { startServerFixture } from '../../server/serverFixture.ts'
import { FakeNetwork } from '../webrtc/fakeNetwork.ts'
import { type SessionPage, SessionTab } from './sessionPage.ts'

/** The policy of a room changes during a call, and one person presses *Call again* after it. */

const pages: SessionPage[] = []
afterEach(() => pages.splice(0).forEach((page) => page.dispose()))

/** The clock leaps further than the server waits for a heartbeat. */
const quiet = { socketTimeouts: { serverPingIntervalMs: 1e9 } }

type Person = 'holder' | 'visitor'
type Pages = Record<Person, SessionPage>

/** Two people in a call. The holder opened the room with this policy. */
async function startCall(policy: RoomPolicy) {
  const [network, server] = [new FakeNetwork(), await startServerFixture(quiet)]
  const open = (): SessionPage => {
    const page = new SessionTab(server.server.url, 'den', network).open()
    pages.push(page)
    return page
  }
  const [holder, visitor] = [open(), open()]
  holder.selectPolicy(policy)
  holder.join()
  await holder.waitUntilOfferSent()
  await enter(visitor, holder, policy, () => visitor.join())
  return { server, holder, visitor }
}

/** Presses *Join* or *Call again*, and asks for admission if the room wants it. */
async function enter(page: SessionPage, holder: SessionPage, policy: RoomPolicy, press: () => void): Promise<void> {
  if (policy === 'open') press()
  else {
    await page.waitUntilAtDoor()
    page.membership.send({ type: 'user.asked', name: 'Ben' })
    await holder.answerVisitor(true)
  }
  await Promise.all([page, holder].map((each) => each.waitUntilConnected()))
}

const callAgain = ({ membership }: SessionPage): void => membership.send({ type: 'user.rejoined' })
const other = (person: Person): Person => (person === 'holder' ? 'visitor' : 'holder')

/** Both pages show the policy. */
const waitForPolicy = ({ holder, visitor }: Pages, policy: RoomPolicy): Promise<unknown> =>
  Promise.all([holder, visitor].map((page) => page.waitForContext({ policy })))

/** One person hangs up. The other page leaves, too, and the room is empty. */
async function endCall(pair: Pages & Awaited<ReturnType<typeof startCall>>, by: Person): Promise<void> {
  pair[by].membership.send({ type: 'user.hungUp' })
  await Promise.all([pair[by].waitUntilLeft('byUser'), pair[other(by)].waitUntilLeft('byPeer')])
  await pair.server.waitForLog('holder.left', 2)
}

const people: Person[] = ['holder', 'visitor']
const changes: [from: RoomPolicy, to: RoomPolicy, next: RoomPolicy][] = [
  ['open', 'ask', 'ask'],
  ['ask', 'open', 'open'],
  // Nobody could join a room that is locked from the start.
  ['open', 'locked', 'ask'],
  ['ask', 'locked', 'ask'],
]
const cases = changes.flatMap(([from, to, next]) =>
  people.flatMap((changer) => people.map((first) => ({ from, to, next, changer, first }))),
)

describe('Call again after the policy changed during the call', () => {
  test.each(cases)(
    'from $from to $to by the $changer: the $first returns first, and the next room has the policy $next',
    async ({ from, to, next, changer, first }) => {
      const pair = await startCall(from)
      pair[changer].selectPolicy(to)
      await waitForPolicy(pair, to)
      await endCall(pair, changer)
      const [waiting, returning] = [pair[first], pair[other(first)]]
      callAgain(waiting)
      await waiting.waitForContext({ room: 'created', policy: next })
      callAgain(returning)
      await enter(returning, waiting, next, () => undefined)
      expect(returning.membership.getSnapshot().context.policy).toBe(next)
    },
  )

  test('a page that hung up without the server gets its seat back, and the other page asks', async () => {
    const pair = await startCall('open')
    const { holder, visitor, server } = pair
    visitor.selectPolicy('ask')
    await waitForPolicy(pair, 'ask')
    holder.goOffline()
    await server.waitForLog('socket.closed')
    holder.membership.send({ type: 'user.hungUp' })
    await visitor.waitUntilLeft('byPeer')
    await server.waitForLog('holder.left')
    callAgain(visitor)
    await visitor.waitUntilAtDoor()
    holder.goOnline()
    callAgain(holder)
    await holder.waitForContext({ room: 'created', policy: 'ask' })
    await enter(visitor, holder, 'ask', () => undefined)
  })

  test.each(['ask', 'locked'] as const)(
    'while the other page is offline in a room that is %s: the page reads why it waits, and enters once the seat is free',
    async (policy) => {
      const pair = await startCall('open')
      const { holder, visitor, server } = pair
      holder.selectPolicy(policy)
      await waitForPolicy(pair, policy)
      visitor.goOffline()
      await server.waitForLog('socket.closed')
      holder.membership.send({ type: 'user.hungUp' })
      await holder.waitUntilLeft('byUser')
      await server.waitForLog('holder.left')
      callAgain(holder)
      if (policy === 'ask') {
        await holder.waitUntilAtDoor()
        holder.membership.send({ type: 'user.asked', name: 'Ann' })
        await server.waitForLog('visitor.asked')
      } else {
        await holder.waitUntilLeft('rejected')
        expect(holder.membership.getSnapshot().context.code).toBe('locked')
      }
      server.clock.advance(timeouts.seatGraceMs + 1_000)
      await server.waitForLog('time.passed')
      if (policy === 'ask') {
        await holder.waitForContext({ askEnd: 'left' })
        holder.join()
      } else callAgain(holder)
      await holder.waitForContext({ room: 'created', policy: 'ask' })
    },
  )
})
