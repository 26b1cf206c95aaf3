import { setImmediate as nextTurn } from 'node:timers/promises'
import { describe, expect, test, vi } from 'vitest'
import { serverLimits } from '../../../machines/protocol/limits.ts'
import type { PreparationStep, RoomView } from '../../../machines/protocol/messages.ts'
import { timeouts } from '../../../machines/protocol/timeouts.ts'
import { ApiError } from '../../../server/common/apiError.ts'
import { MemoryStore } from '../../../server/rooms/memoryStore.ts'
import type { StoredRoom } from '../../../server/rooms/store.ts'
import { deadlineMs } from '../../deadline.ts'
import { ManualClock } from '../manualClock.ts'
import { errorCodeOf, newJoinKey, offer, type TestClient, type TestSubscription } from '../testClient.ts'
import { type ServerFixture, startServerFixture } from '../serverFixture.ts'

/** A store that is unavailable while `isDown`. */
class InterruptedStore extends MemoryStore {
  isDown = false
  failures = 0

  override async load(name: string): Promise<StoredRoom> {
    if (!this.isDown) return super.load(name)
    this.failures++
    throw new ApiError('unavailable')
  }
}

/** A connection between the waiting holder and a visitor in the lobby, before the visitor joins. */

const room = 'blue-door'
/** A room prepares connections only if the server has a relay. */
const relay = { DUET_TURN_URLS: 'turn:192.0.2.1:3478', DUET_TURN_SECRET: 'a-secret-of-the-external-server' }
/** The clock leaps further than the server waits for a heartbeat. */
const quiet = { socketTimeouts: { serverPingIntervalMs: 1e9 } }
const behindProxy = { ...relay, DUET_TRUSTED_PROXIES: '127.0.0.1' }

const relaySdp = (name: string, ...lines: string[]): string =>
  [
    'v=0',
    'o=- 1 1 IN IP4 0.0.0.0',
    `s=${name}`,
    't=0 0',
    'm=application 9 UDP/DTLS/SCTP webrtc-datachannel',
    'c=IN IP4 0.0.0.0',
    ...lines,
    '',
  ].join('\r\n')
const relayCandidate = 'a=candidate:1 1 udp 41885439 198.51.100.9 50000 typ relay raddr 0.0.0.0 rport 0'

const start = (env: Record<string, string> = relay): Promise<ServerFixture> => startServerFixture(quiet, env)

async function annWaits(fixture: ServerFixture, policy: 'open' | 'ask' = 'open') {
  const client = fixture.newClient()
  const seat = client.join(room, { policy })
  await seat.joined()
  return { client, seat, step: stepsOf(client) }
}

const stepsOf =
  (client: TestClient) =>
  (step: PreparationStep): Promise<void> =>
    client.trpc.room.prepare.mutate({ room, step })

/** Waits for a view whose preparation passes. */
async function untilPreparation(
  visit: { next(): Promise<RoomView | string> },
  passes: (preparation: RoomView['preparation']) => boolean,
): Promise<RoomView['preparation']> {
  for (;;) {
    const view = await visit.next()
    if (typeof view === 'string') throw new Error(`the visit ended: ${view}`)
    if (passes(view.preparation)) return view.preparation
  }
}
const isAvailable = (preparation: RoomView['preparation']): boolean => preparation === null
const hasAttempt = (preparation: RoomView['preparation']): boolean => Boolean(preparation)
const hasOffer = (preparation: RoomView['preparation']): boolean => preparation?.offer !== undefined
const isNotAvailable = (preparation: RoomView['preparation']): boolean => preparation === undefined

const doorPreparation = async (holder: TestSubscription): Promise<number | undefined> =>
  (await holder.expectEvent('door')).preparation

/** Ben is in the lobby and has an attempt. */
async function benPrepares(fixture: ServerFixture, ann: { seat: TestSubscription }, ask?: { joinKey: string }) {
  const client = fixture.newClient()
  const visit = client.visit(room, ask)
  const step = stepsOf(client)
  await untilPreparation(visit, isAvailable)
  await step({ type: 'request' })
  const id = (await untilPreparation(visit, hasAttempt))?.id ?? 0
  return { client, visit, step, id, seen: await doorPreparation(ann.seat) }
}

