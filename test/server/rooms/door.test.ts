import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, test } from 'vitest'
import { serverLimits } from '../../../machines/protocol/limits.ts'
import type { Door } from '../../../machines/protocol/messages.ts'
import type { RoomPolicy } from '../../../machines/protocol/vocabulary.ts'
import { timeouts } from '../../../machines/protocol/timeouts.ts'
import { startupHoldMs } from '../../../server/rooms/startupHold.ts'
import { candidate, newJoinKey, offer, type TestClient, type TestSubscription, type TestVisit } from '../testClient.ts'
import { openServerFixture, type ServerFixture, startServerFixture } from '../serverFixture.ts'

const room = 'blue-door'
/** The clock leaps further than the server waits for a heartbeat. */
const quiet = { socketTimeouts: { serverPingIntervalMs: 1e9 } }

/** Ann waits in a room with this policy. */
async function annWaits(fixture: ServerFixture, policy: RoomPolicy = 'ask') {
  const ann = fixture.newClient().join(room, { policy })
  return { ann, annIsIn: await ann.joined() }
}

/** Resolves to the visitor at the door, as the next event shows it. */
const nextVisitor = async (holder: TestSubscription): Promise<Door['visitor']> =>
  (await holder.expectEvent('door')).visitor

/** Cuts the socket first: `close` of the tRPC client would stop the visit, as a cancel does. */
const loseSocket = (client: TestClient): void => {
  client.socket.terminate()
  void client.disconnect()
}

/** Ben asks at the door. */
async function benAsks(fixture: ServerFixture, ann: TestSubscription, name = 'Ben') {
  const [client, joinKey] = [fixture.newClient(), newJoinKey()]
  const visit = client.visit(room, { joinKey, name })
  await visit.until({ ask: 'asking' })
  const visitor = await nextVisitor(ann)
  if (!visitor) throw new Error('nobody is at the door')
  return { client, joinKey, visit, visitor }
}

const decline = async (ann: TestSubscription, visitor: number, visit: TestVisit) => {
  await ann.answerVisitor(visitor, false)
  const view = await visit.until({ ask: 'declined' })
  expect(await nextVisitor(ann)).toBeNull()
  return view
}

