import { expect, test } from 'vitest'
import { answer, candidate, errorCodeOf, offer } from './testClient.ts'
import { startServerFixture, type ServerFixture } from './serverFixture.ts'

const media = { type: 'media', microphone: true, camera: true, screen: false } as const

/** Joins two visitors to one room and reads their initial events. */
async function inACall({ newClient }: ServerFixture, room = 'blue-door') {
  const ann = newClient().join(room)
  const { token: annsToken } = await ann.joined()
  const ben = newClient().join(room)
  const { token: bensToken } = await ben.joined()
  await ben.expectEvent('ready')
  await ann.expectEvent('ready')
  return { ann, ben, annsToken, bensToken }
}

test('the second visitor receives the stored offer of the first, and both receive ready', async () => {
  const { newClient } = await startServerFixture()
  const ann = newClient().join('Blue Door')
  expect(await ann.joined()).toMatchObject({
    room: 'blue-door',
    seat: 'a',
    role: 'impolite',
    epoch: 1,
    resumed: false,
    peer: 'absent',
    state: 'created',
    acked: 0,
    iceServers: [],
  })
  expect(await ann.send(offer('a1.1'))).toBe(1)
  expect(await ann.send(candidate('a1.1', 5000))).toBe(2)

  const ben = newClient().join('blue-door')
  expect(await ben.joined()).toMatchObject({
    seat: 'b',
    role: 'polite',
    epoch: 2,
    resumed: false,
    peer: 'connected',
    state: 'ready',
    acked: 0,
  })
  expect(await ben.expectEvent('message')).toMatchObject({ message: offer('a1.1') })
  expect(await ben.expectEvent('message')).toMatchObject({ message: candidate('a1.1', 5000) })
  await ben.expectEvent('ready')
  await ann.expectEvent('ready')

  await ben.send(answer('a1.1'))
  expect(await ann.expectEvent('message')).toMatchObject({ message: answer('a1.1') })
})

test('the room is full while both visitors report media, and ready when one stops', async () => {
  const { ann, ben } = await inACall(await startServerFixture())
  await ann.reportMedia('flowing')
  await ann.reportMedia('flowing')
  await ben.reportMedia('flowing')
  await ann.expectEvent('full')
  await ben.expectEvent('full')
  await ben.reportMedia('stopped')
  await ben.reportMedia('stopped')
  await ann.expectEvent('ready')
  await ben.expectEvent('ready')
})

test('a third visitor is rejected as full, and the two receive no event', async () => {
  const fixture = await startServerFixture()
  const { ann, ben } = await inACall(fixture)
  for (const cat of [fixture.newClient(), fixture.newClient()])
    expect(await cat.join('blue-door').rejected()).toBe('full')
  await ann.send(media)
  expect(await ben.expectEvent('message')).toMatchObject({ message: media })
  await ben.send(media)
  expect(await ann.expectEvent('message')).toMatchObject({ message: media })
})

test('after the creator leaves, the remaining visitor can call the next one', async () => {
  const fixture = await startServerFixture()
  const { ann, ben } = await inACall(fixture)
  await ann.leave()
  expect(await ann.next()).toBe('completed')
  expect(await ben.expectEvent('peer.left')).toMatchObject({ reason: 'left' })
  await ben.send(offer('b2.1'))

  const cat = fixture.newClient().join('blue-door')
  expect(await cat.joined()).toMatchObject({ seat: 'a', role: 'impolite', peer: 'connected', state: 'ready', acked: 0 })
  expect(await cat.expectEvent('message')).toMatchObject({ message: offer('b2.1') })
  await cat.expectEvent('ready')
  await ben.expectEvent('ready')
  await cat.send(answer('b2.1'))
  expect(await ben.expectEvent('message')).toMatchObject({ message: answer('b2.1') })
})

test('a visitor who left can join again, with sequence numbers from 1', async () => {
  const fixture = await startServerFixture()
  const { ann, ben } = await inACall(fixture)
  await ben.send(media)
  await ann.expectEvent('message')
  await ben.leave()
  await ann.expectEvent('peer.left')
  const again = fixture.newClient().join('blue-door')
  expect(await again.joined()).toMatchObject({ seat: 'b', resumed: false, acked: 0 })
  expect(await again.send(media)).toBe(1)
})

test('room.leave without a seat succeeds; room.send and room.reportMedia return not-joined', async () => {
  const { newClient } = await startServerFixture()
  const one = newClient()
  const visit = one.join('blue-door')
  await visit.joined()
  await visit.leave()
  expect(await visit.next()).toBe('completed')
  await visit.leave()
  await one.trpc.room.leave.mutate({ room: 'elsewhere' })
  expect(await errorCodeOf(visit.send(media, 1))).toBe('not-joined')
  expect(await errorCodeOf(visit.reportMedia('flowing'))).toBe('not-joined')
})

test('room.send from a socket without the seat returns not-joined', async () => {
  const fixture = await startServerFixture()
  const { ann } = await inACall(fixture)
  const eve = fixture.newClient()
  expect(await errorCodeOf(eve.trpc.room.send.mutate({ room: 'blue-door', seq: 1, message: media }))).toBe('not-joined')
  await eve.trpc.room.leave.mutate({ room: 'blue-door' })
  expect(ann.unread).toEqual([])
})

test('one socket can join several rooms', async () => {
  const { newClient } = await startServerFixture()
  const ann = newClient()
  const [red, blue] = [ann.join('red'), ann.join('blue')]
  expect([(await red.joined()).room, (await blue.joined()).room]).toEqual(['red', 'blue'])
  await red.leave()
  expect(await red.next()).toBe('completed')
  expect(await blue.send(offer())).toBe(1)
})

test('a repeated seq is delivered once, and a gap in seq returns out-of-order', async () => {
  const { ann, ben } = await inACall(await startServerFixture())
  expect(await ann.send(media, 1)).toBe(1)
  expect(await ann.send({ ...media, camera: false }, 1)).toBe(1)
  expect(await errorCodeOf(ann.send(media, 3))).toBe('out-of-order')
  expect(await ann.send({ type: 'hangup' }, 2)).toBe(2)
  expect(await ben.expectEvent('message')).toMatchObject({ message: media })
  expect(await ben.expectEvent('message')).toMatchObject({ message: { type: 'hangup' } })
})

test('fifty candidates sent in batches of ten arrive in order', async () => {
  const { ann, ben } = await inACall(await startServerFixture())
  const messages = Array.from({ length: 50 }, (_, port) => candidate('a1.1', port + 1))
  for (let frame = 0; frame < 5; frame++)
    await Promise.all(messages.slice(10 * frame, 10 * frame + 10).map((message) => ann.send(message)))
  for (const message of messages) expect(await ben.expectEvent('message')).toMatchObject({ message })
})

test('a visitor who joins receives the newest negotiation only', async () => {
  const { newClient } = await startServerFixture()
  const ann = newClient().join('blue-door')
  await ann.joined()
  for (const message of [
    offer('a1.1'),
    candidate('a1.1', 1),
    offer('a1.2'),
    candidate('a1.1', 2),
    media,
    candidate('a1.2', 3),
  ])
    await ann.send(message)
  const ben = newClient().join('blue-door')
  await ben.joined()
  expect(await ben.expectEvent('message')).toMatchObject({ message: offer('a1.2') })
  expect(await ben.expectEvent('message')).toMatchObject({ message: candidate('a1.2', 3) })
  await ben.expectEvent('ready')
})