describe('a preparation', () => {
  test('takes an offer and an answer from page to page, and ends as the call', async () => {
    const fixture = await start()
    const ann = await annWaits(fixture)
    await ann.seat.send(offer('a1.1'))
    const ben = await benPrepares(fixture, ann)
    expect(ben.seen).toBe(ben.id)
    await ann.step({ type: 'offer', id: ben.id, sdp: relaySdp('offer', relayCandidate) })
    expect(await untilPreparation(ben.visit, hasOffer)).toEqual({
      id: ben.id,
      offer: relaySdp('offer', relayCandidate),
    })
    await ben.step({ type: 'answer', id: ben.id, sdp: relaySdp('answer', relayCandidate) })
    expect(await ann.seat.expectEvent('preparation.answered')).toMatchObject({
      preparation: ben.id,
      sdp: relaySdp('answer', relayCandidate),
    })

    const seat = ben.client.join(room, { preparation: ben.id })
    expect(await seat.joined()).toMatchObject({ seat: 'b', preparation: ben.id })
    // The waiting offer and its addresses are not needed.
    expect(await seat.expectEvent('ready')).toMatchObject({ preparation: ben.id })
    expect(await ann.seat.expectEvent('ready')).toMatchObject({ preparation: ben.id })
  })

  test('belongs to the first of five visitors, and then to the next', async () => {
    const fixture = await start()
    const ann = await annWaits(fixture)
    const first = await benPrepares(fixture, ann)
    const others = await Promise.all(
      [2, 3, 4, 5].map(async () => {
        const client = fixture.newClient()
        const visit = client.visit(room)
        expect(await untilPreparation(visit, isNotAvailable)).toBeUndefined()
        await stepsOf(client)({ type: 'request' })
        return { client, visit }
      }),
    )
    expect(ann.seat.unread).toEqual([])
    first.visit.stop()
    expect(await doorPreparation(ann.seat)).toBeUndefined()
    const [next] = others
    await untilPreparation(next!.visit, isAvailable)
    await stepsOf(next!.client)({ type: 'request' })
    expect(await doorPreparation(ann.seat)).toBeGreaterThan(first.id)
  })

  test.each<[string, (fixture: ServerFixture, ann: Awaited<ReturnType<typeof annWaits>>) => Promise<unknown>]>([
    ['the holder locks the room', (_, ann) => ann.seat.setPolicy('locked')],
    ['the holder asks first now', (_, ann) => ann.seat.setPolicy('ask')],
    ['the holder leaves', (_, ann) => ann.seat.leave()],
  ])('ends when %s', async (_, act) => {
    const fixture = await start()
    const ann = await annWaits(fixture)
    const ben = await benPrepares(fixture, ann)
    await act(fixture, ann)
    await untilPreparation(ben.visit, (preparation) => preparation?.id !== ben.id)
    await ben.step({ type: 'answer', id: ben.id, sdp: relaySdp('answer') })
    await ann.client.trpc.room.prepare
      .mutate({ room, step: { type: 'offer', id: ben.id, sdp: relaySdp('offer') } })
      .catch(() => undefined)
    await expectNoOffer(ben.visit)
  })

  test('ends when the holder’s page was reloaded, and outlives a new socket of the same page', async () => {
    const fixture = await start()
    const seat = fixture.newClient().join(room)
    const { token, id: position } = await seat.joined()
    const ben = await benPrepares(fixture, { seat })
    const resumed = fixture.newClient().join(room, { token, lastEventId: position })
    const joined = await resumed.joined()
    expect(joined.door?.preparation).toBe(ben.id)
    const reloaded = fixture.newClient().join(room, { token: joined.token })
    expect((await reloaded.joined()).door?.preparation).toBeUndefined()
    await untilPreparation(ben.visit, isAvailable)
  })

  test('ends with the visit, also if its request arrives last', async () => {
    const fixture = await start()
    const ann = await annWaits(fixture)
    const client = fixture.newClient()
    const visit = client.visit(room)
    await untilPreparation(visit, isAvailable)
    const requested = stepsOf(client)({ type: 'request' })
    visit.stop()
    await requested.catch(() => undefined)
    const next = fixture.newClient().visit(room)
    await untilPreparation(next, isAvailable)
    await ann.step({ type: 'end', id: 1 })
  })

  test('ends when the visitor’s socket is lost', async () => {
    const fixture = await start()
    const ann = await annWaits(fixture)
    const ben = await benPrepares(fixture, ann)
    await ben.client.terminate()
    expect(await doorPreparation(ann.seat)).toBeUndefined()
  })

  test('ends with the visit after an outage of the store, and frees the door', async () => {
    const store = new InterruptedStore(new ManualClock())
    const fixture = await startServerFixture({ ...quiet, store }, relay)
    const ann = await annWaits(fixture, 'ask')
    const client = fixture.newClient()
    const visit = client.visit(room, { joinKey: newJoinKey(), name: 'Ben' })
    await ann.seat.expectEvent('door')
    await untilPreparation(visit, isAvailable)
    await stepsOf(client)({ type: 'request' })
    expect(await doorPreparation(ann.seat)).toBeDefined()
    store.isDown = true
    await client.terminate()
    await vi.waitFor(() => expect(store.failures).toBeGreaterThan(0), { timeout: deadlineMs })
    await nextTurn()
    store.isDown = false
    await expect
      .poll(async () => {
        fixture.clock.advance(1_000)
        const { door } = (await store.load(room)).context
        return [door.visitor, door.preparation]
      })
      .toEqual([null, null])
  })

  test('needs a visit: one that failed is over', async () => {
    const store = new InterruptedStore(new ManualClock())
    const fixture = await startServerFixture({ ...quiet, store }, relay)
    const ann = await annWaits(fixture)
    const client = fixture.newClient()
    vi.spyOn(store, 'watch').mockRejectedValueOnce(new ApiError('unavailable'))
    expect(await client.visit(room).next()).toBe('unavailable')
    expect(await errorCodeOf(stepsOf(client)({ type: 'request' }))).toBe('not-joined')
    expect((await store.load(room)).context.door.preparation).toBeNull()
    await ann.client.terminate()
  })

  test('is not for a server without a relay, nor with DUET_PREPARE=off', async () => {
    for (const env of [{ ...relay, DUET_PREPARE: 'off' }, {}, { ...relay, DUET_TURN_URLS: 'stun:192.0.2.1:3478' }]) {
      const fixture = await start(env)
      await annWaits(fixture)
      const client = fixture.newClient()
      const view = (await client.visit(room).next()) as RoomView
      expect(view).toMatchObject({ occupancy: 'waiting' })
      expect(view.preparation).toBeUndefined()
      expect(await errorCodeOf(stepsOf(client)({ type: 'request' }))).toBe('unavailable')
    }
  })
})