describe('a room that asks first', () => {
  test('rejects a join, and admits the visitor that its holder admits', async () => {
    const fixture = await startServerFixture()
    const { ann, annIsIn } = await annWaits(fixture)
    expect(annIsIn.door).toEqual({ policy: 'ask', visitor: null })
    expect(await fixture.newClient().join(room).rejected()).toBe('ask-first')

    const ben = await benAsks(fixture, ann, ' Ben\u202e\n ')
    expect(ben.visitor).toEqual({ id: expect.any(Number), name: 'Ben', isAdmitted: false })
    expect(await ben.client.join(room, { joinKey: ben.joinKey }).rejected()).toBe('ask-first')
    await ann.answerVisitor(ben.visitor.id, true)
    expect(await nextVisitor(ann)).toMatchObject({ isAdmitted: true })
    await ben.visit.until({ ask: 'admitted' })

    expect(await fixture.newClient().join(room).rejected()).toBe('ask-first')
    const visit = ben.client.join(room, { joinKey: ben.joinKey })
    expect(await visit.joined()).toMatchObject({ seat: 'b', state: 'ready' })
    expect(await nextVisitor(ann)).toBeNull()
    await ann.expectEvent('ready')
  })

  test('admits the visitor that its holder admits, also above the rate limit of the network', async () => {
    const fixture = await startServerFixture({ limits: { failedJoinsPerAddressPerMinute: 2 } })
    const { ann } = await annWaits(fixture)
    const ben = await benAsks(fixture, ann)
    await ann.answerVisitor(ben.visitor.id, true)
    await ben.visit.until({ ask: 'admitted' })
    for (const code of ['ask-first', 'ask-first', 'throttled'])
      expect(await fixture.newClient().join(room).rejected()).toBe(code)
    expect(await ben.client.join(room, { joinKey: ben.joinKey }).joined()).toMatchObject({ seat: 'b' })
  })

  test('sends no message of its holder to a visitor before the admission, and all of them after it', async () => {
    const fixture = await startServerFixture()
    const { ann } = await annWaits(fixture)
    await ann.send(offer('a1.1'))
    await ann.send(candidate('a1.1', 5000))
    const { client, joinKey, visit, visitor } = await benAsks(fixture, ann)
    await ann.send(candidate('a1.1', 5001))
    await client.trpc.ice.servers.query()
    expect(visit.unread).toEqual([])
    await ann.answerVisitor(visitor.id, true)
    expect(await visit.next()).toEqual({ occupancy: 'waiting', policy: 'ask', ask: 'admitted' })
    expect(visit.unread).toEqual([])

    const ben = client.join(room, { joinKey })
    await ben.joined()
    expect((await ben.expectEvent('message')).message).toMatchObject({ type: 'offer' })
    for (const port of [5000, 5001]) expect((await ben.expectEvent('message')).message).toEqual(candidate('a1.1', port))
  })

  test('has one visitor at its door, and the next one after that visitor cancels', async () => {
    const fixture = await startServerFixture()
    const { ann } = await annWaits(fixture)
    const ben = await benAsks(fixture, ann)
    const cleo = fixture.newClient()
    const waiting = cleo.visit(room, { joinKey: newJoinKey(), name: 'Cleo' })
    await waiting.until({ ask: 'occupied' })
    expect(ann.unread).toEqual([])
    ben.visit.stop()
    expect(await nextVisitor(ann)).toBeNull()
    await waiting.until({ ask: 'none' })
    waiting.stop()
    const { visitor } = await benAsks(fixture, ann, 'Cleo')
    // A late answer to Ben does not admit Cleo.
    await ann.answerVisitor(ben.visitor.id, true)
    await ann.answerVisitor(visitor.id, true)
    expect(await nextVisitor(ann)).toEqual({ id: visitor.id, name: 'Cleo', isAdmitted: true })
  })

  test('frees its door at once when the page closes, and after a grace period when the socket is lost', async () => {
    const fixture = await startServerFixture(quiet)
    const { ann } = await annWaits(fixture)
    const ben = await benAsks(fixture, ann)
    await ben.client.navigateAway()
    expect(await nextVisitor(ann)).toBeNull()
    const cleo = await benAsks(fixture, ann, 'Cleo')
    loseSocket(cleo.client)
    await fixture.waitForLog('visitor.disconnected')
    fixture.clock.advance(timeouts.doorGraceMs - 1)
    expect(ann.unread).toEqual([])
    fixture.clock.advance(1_001)
    expect(await nextVisitor(ann)).toBeNull()
  })

  test('keeps the place of a visitor that reconnects with the same key, also the admission', async () => {
    const fixture = await startServerFixture(quiet)
    const { ann } = await annWaits(fixture)
    const ben = await benAsks(fixture, ann)
    loseSocket(ben.client)
    await fixture.waitForLog('visitor.disconnected')
    const again = fixture.newClient()
    const visit = again.visit(room, { joinKey: ben.joinKey, name: 'Ben' })
    await visit.until({ ask: 'asking' })
    expect(ann.unread).toEqual([])
    await ann.answerVisitor(ben.visitor.id, true)
    expect(await nextVisitor(ann)).toEqual({ ...ben.visitor, isAdmitted: true })
    await visit.until({ ask: 'admitted' })
    loseSocket(again)
    await fixture.waitForLog('visitor.disconnected', 2)
    expect(await fixture.newClient().join(room, { joinKey: ben.joinKey }).joined()).toMatchObject({ seat: 'b' })
  })

  test('asks neither a returning holder nor the creator’s reloaded page', async () => {
    const fixture = await startServerFixture()
    const { annIsIn } = await annWaits(fixture)
    expect(await fixture.newClient().join(room, { token: annIsIn.token, requestedAt: 1 }).joined()).toMatchObject({
      resumed: true,
      door: { policy: 'ask', visitor: null },
    })
  })

  test('is empty for its visitor when the holder leaves, and the visitor may join', async () => {
    const fixture = await startServerFixture()
    const { ann } = await annWaits(fixture)
    const ben = await benAsks(fixture, ann)
    await ann.leave()
    expect(await ben.visit.until({ occupancy: 'empty' })).toMatchObject({ policy: 'open', ask: 'none' })
    expect(await ben.client.join(room, { joinKey: ben.joinKey }).joined()).toMatchObject({ seat: 'a' })
  })

  test('admits the visitor at its door once the holder opens it', async () => {
    const fixture = await startServerFixture()
    const { ann } = await annWaits(fixture)
    const ben = await benAsks(fixture, ann)
    await ann.setPolicy('open')
    expect(await ann.expectEvent('door')).toMatchObject({ policy: 'open', visitor: null })
    await ben.visit.until({ policy: 'open' })
    expect(await ben.client.join(room, { joinKey: ben.joinKey }).joined()).toMatchObject({ seat: 'b' })
  })
})

