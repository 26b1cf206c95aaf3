import { describe, expect, test } from 'vitest'
import { timeouts } from '../../../machines/protocol/timeouts.ts'
import type { RoomPolicy } from '../../../machines/protocol/vocabulary.ts'
import { newJoinKey, offer, type TestClient, type TestSubscription } from '../testClient.ts'
import { type ServerFixture, startServerFixture } from '../serverFixture.ts'

const room = 'blue-door'
/** The clock leaps further than the server waits for a heartbeat. */
const quiet = { socketTimeouts: { serverPingIntervalMs: 1e9 } }

/** Reads events up to this type. */
async function readUntil(holder: TestSubscription, type: string): Promise<void> {
  for (;;) {
    const item = await holder.next()
    if (typeof item === 'object' && 'event' in item && item.event.type === type) return
    if (typeof item !== 'object' || 'errorCode' in item) throw new Error(`expected ${type}, received an end`)
  }
}

/** Ann and Ben are in a call, and the room has this policy. */
async function startCall(fixture: ServerFixture, policy: RoomPolicy) {
  const [anns, bens] = [fixture.newClient(), fixture.newClient()]
  const ann = anns.join(room, { policy: 'open' })
  const annIsIn = await ann.joined()
  const ben = bens.join(room)
  const benIsIn = await ben.joined()
  for (const one of [ann, ben]) await one.reportMedia('flowing')
  await ann.setPolicy(policy)
  for (const one of [ann, ben]) await readUntil(one, 'door')
  return { anns, bens, ann, ben, annIsIn, benIsIn }
}

/** The seat of this client expires while its call goes on. */
async function expireSeat(fixture: ServerFixture, client: TestClient, peer: TestSubscription): Promise<void> {
  client.socket.terminate()
  void client.disconnect()
  await readUntil(peer, 'peer.disconnected')
  fixture.clock.advance(timeouts.seatGraceMs + 1_000)
  await readUntil(peer, 'peer.left')
}

const rejections = { ask: 'ask-first', locked: 'locked' } as const

describe.each(['ask', 'locked'] as const)('a call in a room with the policy %s', (policy) => {
  test('goes on, and a reload of either person returns to its seat', async () => {
    const fixture = await startServerFixture()
    const { ann, ben, annIsIn, benIsIn } = await startCall(fixture, policy)
    await ann.send(offer('a1.1'))
    await readUntil(ben, 'message')
    for (const { token, seat } of [annIsIn, benIsIn]) {
      await (seat === 'a' ? ann : ben).leave(true)
      const page = fixture.newClient().join(room, { token, requestedAt: 1 })
      expect(await page.joined()).toMatchObject({ seat, resumed: true, door: { policy } })
    }
    expect(await fixture.newClient().join(room).rejected()).toBe('full')
  })

  test('admits no visitor while one holder is disconnected', async () => {
    const fixture = await startServerFixture(quiet)
    const { bens, ann } = await startCall(fixture, policy)
    await bens.terminate()
    await readUntil(ann, 'peer.disconnected')
    expect(await fixture.newClient().join(room).rejected()).toBe('full')
    const visit = fixture.newClient().visit(room, { joinKey: newJoinKey() })
    expect(await visit.next()).toEqual({ occupancy: 'full', policy, ask: 'none' })
  })

  test('lets a holder back in whose seat expired, and nobody else', async () => {
    const fixture = await startServerFixture(quiet)
    const { bens, ann, benIsIn } = await startCall(fixture, policy)
    await expireSeat(fixture, bens, ann)
    // The call goes on for longer than a lost call.
    fixture.clock.advance(2 * timeouts.callLostTimeoutMs)
    expect(await fixture.newClient().join(room).rejected()).toBe('full')
    const visit = fixture.newClient().visit(room, { joinKey: newJoinKey() })
    expect(await visit.next()).toEqual({ occupancy: 'full', policy, ask: 'none' })
    const stolen = { token: benIsIn.token, requestedAt: 1 }
    expect(await fixture.newClient().join(room, stolen).rejected()).toBe('seat-lost')
    const ben = fixture.newClient().join(room, { formerToken: benIsIn.token, requestedAt: 1 })
    expect(await ben.joined()).toMatchObject({ seat: 'b', state: 'ready', peer: 'connected', door: { policy } })
    await ann.expectEvent('ready')
    // The token is used up.
    await ben.leave()
    const again = fixture.newClient().join(room, { formerToken: benIsIn.token, requestedAt: 2 })
    expect(await again.rejected()).toBe(rejections[policy])
  })

  test('is over 90 s after its media has stopped, and the former holder is a visitor again', async () => {
    const fixture = await startServerFixture(quiet)
    const { bens, ann, benIsIn } = await startCall(fixture, policy)
    await expireSeat(fixture, bens, ann)
    await ann.reportMedia('stopped')
    fixture.clock.advance(timeouts.callLostTimeoutMs - 1_001)
    await ann.reportMedia('flowing')
    fixture.clock.advance(timeouts.callLostTimeoutMs)
    await ann.reportMedia('stopped')
    fixture.clock.advance(timeouts.callLostTimeoutMs + 1_000)
    await fixture.waitForLog('time.passed', 2)
    const ben = fixture.newClient().join(room, { formerToken: benIsIn.token, requestedAt: 1 })
    expect(await ben.rejected()).toBe(rejections[policy])
  })

  test('does not let a holder back in who left', async () => {
    const fixture = await startServerFixture()
    const { ann, ben, benIsIn } = await startCall(fixture, policy)
    await ben.leave()
    await readUntil(ann, 'peer.left')
    const again = fixture.newClient().join(room, { formerToken: benIsIn.token, requestedAt: 1 })
    expect(await again.rejected()).toBe(rejections[policy])
  })
})

test('a visitor at the door leaves it when the former holder returns', async () => {
  const fixture = await startServerFixture(quiet)
  const { bens, ann, benIsIn } = await startCall(fixture, 'ask')
  await ann.reportMedia('stopped')
  await expireSeat(fixture, bens, ann)
  const visit = fixture.newClient().visit(room, { joinKey: newJoinKey(), name: 'Cleo' })
  await visit.until({ ask: 'asking' })
  await fixture.newClient().join(room, { formerToken: benIsIn.token, requestedAt: 1 }).joined()
  await visit.until({ occupancy: 'full', ask: 'none' })
})

test('a room that is locked after the call keeps the former holder out', async () => {
  const fixture = await startServerFixture(quiet)
  const { bens, ann, benIsIn } = await startCall(fixture, 'ask')
  await ann.reportMedia('stopped')
  await expireSeat(fixture, bens, ann)
  await ann.setPolicy('locked')
  const ben = fixture.newClient().join(room, { formerToken: benIsIn.token, requestedAt: 1 })
  expect(await ben.rejected()).toBe('locked')
})
