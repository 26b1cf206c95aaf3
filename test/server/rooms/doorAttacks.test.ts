import { describe, expect, test } from 'vitest'
import { limits, serverLimits } from '../../../machines/protocol/limits.ts'
import type { Door } from '../../../machines/protocol/messages.ts'
import { timeouts } from '../../../machines/protocol/timeouts.ts'
import { errorCodeOf, newJoinKey, offer, type TestSubscription } from '../testClient.ts'
import { type ServerFixture, startServerFixture } from '../serverFixture.ts'

/** Attacks of a visitor without a seat on the door of a room that asks first. */

const room = 'blue-door'
/** The clock leaps further than the server waits for a heartbeat. */
const quiet = { socketTimeouts: { serverPingIntervalMs: 1e9 } }
const behindProxy = { DUET_TRUSTED_PROXIES: '127.0.0.1' }

async function annWaits(fixture: ServerFixture): Promise<TestSubscription> {
  const ann = fixture.newClient().join(room, { policy: 'ask' })
  await ann.joined()
  return ann
}

const nextVisitor = async (holder: TestSubscription): Promise<Door['visitor']> =>
  (await holder.expectEvent('door')).visitor

const from = (fixture: ServerFixture, address: string) => fixture.newClient({ headers: { 'x-forwarded-for': address } })

/** A visitor asks, and is at the door. */
async function knock(fixture: ServerFixture, ann: TestSubscription, name = 'Eve', client = fixture.newClient()) {
  const joinKey = newJoinKey()
  const visit = client.visit(room, { joinKey, name })
  await visit.until({ ask: 'asking' })
  const visitor = await nextVisitor(ann)
  if (!visitor) throw new Error('nobody is at the door')
  return { client, joinKey, visit, visitor }
}

describe('the name of a visitor', () => {
  test('is rejected with 10,000 characters, and nobody is at the door', async () => {
    const fixture = await startServerFixture()
    const ann = await annWaits(fixture)
    const visit = fixture.newClient().visit(room, { joinKey: newJoinKey(), name: 'x'.repeat(10_000) })
    expect(await visit.next()).toBe('too-large')
    await knock(fixture, ann, 'Ben')
    expect(ann.unread).toEqual([])
  })

  test.each([
    ['control characters', 'E\u0000v\u0007e\u001b[2J', 'Eve[2J'],
    ['bidi overrides and isolates', '\u202eevE\u2066\u200f', 'evE'],
    ['zero-width characters', 'E\u200bv\u2060e\ufeff', 'Eve'],
    ['line breaks', 'Eve\r\nAdmitted\u2028by Ann', 'Eve Admitted by Ann'],
    ['only invisible characters', '\u200b\u202e\u0000 \n', ''],
    ['markup, which the page shows as text', '<img src=x onerror=alert(1)>', '<img src=x onerror=alert(1)>'],
    ['lone surrogates', 'E\ud800ve', 'Eve'],
  ])('has no %s', async (_, typed, shown) => {
    const fixture = await startServerFixture()
    const ann = await annWaits(fixture)
    const { visitor } = await knock(fixture, ann, typed)
    expect(visitor.name).toBe(shown)
    expect([...visitor.name].length).toBeLessThanOrEqual(limits.visitorNameCharacters)
  })

  test('does not change during a request, so the holder admits the name that it read', async () => {
    const fixture = await startServerFixture()
    const ann = await annWaits(fixture)
    const eve = await knock(fixture, ann, 'Eve')
    const again = fixture.newClient().visit(room, { joinKey: eve.joinKey, name: 'Ben, your brother' })
    await again.until({ ask: 'asking' })
    await ann.answerVisitor(eve.visitor.id, true)
    expect(await nextVisitor(ann)).toEqual({ ...eve.visitor, isAdmitted: true })
  })
})

