import { expect, test } from 'vitest'
import { limits } from '../../../machines/protocol/limits.ts'
import { timeouts } from '../../../machines/protocol/timeouts.ts'
import type { PeerMessage } from '../../../machines/protocol/messages.ts'
import { answer, candidate, errorCodeOf, newJoinKey, offer, type TestSubscription } from '../testClient.ts'
import { startServerFixture, type ServerFixture } from '../serverFixture.ts'

const media = { type: 'media', microphone: true, camera: true, screen: false } as const

async function inACall({ newClient }: ServerFixture) {
  const [anns, bens] = [newClient(), newClient()]
  const ann = anns.join('blue-door')
  const annIsIn = await ann.joined()
  const ben = bens.join('blue-door')
  const benIsIn = await ben.joined()
  const { id: bensPosition } = await ben.expectEvent('ready')
  const { id: annsPosition } = await ann.expectEvent('ready')
  return { anns, bens, ann, ben, annIsIn, benIsIn, annsPosition, bensPosition }
}

/** Reads messages up to the final `hangup`. */
async function messagesUntilBye(visit: TestSubscription): Promise<unknown[]> {
  const messages = []
  for (;;) {
    const { message } = await visit.expectEvent('message')
    if (message.type === 'hangup') return messages
    messages.push(message)
  }
}

/** Sends one message more than a mailbox holds. */
async function sendMany(visit: TestSubscription): Promise<PeerMessage[]> {
  const messages = Array.from({ length: limits.mailboxMessages + 1 }, (_, index) => candidate('a1.1', index + 1))
  for (const message of messages) await visit.send(message)
  return messages
}

test('a rejoin with the token delivers the missed messages in order, once', async () => {
  const fixture = await startServerFixture()
  const { ann, bens, ben, benIsIn } = await inACall(fixture)
  await ann.send(offer('a1.1'))
  const { id: lastEventId } = await ben.expectEvent('message')
  await bens.terminate()
  await ann.expectEvent('peer.disconnected')
  const missed = [1, 2, 3, 4, 5].map((port) => candidate('a1.1', port))
  for (const message of missed) await ann.send(message)

  const again = fixture.newClient().join('blue-door', { token: benIsIn.token, lastEventId })
  expect(await again.joined()).toMatchObject({
    seat: 'b',
    resumed: true,
    peer: 'connected',
    state: 'ready',
    acked: 0,
    id: lastEventId,
  })
  await ann.expectEvent('peer.reconnected')
  await ann.send({ type: 'hangup' })
  expect(await messagesUntilBye(again)).toEqual(missed)
})

test('a rejoin never delivers a message before lastEventId again', async () => {
  const fixture = await startServerFixture()
  const { ann, benIsIn, bensPosition } = await inACall(fixture)
  const messages = [1, 2, 3, 4, 5, 6].map((port) => candidate('a1.1', port))
  for (const message of messages) await ann.send(message)
  let [token, lastEventId] = [benIsIn.token, bensPosition]
  const received = []
  for (let round = 0; round < 6; round++) {
    const someone = fixture.newClient()
    const again = someone.join('blue-door', { token, lastEventId })
    token = (await again.joined()).token
    const { message, id } = await again.expectEvent('message')
    received.push(message)
    lastEventId = id
    await someone.terminate()
  }
  expect(received).toEqual(messages)
})

test('a socket that breaks right after joined loses no message', async () => {
  const fixture = await startServerFixture()
  const { ann, bens, benIsIn, bensPosition } = await inACall(fixture)
  await bens.terminate()
  await ann.expectEvent('peer.disconnected')
  await ann.send(media)
  const someone = fixture.newClient()
  const { token, id } = await someone.join('blue-door', { token: benIsIn.token, lastEventId: bensPosition }).joined()
  await someone.terminate()
  const again = fixture.newClient().join('blue-door', { token, lastEventId: id })
  await again.joined()
  expect(await again.expectEvent('message')).toMatchObject({ message: media })
})

test('sequence numbers continue after a rejoin', async () => {
  const fixture = await startServerFixture()
  const { ann, ben, bens, benIsIn, bensPosition } = await inACall(fixture)
  await ben.send(media)
  await ann.expectEvent('message')
  await bens.terminate()
  await ann.expectEvent('peer.disconnected')
  const again = fixture.newClient().join('blue-door', { token: benIsIn.token, lastEventId: bensPosition })
  expect(await again.joined()).toMatchObject({ acked: 1 })
  await ann.expectEvent('peer.reconnected')
  expect(await again.send(media, 1)).toBe(1)
  expect(await again.send({ type: 'hangup' }, 2)).toBe(2)
  expect(await ann.expectEvent('message')).toMatchObject({ message: { type: 'hangup' } })
})

