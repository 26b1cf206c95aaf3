import { expect, test } from 'vitest'
import { answer, candidate, codeOf, offer } from './people.ts'
import { startWorld, type World } from './world.ts'

const media = { type: 'media', microphone: true, camera: true, screen: false } as const

/** Two in a room who have heard all that there was to hear. */
async function inACall({ person }: World, room = 'blue-door') {
  const ann = person().visit(room)
  const { token: annsToken } = await ann.joined()
  const ben = person().visit(room)
  const { token: bensToken } = await ben.joined()
  await ben.hears('ready')
  await ann.hears('ready')
  return { ann, ben, annsToken, bensToken }
}

test('the first visitor waits, the second gets the offer that was left, and both are ready', async () => {
  const { person } = await startWorld()
  const ann = person().visit('Blue Door')
  expect(await ann.joined()).toMatchObject({
    room: 'blue-door', seat: 'a', role: 'impolite', epoch: 1, resumed: false, peer: 'absent', state: 'created', said: 0, iceServers: [],
  })
  expect(await ann.say(offer('a1.1'))).toBe(1)
  expect(await ann.say(candidate('a1.1', 5000))).toBe(2)

  const ben = person().visit('blue-door')
  expect(await ben.joined()).toMatchObject({ seat: 'b', role: 'polite', epoch: 2, resumed: false, peer: 'here', state: 'ready', said: 0 })
  expect(await ben.hears('message')).toMatchObject({ message: offer('a1.1') })
  expect(await ben.hears('message')).toMatchObject({ message: candidate('a1.1', 5000) })
  await ben.hears('ready')
  await ann.hears('ready')

  await ben.say(answer('a1.1'))
  expect(await ann.hears('message')).toMatchObject({ message: answer('a1.1') })
})

test('the room is full when media flows at both ends, and ready when it stops at one', async () => {
  const { ann, ben } = await inACall(await startWorld())
  await ann.report('flowing')
  await ann.report('flowing')
  await ben.report('flowing')
  await ann.hears('full')
  await ben.hears('full')
  await ben.report('stopped')
  await ben.report('stopped')
  await ann.hears('ready')
  await ben.hears('ready')
})

test('a third visitor is refused, and the two hear nothing of it', async () => {
  const world = await startWorld()
  const { ann, ben } = await inACall(world)
  for (const cat of [world.person(), world.person()]) expect(await cat.visit('blue-door').refused()).toBe('full')
  await ann.say(media)
  expect(await ben.hears('message')).toMatchObject({ message: media })
  await ben.say(media)
  expect(await ann.hears('message')).toMatchObject({ message: media })
})

test('the creator leaves, and the other one hosts whoever comes next', async () => {
  const world = await startWorld()
  const { ann, ben } = await inACall(world)
  await ann.leave()
  expect(await ann.next()).toBe('completed')
  expect(await ben.hears('peer.left')).toMatchObject({ reason: 'left' })
  await ben.say(offer('b2.1'))

  const cat = world.person().visit('blue-door')
  expect(await cat.joined()).toMatchObject({ seat: 'a', role: 'impolite', peer: 'here', state: 'ready', said: 0 })
  expect(await cat.hears('message')).toMatchObject({ message: offer('b2.1') })
  await cat.hears('ready')
  await ben.hears('ready')
  await cat.say(answer('b2.1'))
  expect(await ben.hears('message')).toMatchObject({ message: answer('b2.1') })
})

test('one who left may enter again, with numbers from 1', async () => {
  const world = await startWorld()
  const { ann, ben } = await inACall(world)
  await ben.say(media)
  await ann.hears('message')
  await ben.leave()
  await ann.hears('peer.left')
  const again = world.person().visit('blue-door')
  expect(await again.joined()).toMatchObject({ seat: 'b', resumed: false, said: 0 })
  expect(await again.say(media)).toBe(1)
})

test('leaving twice, or from where one never was, is no mistake; anything else is not ready', async () => {
  const { person } = await startWorld()
  const one = person()
  const visit = one.visit('blue-door')
  await visit.joined()
  await visit.leave()
  expect(await visit.next()).toBe('completed')
  await visit.leave()
  await one.trpc.room.leave.mutate({ room: 'elsewhere' })
  expect(await codeOf(visit.say(media, 1))).toBe('not-ready')
  expect(await codeOf(visit.report('flowing'))).toBe('not-ready')
})

test('nobody speaks for a seat from a socket that does not visit it', async () => {
  const world = await startWorld()
  const { ann } = await inACall(world)
  const eve = world.person()
  expect(await codeOf(eve.trpc.room.say.mutate({ room: 'blue-door', n: 1, message: media }))).toBe('not-ready')
  await eve.trpc.room.leave.mutate({ room: 'blue-door' })
  expect(ann.unread).toEqual([])
})

test('one socket may be in several rooms', async () => {
  const { person } = await startWorld()
  const ann = person()
  const [red, blue] = [ann.visit('red'), ann.visit('blue')]
  expect([(await red.joined()).room, (await blue.joined()).room]).toEqual(['red', 'blue'])
  await red.leave()
  expect(await red.next()).toBe('completed')
  expect(await blue.say(offer())).toBe(1)
})

test('a message comes once however often it is said, and none after one that is missing', async () => {
  const { ann, ben } = await inACall(await startWorld())
  expect(await ann.say(media, 1)).toBe(1)
  expect(await ann.say({ ...media, camera: false }, 1)).toBe(1)
  expect(await codeOf(ann.say(media, 3))).toBe('out-of-order')
  expect(await ann.say({ type: 'bye' }, 2)).toBe(2)
  expect(await ben.hears('message')).toMatchObject({ message: media })
  expect(await ben.hears('message')).toMatchObject({ message: { type: 'bye' } })
})

test('fifty candidates said ten in a breath come in their order', async () => {
  const { ann, ben } = await inACall(await startWorld())
  const said = Array.from({ length: 50 }, (_, port) => candidate('a1.1', port + 1))
  for (let frame = 0; frame < 5; frame++) await Promise.all(said.slice(10 * frame, 10 * frame + 10).map((message) => ann.say(message)))
  for (const message of said) expect(await ben.hears('message')).toMatchObject({ message })
})

test('whoever comes gets the newest negotiation only', async () => {
  const { person } = await startWorld()
  const ann = person().visit('blue-door')
  await ann.joined()
  for (const message of [offer('a1.1'), candidate('a1.1', 1), offer('a1.2'), candidate('a1.1', 2), media, candidate('a1.2', 3)]) await ann.say(message)
  const ben = person().visit('blue-door')
  await ben.joined()
  expect(await ben.hears('message')).toMatchObject({ message: offer('a1.2') })
  expect(await ben.hears('message')).toMatchObject({ message: candidate('a1.2', 3) })
  await ben.hears('ready')
})