describe('a declined visitor', () => {
  test(`may ask again after 30 s, and after ${serverLimits.asksPerVisitor} declines only after ten minutes`, async () => {
    const fixture = await startServerFixture(quiet)
    const { ann } = await annWaits(fixture)
    for (let count = 1; count <= serverLimits.asksPerVisitor; count++) {
      const ben = await benAsks(fixture, ann)
      const { retryAfterMs } = await decline(ann, ben.visitor.id, ben.visit)
      expect(retryAfterMs).toBe(count < serverLimits.asksPerVisitor ? timeouts.askAgainMs : timeouts.askPauseMs)
      expect(await ben.client.join(room, { joinKey: ben.joinKey }).rejected()).toBe('ask-first')
      // A new page has a new key. Its address is the same.
      const early = fixture.newClient().visit(room, { joinKey: newJoinKey() })
      expect(await early.next()).toMatchObject({ ask: 'declined' })
      early.stop()
      fixture.clock.advance(retryAfterMs!)
    }
    await benAsks(fixture, ann)
  })

  test('with the same key waits at another address too', async () => {
    const fixture = await startServerFixture({}, { DUET_TRUSTED_PROXIES: '127.0.0.1' })
    const { ann } = await annWaits(fixture)
    const from = (address: string) => fixture.newClient({ headers: { 'x-forwarded-for': address } })
    const joinKey = newJoinKey()
    const ben = from('192.0.2.1').visit(room, { joinKey })
    await ben.until({ ask: 'asking' })
    await decline(ann, (await nextVisitor(ann))!.id, ben)
    expect(await from('198.51.100.1').visit(room, { joinKey }).next()).toMatchObject({ ask: 'declined' })
    await from('198.51.100.1').visit(room, { joinKey: newJoinKey() }).until({ ask: 'asking' })
  })

  test(`with any number of addresses asks ${serverLimits.asksPerRoomPerMinute} times a minute`, async () => {
    const fixture = await startServerFixture({}, { DUET_TRUSTED_PROXIES: '127.0.0.1' })
    const { ann } = await annWaits(fixture)
    const ask = (network: number) =>
      fixture.newClient({ headers: { 'x-forwarded-for': `192.0.${network}.1` } }).visit(room, { joinKey: newJoinKey() })
    for (let network = 0; network < serverLimits.asksPerRoomPerMinute; network++) {
      const visit = ask(network)
      await visit.until({ ask: 'asking' })
      await decline(ann, (await nextVisitor(ann))!.id, visit)
    }
    const last = ask(100)
    expect(await last.next()).toBe('throttled')
    fixture.clock.advance(60_000 / serverLimits.asksPerRoomPerMinute)
    await ask(101).until({ ask: 'asking' })
  })
})

describe('a locked room', () => {
  test('rejects newcomers after a holder leaves, until a holder unlocks it', async () => {
    const fixture = await startServerFixture()
    const { ann } = await annWaits(fixture, 'open')
    const ben = fixture.newClient().join(room)
    await ben.joined()
    for (const one of [ann, ben]) await one.expectEvent('ready')
    await ben.setPolicy('locked')
    for (const one of [ann, ben]) expect(await one.expectEvent('door')).toMatchObject({ policy: 'locked' })
    await ann.leave()
    await ben.expectEvent('peer.left')
    expect(await fixture.newClient().join(room).rejected()).toBe('locked')
    const visit = fixture.newClient().visit(room, { joinKey: newJoinKey() })
    expect(await visit.next()).toEqual({ occupancy: 'waiting', policy: 'locked', ask: 'none' })
    await ben.setPolicy('open')
    await visit.until({ policy: 'open' })
    expect(await fixture.newClient().join(room).joined()).toMatchObject({ state: 'ready' })
  })
})

describe('the policy of a new room', () => {
  test('is DUET_ROOM_POLICY, unless its creator selects another', async () => {
    const fixture = await startServerFixture({}, { DUET_ROOM_POLICY: 'ask' })
    expect(await fixture.newClient().visit(room).next()).toEqual({ occupancy: 'empty', policy: 'ask', ask: 'none' })
    expect((await fixture.newClient().join(room).joined()).door).toMatchObject({ policy: 'ask' })
    expect((await fixture.newClient().join('red-door', { policy: 'open' }).joined()).door?.policy).toBe('open')
  })

  test('is not the policy that a second visitor states', async () => {
    const fixture = await startServerFixture()
    await annWaits(fixture)
    expect(await fixture.newClient().join(room, { policy: 'open' }).rejected()).toBe('ask-first')
  })
})

test('only a socket with a seat answers a visitor or changes the policy', async () => {
  const fixture = await startServerFixture()
  const { ann } = await annWaits(fixture)
  const ben = await benAsks(fixture, ann)
  const admit = ben.client.trpc.room.answerVisitor.mutate({ room, visitor: ben.visitor.id, isAdmitted: true })
  await expect(admit).rejects.toMatchObject({ data: { code: 'not-joined' } })
  await expect(ben.client.trpc.room.setPolicy.mutate({ room, policy: 'open' })).rejects.toMatchObject({
    data: { code: 'not-joined' },
  })
})