test('after a lost joined event, the same join key returns the same seat and mailbox', async () => {
  const { newClient } = await startServerFixture()
  const ann = newClient().join('blue-door')
  await ann.joined()
  await ann.send(offer('a1.1'))
  const key = newJoinKey()
  const bens = newClient()
  const lost = bens.join('blue-door', { joinKey: key })
  await lost.joined() // treated as lost
  await bens.terminate()
  const again = newClient().join('blue-door', { joinKey: key })
  expect(await again.joined()).toMatchObject({ seat: 'b', resumed: true })
  expect(await again.expectEvent('message')).toMatchObject({ message: offer('a1.1') })
  await again.expectEvent('ready')
})

test('after a lost joined event of a rejoin, the previous token is still valid', async () => {
  const fixture = await startServerFixture()
  const { benIsIn, bensPosition } = await inACall(fixture)
  const comeBack = (token: string) => fixture.newClient().join('blue-door', { token, lastEventId: bensPosition })
  await comeBack(benIsIn.token).joined() // treated as lost
  expect(await comeBack(benIsIn.token).joined()).toMatchObject({ seat: 'b', resumed: true })
})

test('a token older than the previous one and an unknown token return seat-lost', async () => {
  const fixture = await startServerFixture()
  const { benIsIn } = await inACall(fixture)
  const comeBack = (token: string) => fixture.newClient().join('blue-door', { token })
  const second = await comeBack(benIsIn.token).joined()
  await comeBack(second.token).joined()
  expect(await comeBack(benIsIn.token).rejected()).toBe('seat-lost')
  expect(await comeBack(newJoinKey()).rejected()).toBe('seat-lost')
})

test('a newer join replaces the seat: the older subscription gets seat.replaced and completes', async () => {
  const fixture = await startServerFixture()
  const { ann, ben, benIsIn } = await inACall(fixture)
  const newer = fixture.newClient().join('blue-door', { token: benIsIn.token })
  expect(await newer.joined()).toMatchObject({ seat: 'b', epoch: 3 })
  await ben.expectEvent('seat.replaced')
  expect(await ben.next()).toBe('completed')
  expect(await errorCodeOf(ben.send(media))).toBe('not-joined')
  await ben.leave()
  await ann.expectEvent('peer.reconnected')
  await newer.send({ type: 'hangup' })
  expect(await ann.expectEvent('message')).toMatchObject({ message: { type: 'hangup' } })
})

test.each(['key', 'token'] as const)(
  'a join with the same %s and an older requestedAt returns seat-lost',
  async (what) => {
    const fixture = await startServerFixture()
    const right =
      what === 'key'
        ? { joinKey: newJoinKey() }
        : { token: (await fixture.newClient().join('blue-door').joined()).token }
    const newer = fixture.newClient().join('blue-door', { ...right, requestedAt: 7 })
    await newer.joined()
    expect(
      await fixture
        .newClient()
        .join('blue-door', { ...right, requestedAt: 6 })
        .rejected(),
    ).toBe('seat-lost')
    expect(
      await fixture
        .newClient()
        .join('blue-door', { ...right, requestedAt: 8 })
        .joined(),
    ).toMatchObject({ resumed: true })
    await newer.expectEvent('seat.replaced')
  },
)

test('a join key is invalid once its seat token was used', async () => {
  const fixture = await startServerFixture()
  const key = newJoinKey()
  const first = await fixture.newClient().join('blue-door', { joinKey: key }).joined()
  await fixture.newClient().join('blue-door', { token: first.token }).joined()
  expect(await fixture.newClient().join('blue-door', { joinKey: key }).rejected()).toBe('seat-lost')
  expect(await fixture.newClient().join('blue-door').joined()).toMatchObject({ seat: 'b' })
})

test('a rejoin without lastEventId, as by a reloaded page, starts at the newest event', async () => {
  const fixture = await startServerFixture()
  const { ann, bens, ben, benIsIn } = await inACall(fixture)
  await ann.reportMedia('flowing')
  await ben.reportMedia('flowing')
  await ben.expectEvent('full')
  await ann.expectEvent('full')
  await ann.send(candidate('a1.1', 1))
  await ben.leave(true)
  await bens.terminate()
  await ann.expectEvent('peer.disconnected')
  const again = fixture.newClient().join('blue-door', { token: benIsIn.token })
  expect(await again.joined()).toMatchObject({ resumed: true, state: 'ready' })
  await again.expectEvent('ready')
  await ann.expectEvent('peer.reconnected')
  await ann.expectEvent('ready')
  await ann.send(media)
  expect(await again.expectEvent('message')).toMatchObject({ message: media })
})