describe('a flood of requests', () => {
  test('with one key is one request for the holder', async () => {
    const fixture = await startServerFixture()
    const ann = await annWaits(fixture)
    const eve = await knock(fixture, ann)
    for (let count = 0; count < 20; count++) {
      const visit = eve.client.visit(room, { joinKey: eve.joinKey, name: `Eve ${count}` })
      await visit.until({ ask: 'asking' })
      // The stop of an older visit does not end the request.
      eve.visit.stop()
      eve.visit = visit
    }
    expect(ann.unread).toEqual([])
  })

  test(`of one network disturbs the holder ${serverLimits.asksPerNetworkPerMinute} times a minute, and leaves room for others`, async () => {
    const fixture = await startServerFixture({}, behindProxy)
    const ann = await annWaits(fixture)
    for (let count = 0; count < serverLimits.asksPerNetworkPerMinute; count++) {
      const { visit } = await knock(fixture, ann, 'Eve', from(fixture, `192.0.2.7`))
      visit.stop()
      expect(await nextVisitor(ann)).toBeNull()
    }
    for (let count = 0; count < 5; count++)
      expect(await from(fixture, '192.0.2.7').visit(room, { joinKey: newJoinKey() }).next()).toBe('throttled')
    expect(ann.unread).toEqual([])
    const { visitor } = await knock(fixture, ann, 'Ben', from(fixture, '198.51.100.1'))
    expect(visitor.name).toBe('Ben')
  })

  test('from many addresses of one IPv6 /48 ends for all of them with one decline', async () => {
    const fixture = await startServerFixture({}, behindProxy)
    const ann = await annWaits(fixture)
    const eve = await knock(fixture, ann, 'Eve', from(fixture, '2001:db8:1:1::1'))
    await ann.answerVisitor(eve.visitor.id, false)
    expect(await nextVisitor(ann)).toBeNull()
    for (const address of ['2001:db8:1:1::2', '2001:db8:1:2::1', '2001:db8:1:ffff::1'])
      expect(await from(fixture, address).visit(room, { joinKey: newJoinKey() }).next()).toMatchObject({
        ask: 'declined',
      })
    await knock(fixture, ann, 'Ben', from(fixture, '2001:db8:2::1'))
  })
})

describe('a visitor that never joins', () => {
  test(`loses its admission after ${timeouts.admissionMs / 1000} s, and the next visitor is at the door`, async () => {
    const fixture = await startServerFixture(quiet, behindProxy)
    const ann = await annWaits(fixture)
    const eve = await knock(fixture, ann)
    const ben = from(fixture, '198.51.100.1').visit(room, { joinKey: newJoinKey(), name: 'Ben' })
    await ben.until({ ask: 'occupied' })
    await ann.answerVisitor(eve.visitor.id, true)
    expect(await nextVisitor(ann)).toMatchObject({ isAdmitted: true })
    // A new connection with the same key does not extend the admission.
    fixture.clock.advance(timeouts.admissionMs - 2_000)
    const again = fixture.newClient().visit(room, { joinKey: eve.joinKey })
    await again.until({ ask: 'admitted' })
    fixture.clock.advance(2_001)
    expect(await nextVisitor(ann)).toBeNull()
    expect(await eve.client.join(room, { joinKey: eve.joinKey }).rejected()).toBe('ask-first')
    await knock(fixture, ann, 'Ben', from(fixture, '198.51.100.1'))
  })

  test('leaves the door to the next one when the holder declines it', async () => {
    const fixture = await startServerFixture({}, behindProxy)
    const ann = await annWaits(fixture)
    const eve = await knock(fixture, ann, 'Eve', from(fixture, '2001:db8:1:1::1'))
    const ben = from(fixture, '198.51.100.1').visit(room, { joinKey: newJoinKey(), name: 'Ben' })
    await ben.until({ ask: 'occupied' })
    await ann.answerVisitor(eve.visitor.id, false)
    await eve.visit.until({ ask: 'declined' })
    expect(await nextVisitor(ann)).toBeNull()
    await knock(fixture, ann, 'Ben', from(fixture, '198.51.100.1'))
  })
})