describe('in a room that asks first', () => {
  test('the visitor that asks goes before one that looks', async () => {
    const fixture = await start(behindProxy)
    const ann = await annWaits(fixture, 'ask')
    const eve = await benPrepares(fixture, ann)
    const client = fixture.newClient({ headers: { 'x-forwarded-for': '198.51.100.1' } })
    const joinKey = newJoinKey()
    const visit = client.visit(room, { joinKey, name: 'Ben' })
    expect(await ann.seat.expectEvent('door')).toMatchObject({ visitor: { name: 'Ben' } })
    await untilPreparation(eve.visit, isNotAvailable)
    await eve.step({ type: 'request' })
    await untilPreparation(visit, isAvailable)
    await stepsOf(client)({ type: 'request' })
    expect(await ann.seat.expectEvent('door')).toMatchObject({
      visitor: { name: 'Ben' },
      preparation: expect.any(Number),
    })
  })

  test('a declined visitor has none, until its wait is over', async () => {
    const fixture = await start()
    const ann = await annWaits(fixture, 'ask')
    const client = fixture.newClient()
    const visit = client.visit(room, { joinKey: newJoinKey(), name: 'Eve' })
    const { visitor } = await ann.seat.expectEvent('door')
    await untilPreparation(visit, isAvailable)
    await stepsOf(client)({ type: 'request' })
    const id = await doorPreparation(ann.seat)
    expect(id).toBeGreaterThan(0)
    await ann.seat.answerVisitor(visitor?.id ?? 0, false)
    expect(await ann.seat.expectEvent('door')).toEqual({
      type: 'door',
      policy: 'ask',
      visitor: null,
      id: expect.anything(),
    })
    await untilPreparation(visit, isNotAvailable)
    await stepsOf(client)({ type: 'request' })
    await stepsOf(client)({ type: 'answer', id: id ?? 0, sdp: relaySdp('answer') })
    const fresh = fixture.newClient()
    const again = fresh.visit(room)
    await untilPreparation(again, isNotAvailable)
    await stepsOf(fresh)({ type: 'request' })
    expect(ann.seat.unread).toEqual([])
    expect(await fresh.join(room, { preparation: id ?? 0 }).rejected()).toBe('ask-first')
    fixture.clock.advance(timeouts.askAgainMs)
    const later = fixture.newClient()
    await untilPreparation(later.visit(room), isAvailable)
  })

  test('a join that overtakes its admission waits for it, and without one is rejected', async () => {
    const fixture = await start()
    const ann = await annWaits(fixture, 'ask')
    const joinKey = newJoinKey()
    const client = fixture.newClient()
    const visit = client.visit(room, { joinKey, name: 'Ben' })
    await visit.until({ ask: 'asking' })
    const { visitor } = await ann.seat.expectEvent('door')
    await stepsOf(client)({ type: 'request' })
    const preparation = (await doorPreparation(ann.seat)) ?? 0
    const early = client.join(room, { joinKey, preparation })
    await ann.seat.answerVisitor(visitor?.id ?? 0, true)
    expect(await early.joined()).toMatchObject({ seat: 'b', preparation })
  })

  test('a join without an admission is rejected after the wait', async () => {
    const fixture = await start()
    const ann = await annWaits(fixture, 'ask')
    const joinKey = newJoinKey()
    const client = fixture.newClient()
    await client.visit(room, { joinKey, name: 'Ben' }).until({ ask: 'asking' })
    await ann.seat.expectEvent('door')
    await stepsOf(client)({ type: 'request' })
    const early = client.join(room, { joinKey, preparation: (await doorPreparation(ann.seat)) ?? 0 })
    await client.trpc.ice.servers.query()
    fixture.clock.advance(timeouts.admissionWaitMs)
    expect(await early.rejected()).toBe('ask-first')
  })
})