test.each([
  ['of another mailbox', 'zzzz.1'],
  ['in the future', null],
])('a rejoin with a position %s gets resync and continues at the newest event', async (_, lastEventId) => {
  const fixture = await startServerFixture()
  const { ann, benIsIn, bensPosition } = await inACall(fixture)
  await ann.send(media)
  const future = `${bensPosition.split('.')[0]}.999`
  const someone = fixture.newClient()
  const again = someone.join('blue-door', { token: benIsIn.token, lastEventId: lastEventId ?? future })
  const { token, id } = await again.joined()
  expect(id).toBe(lastEventId ?? future)
  const { id: after } = await again.expectEvent('resync')
  await ann.send({ type: 'hangup' })
  expect(await again.expectEvent('message')).toMatchObject({ message: { type: 'hangup' } })

  await someone.terminate()
  const third = fixture.newClient().join('blue-door', { token, lastEventId: after })
  await third.joined()
  expect(await third.expectEvent('message')).toMatchObject({ message: { type: 'hangup' } })
})

test('a rejoin after a mailbox overflow gets resync and then the stored events', async () => {
  const fixture = await startServerFixture({ limits: { messageBurst: 1_000 } })
  const { ann, bens, benIsIn, bensPosition } = await inACall(fixture)
  await bens.terminate()
  await ann.expectEvent('peer.disconnected')
  const messages = await sendMany(ann)
  await ann.leave()
  const cat = fixture.newClient().join('blue-door')
  await cat.joined()

  const again = fixture.newClient().join('blue-door', { token: benIsIn.token, lastEventId: bensPosition })
  expect(await again.joined()).toMatchObject({ peer: 'connected', state: 'ready' })
  await again.expectEvent('resync')
  for (const message of messages.slice(-(limits.mailboxMessages - 2)))
    expect(await again.expectEvent('message')).toMatchObject({ message })
  expect(await again.expectEvent('peer.left')).toMatchObject({ reason: 'left' })
  await again.expectEvent('ready')
})

test('after an overflow the digest contains peer.left, ready, peer.reconnected and the media state', async () => {
  const fixture = await startServerFixture({ limits: { messageBurst: 1_000 } })
  const { ann, bens, benIsIn, bensPosition } = await inACall(fixture)
  await bens.terminate()
  await ann.expectEvent('peer.disconnected')
  await ann.send(media)
  await ann.leave()
  const cats = fixture.newClient()
  const cat = cats.join('blue-door')
  const { token } = await cat.joined()
  await cats.terminate()
  await fixture.waitForLog('socket.closed', 2)
  const cat2 = fixture.newClient().join('blue-door', { token })
  await cat2.joined()
  await cat2.send({ ...media, camera: false })
  const messages = await sendMany(cat2)

  const someone = fixture.newClient()
  const again = someone.join('blue-door', { token: benIsIn.token, lastEventId: bensPosition })
  const { token: next } = await again.joined()
  const { id: gap } = await again.expectEvent('resync')
  expect(await again.expectEvent('peer.left')).toMatchObject({ reason: 'left', id: gap })
  await again.expectEvent('ready')
  await again.expectEvent('peer.reconnected')
  const { message, id } = await again.expectEvent('message')
  expect(message).toEqual({ ...media, camera: false })
  expect(gap, 'a break within the digest repeats it').toBe(bensPosition)
  for (const each of messages.slice(-limits.mailboxMessages))
    expect(await again.expectEvent('message')).toMatchObject({ message: each })

  await someone.terminate()
  const third = fixture.newClient().join('blue-door', { token: next, lastEventId: id })
  await third.joined()
  expect(await third.expectEvent('message'), 'a digest that was read completely is not repeated').toMatchObject({
    message: messages.at(-limits.mailboxMessages),
  })
})