test('a visit of an empty room counts as a new room, because it tells that the room does not exist', async () => {
  const fixture = await startServerFixture({ limits: { newRoomsPerSocketPerMinute: 2 } })
  const eve = fixture.newClient()
  for (const guess of ['one', 'two']) await eve.visit(guess).until({ occupancy: 'empty' })
  expect(await eve.visit('three').next()).toBe('throttled')
})

describe('after a restart', () => {
  const folders: string[] = []
  const open: ServerFixture[] = []
  afterEach(async () => {
    for (const fixture of open.splice(0)) await fixture.close()
    for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true })
  })
  const start = async (env: Record<string, string>): Promise<ServerFixture> => {
    const fixture = await openServerFixture({}, env)
    open.push(fixture)
    return fixture
  }
  const end = (fixture: ServerFixture): Promise<void> => {
    open.splice(open.indexOf(fixture), 1)
    return fixture.close()
  }
  const withState = (): Record<string, string> => {
    const folder = mkdtempSync(join(tmpdir(), 'duet-door-'))
    folders.push(folder)
    return { DUET_STATE: folder }
  }
  /** The secret is known, the rooms are lost. */
  const afterCrash = { DUET_SECRET: 'a secret of the tests', DUET_STATE: 'off' }

  test.each([
    ['ask', 'ask-first'],
    ['locked', 'locked'],
  ] as const)('with SIGTERM a room keeps its policy %s', async (policy, code) => {
    const env = withState()
    const first = await start(env)
    await annWaits(first, policy)
    await end(first)
    expect(await (await start(env)).newClient().join(room).rejected()).toBe(code)
  })

  test('with SIGTERM the visitor at the door keeps its place', async () => {
    const env = withState()
    const first = await start(env)
    const { ann, annIsIn } = await annWaits(first)
    const ben = await benAsks(first, ann)
    await end(first)
    const second = await start(env)
    await second.newClient().visit(room, { joinKey: newJoinKey() }).until({ ask: 'occupied' })
    const visit = second.newClient().visit(room, { joinKey: ben.joinKey, name: 'Ben' })
    await visit.until({ ask: 'asking' })
    const annAgain = second.newClient().join(room, { token: annIsIn.token, requestedAt: 1 })
    expect((await annAgain.joined()).door).toEqual({ policy: 'ask', visitor: ben.visitor })
    await annAgain.answerVisitor(ben.visitor.id, true)
    await visit.until({ ask: 'admitted' })
  })

  test.each([
    ['ask', 'ask-first'],
    ['locked', 'locked'],
  ] as const)('with SIGKILL a returning holder restores the policy %s', async (policy, code) => {
    const first = await start(afterCrash)
    first.clock.advance(startupHoldMs)
    const { annIsIn } = await annWaits(first, policy)
    await end(first)
    const second = await start(afterCrash)
    const stranger = second.newClient().join(room, { policy: 'open' })
    const visit = second.newClient().visit(room, { joinKey: newJoinKey() })
    await visit.until({ occupancy: 'empty' })
    const annAgain = second.newClient().join(room, { token: annIsIn.token, requestedAt: 1, policy })
    expect((await annAgain.joined()).door).toMatchObject({ policy })
    second.clock.advance(startupHoldMs)
    expect(await stranger.rejected()).toBe(code)
    await visit.until({ occupancy: 'waiting', policy })
  })

  test('with SIGKILL the stricter of two policies applies, in either order', async () => {
    for (const order of [
      ['open', 'ask'],
      ['ask', 'open'],
    ] as const) {
      const first = await start(afterCrash)
      first.clock.advance(startupHoldMs)
      const { ann, annIsIn } = await annWaits(first, 'open')
      const benIsIn = await first.newClient().join(room).joined()
      await ann.expectEvent('ready')
      await end(first)
      const second = await start(afterCrash)
      const holders = [annIsIn, benIsIn].map(({ token }, index) =>
        second.newClient().join(room, { token, requestedAt: 1, policy: order[index]! }),
      )
      await Promise.all(holders.map((each) => each.joined()))
      second.clock.advance(startupHoldMs)
      await holders[1]!.leave()
      for (;;) {
        const item = await holders[0]!.next()
        if (typeof item === 'object' && 'event' in item && item.event.type === 'peer.left') break
      }
      expect(await second.newClient().join(room).rejected()).toBe('ask-first')
      await end(second)
    }
  })
})