describe('an attack', () => {
  test('a visitor without the attempt sends nothing to the holder', async () => {
    const fixture = await start()
    const ann = await annWaits(fixture)
    const ben = await benPrepares(fixture, ann)
    await ann.step({ type: 'offer', id: ben.id, sdp: relaySdp('offer') })
    await untilPreparation(ben.visit, hasOffer)
    const eve = fixture.newClient()
    expect(await errorCodeOf(stepsOf(eve)({ type: 'answer', id: ben.id, sdp: relaySdp('eve') }))).toBe('not-joined')
    const visit = eve.visit(room)
    await visit.next()
    await stepsOf(eve)({ type: 'answer', id: ben.id, sdp: relaySdp('eve') })
    await stepsOf(eve)({ type: 'end', id: ben.id })
    await stepsOf(eve)({ type: 'offer', id: ben.id, sdp: relaySdp('eve') })
    expect(ann.seat.unread).toEqual([])
    // The attempt of another socket does not make a join prepared.
    const stolen = eve.join(room, { preparation: ben.id })
    expect((await stolen.joined()).preparation).toBeUndefined()
    expect((await ann.seat.expectEvent('ready')).preparation).toBeUndefined()
  })

  test('a holder of another room, or of an older epoch, offers nothing', async () => {
    const fixture = await start()
    const ann = await annWaits(fixture)
    const ben = await benPrepares(fixture, ann)
    const eve = fixture.newClient()
    await eve.join('other').joined()
    expect(await errorCodeOf(stepsOf(eve)({ type: 'offer', id: ben.id, sdp: relaySdp('eve') }))).toBe('not-joined')
    await expectNoOffer(ben.visit)
  })

  test('an attempt has one offer and one answer', async () => {
    const fixture = await start()
    const ann = await annWaits(fixture)
    const ben = await benPrepares(fixture, ann)
    const step = { type: 'offer', id: ben.id, sdp: relaySdp('offer') } as const
    // No answer goes before its offer.
    await ben.step({ ...step, type: 'answer' })
    await ann.step(step)
    expect(await errorCodeOf(ann.step(step))).toBe('throttled')
    await untilPreparation(ben.visit, hasOffer)
    await ben.step({ ...step, type: 'answer' })
    expect(await errorCodeOf(ben.step({ ...step, type: 'answer' }))).toBe('throttled')
    await ann.seat.expectEvent('preparation.answered')
    expect(ann.seat.unread).toEqual([])
  })

  test(`a room has ${serverLimits.preparationsPerRoomPerMinute} attempts a minute`, async () => {
    const fixture = await start()
    const ann = await annWaits(fixture)
    const ben = await benPrepares(fixture, ann)
    let { id } = ben
    for (let count = 1; count < serverLimits.preparationsPerRoomPerMinute; count++) {
      await ben.step({ type: 'end', id })
      expect(await doorPreparation(ann.seat)).toBeUndefined()
      await ben.step({ type: 'request' })
      id = (await doorPreparation(ann.seat)) ?? 0
      expect(id).toBeGreaterThan(ben.id)
    }
    await ben.step({ type: 'end', id })
    expect(await doorPreparation(ann.seat)).toBeUndefined()
    for (let count = 0; count < 5; count++) expect(await errorCodeOf(ben.step({ type: 'request' }))).toBe('throttled')
    expect(ann.seat.unread).toEqual([])
  })

  test.each([
    ['a host candidate', 'a=candidate:1 1 udp 2122260223 192.0.2.7 50000 typ host'],
    ['a host candidate with an mDNS name', 'a=candidate:1 1 udp 2122260223 a-b.local 50000 typ host'],
    [
      'a server-reflexive candidate',
      'a=candidate:1 1 udp 1686052607 203.0.113.5 50000 typ srflx raddr 0.0.0.0 rport 0',
    ],
    [
      'a relay candidate that names its client',
      'a=candidate:1 1 udp 41885439 198.51.100.9 50000 typ relay raddr 203.0.113.5 rport 4000',
    ],
    ['a connection address', 'c=IN IP4 203.0.113.5'],
    ['an RTCP address', 'a=rtcp:50000 IN IP4 203.0.113.5'],
    ['remote candidates', 'a=remote-candidates:1 203.0.113.5 50000'],
    ['a host name', 'c=IN IP4 ann.example'],
  ])('a description with %s is rejected', async (_, line) => {
    const fixture = await start()
    const ann = await annWaits(fixture)
    const ben = await benPrepares(fixture, ann)
    for (const [step, type] of [[ann.step, 'offer'] as const, [ben.step, 'answer'] as const])
      expect(await errorCodeOf(step({ type, id: ben.id, sdp: relaySdp('x', line) }))).toBe('invalid-input')
  })

  test('garbage is rejected', async () => {
    const fixture = await start()
    const ann = await annWaits(fixture)
    const ben = await benPrepares(fixture, ann)
    for (const step of [
      {},
      { type: 'answer', id: ben.id, sdp: 'x'.repeat(10) },
      { type: 'answer', id: 0.5, sdp: relaySdp('x') },
      { type: 'unknown', id: ben.id },
      { type: 'end', id: ben.id, more: 1 },
    ])
      expect(await errorCodeOf(ben.step(step as PreparationStep))).toBe('invalid-input')
    expect(ann.seat.unread).toEqual([])
  })
})

/** Asserts that the views so far, and those until another visitor's view, contain no offer. */
async function expectNoOffer(visit: { unread: readonly unknown[] }): Promise<void> {
  expect(visit.unread.filter((view) => hasOffer((view as RoomView).preparation))).toEqual([])
}