test('the digest does not repeat a peer.left that was read before the gap', async () => {
  const fixture = await startServerFixture({ limits: { messageBurst: 1_000 } })
  const { ann, ben, bens, benIsIn } = await inACall(fixture)
  await ann.leave()
  await ben.expectEvent('peer.left')
  const cat = fixture.newClient().join('blue-door')
  await cat.joined()
  const { id } = await ben.expectEvent('ready')
  await bens.terminate()
  await sendMany(cat)
  const again = fixture.newClient().join('blue-door', { token: benIsIn.token, lastEventId: id })
  await again.joined()
  await again.expectEvent('resync')
  await again.expectEvent('message')
})

test('a disconnected seat is freed after seatGraceMs', async () => {
  const fixture = await startServerFixture()
  const { ann, bens, benIsIn } = await inACall(fixture)
  await bens.terminate()
  expect(await ann.expectEvent('peer.disconnected')).toMatchObject({ pageClosing: false })
  fixture.clock.advance(timeouts.seatGraceMs - 1_000)
  expect(await fixture.newClient().join('blue-door').rejected()).toBe('full')
  fixture.clock.advance(2_000)
  expect(await ann.expectEvent('peer.left')).toMatchObject({ reason: 'lost' })
  expect(await fixture.newClient().join('blue-door', { token: benIsIn.token }).rejected()).toBe('seat-lost')
  expect(await fixture.newClient().join('blue-door').joined()).toMatchObject({ seat: 'b', resumed: false })
})

test.each<[string, (call: Awaited<ReturnType<typeof inACall>>) => Promise<void>]>([
  [
    'room.leave with pageClosing',
    async ({ ben, bens }) => {
      await ben.leave(true)
      await bens.terminate()
    },
  ],
  ['close code 1001 without room.leave', ({ bens }) => bens.navigateAway()],
])('after %s a seat is freed after seatGraceAfterCloseMs', async (_, goes) => {
  const fixture = await startServerFixture()
  const call = await inACall(fixture)
  const { ann } = call
  await goes(call)
  expect(await ann.expectEvent('peer.disconnected')).toMatchObject({ pageClosing: true })
  fixture.clock.advance(timeouts.seatGraceAfterCloseMs + 1_000)
  expect(await ann.expectEvent('peer.left')).toMatchObject({ reason: 'lost' })
})

test('a socket closed by a server shutdown does not count as page.closing', async () => {
  const fixture = await startServerFixture()
  await inACall(fixture)
  await fixture.server.close()
  expect(fixture.logLines.join()).toContain('socket.closed')
  expect(fixture.logLines.join()).not.toContain('page.closing')
})

test('a rejoin clears pageClosing, so a later disconnect has the full grace period', async () => {
  const fixture = await startServerFixture()
  const { ann, bens, ben, benIsIn } = await inACall(fixture)
  await ben.leave(true)
  await bens.terminate()
  await ann.expectEvent('peer.disconnected')
  const someone = fixture.newClient()
  await someone.join('blue-door', { token: benIsIn.token }).joined()
  await ann.expectEvent('peer.reconnected')
  await someone.terminate()
  expect(await ann.expectEvent('peer.disconnected')).toMatchObject({ pageClosing: false })
})

test('a room is empty after the grace period of both seats', async () => {
  const fixture = await startServerFixture()
  const { anns, ann, bens } = await inACall(fixture)
  await bens.terminate()
  await ann.expectEvent('peer.disconnected')
  await anns.terminate()
  await fixture.waitForLog('socket.closed', 2)
  fixture.clock.advance(timeouts.seatGraceMs + 1_000)
  await fixture.waitForLog('time.passed', 1)
  expect(await fixture.newClient().join('blue-door').joined()).toMatchObject({ seat: 'a', epoch: 3, resumed: false })
})

test('unsubscribing disconnects the seat but does not free it', async () => {
  const fixture = await startServerFixture()
  const { ann, ben, benIsIn } = await inACall(fixture)
  ben.unsubscribe()
  await ann.expectEvent('peer.disconnected')
  expect(await fixture.newClient().join('blue-door', { token: benIsIn.token }).joined()).toMatchObject({
    resumed: true,
  })
  await ann.expectEvent('peer.reconnected')
})

test('a second join on the same socket replaces the first subscription', async () => {
  const fixture = await startServerFixture()
  const { ann, bens, ben, benIsIn } = await inACall(fixture)
  const again = bens.join('blue-door', { token: benIsIn.token })
  await again.joined()
  await ben.expectEvent('seat.replaced')
  expect(await ben.next()).toBe('completed')
  await ann.expectEvent('peer.reconnected')
  await again.send(answer('a1.1'))
  expect(await ann.expectEvent('message')).toMatchObject({ message: answer('a1.1') })
})