describe('an answer', () => {
  test.each([true, false])(
    'to a visitor that is gone does nothing to the next one (isAdmitted: %s)',
    async (isAdmitted) => {
      const fixture = await startServerFixture({}, behindProxy)
      const ann = await annWaits(fixture)
      const eve = await knock(fixture, ann, 'Eve', from(fixture, '192.0.2.7'))
      await eve.client.navigateAway()
      expect(await nextVisitor(ann)).toBeNull()
      const ben = await knock(fixture, ann, 'Ben', from(fixture, '198.51.100.1'))
      await ann.answerVisitor(eve.visitor.id, isAdmitted)
      expect(await ben.client.join(room, { joinKey: ben.joinKey }).rejected()).toBe('ask-first')
      expect(await eve.client.trpc.ice.servers.query().catch(() => null)).toBeDefined()
      await ann.answerVisitor(ben.visitor.id, true)
      expect(await nextVisitor(ann)).toMatchObject({ name: 'Ben', isAdmitted: true })
    },
  )

  test('or a policy of a replaced socket changes nothing', async () => {
    const fixture = await startServerFixture()
    const ann = fixture.newClient().join(room, { policy: 'ask' })
    const annIsIn = await ann.joined()
    const eve = await knock(fixture, ann)
    const second = fixture.newClient().join(room, { token: annIsIn.token, requestedAt: 1 })
    await second.joined()
    await ann.expectEvent('seat.replaced')
    const late = [ann.answerVisitor(eve.visitor.id, true), ann.setPolicy('open')]
    for (const call of late) expect(await errorCodeOf(call).catch(() => undefined)).toBeOneOf(['not-joined', undefined])
    expect(await eve.client.join(room, { joinKey: eve.joinKey }).rejected()).toBe('ask-first')
    expect(second.unread).toEqual([])
  })

  test('a policy and a message of a visitor are rejected, also while it is admitted', async () => {
    const fixture = await startServerFixture()
    const ann = await annWaits(fixture)
    const eve = await knock(fixture, ann)
    await ann.answerVisitor(eve.visitor.id, true)
    await eve.visit.until({ ask: 'admitted' })
    const { room: calls } = eve.client.trpc
    for (const call of [
      calls.answerVisitor.mutate({ room, visitor: eve.visitor.id, isAdmitted: true }),
      calls.setPolicy.mutate({ room, policy: 'open' }),
      calls.send.mutate({ room, seq: 1, message: offer('b1.1') }),
      calls.reportMedia.mutate({ room, mediaFlow: 'flowing' }),
    ])
      expect(await errorCodeOf(call)).toBe('not-joined')
    expect(await nextVisitor(ann)).toMatchObject({ isAdmitted: true })
    expect(ann.unread).toEqual([])
  })
})

describe('garbage', () => {
  test.each<[string, object]>([
    ['a key that is too short', { joinKey: 'short' }],
    ['a key with markup', { joinKey: `${'<'.repeat(43)}` }],
    ['a name that is an object', { joinKey: newJoinKey(), name: { toString: 'Eve' } }],
    ['a name that is a number', { joinKey: newJoinKey(), name: 7 }],
    ['an admission in the request', { joinKey: newJoinKey(), isAdmitted: true }],
    ['no object', []],
  ])('in a request is rejected: %s', async (_, ask) => {
    const fixture = await startServerFixture()
    const ann = await annWaits(fixture)
    expect(
      await fixture
        .newClient()
        .visit(room, ask as never)
        .next(),
    ).toBe('invalid-input')
    await ann.setPolicy('locked')
    expect(await ann.expectEvent('door')).toMatchObject({ policy: 'locked', visitor: null })
  })

  test.each([0, -1, 1.5, '1', null, true, {}])('in an answer is rejected: visitor %j', async (visitor) => {
    const fixture = await startServerFixture()
    const ann = await annWaits(fixture)
    await knock(fixture, ann)
    expect(await errorCodeOf(ann.answerVisitor(visitor as never, true))).toBe('invalid-input')
    expect(ann.unread).toEqual([])
  })

  test.each(['ajar', '', 'OPEN', null, ['open'], { policy: 'open' }])('in a policy is rejected: %j', async (policy) => {
    const fixture = await startServerFixture()
    const ann = await annWaits(fixture)
    expect(await errorCodeOf(ann.setPolicy(policy as never))).toBe('invalid-input')
    expect(ann.unread).toEqual([])
  })
})
