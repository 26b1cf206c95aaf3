import { expect, test } from 'vitest'
import { limits } from '../../../machines/protocol/limits.ts'
import { timers } from '../../../machines/protocol/timeouts.ts'
import type { PeerMessage } from '../../../machines/protocol/messages.ts'
import { answer, candidate, codeOf, newKey, offer, type Visit } from '../people.ts'
import { startWorld, type World } from '../world.ts'

const media = { type: 'media', microphone: true, camera: true, screen: false } as const

async function inACall({ person }: World) {
  const [anns, bens] = [person(), person()]
  const ann = anns.visit('blue-door')
  const annIsIn = await ann.joined()
  const ben = bens.visit('blue-door')
  const benIsIn = await ben.joined()
  const { id: bensPosition } = await ben.hears('ready')
  const { id: annsPosition } = await ann.hears('ready')
  return { anns, bens, ann, ben, annIsIn, benIsIn, annsPosition, bensPosition }
}

/** What comes up to a `bye`, which is said last. */
async function messagesUntilBye(visit: Visit): Promise<unknown[]> {
  const messages = []
  for (;;) {
    const { message } = await visit.hears('message')
    if (message.type === 'bye') return messages
    messages.push(message)
  }
}

/** More than a mailbox holds. */
async function sayMany(visit: Visit): Promise<PeerMessage[]> {
  const said = Array.from({ length: limits.mailboxMessages + 1 }, (_, index) => candidate('a1.1', index + 1))
  for (const message of said) await visit.say(message)
  return said
}

test('who comes back with the token has what was missed, in order, once', async () => {
  const world = await startWorld()
  const { ann, bens, ben, benIsIn } = await inACall(world)
  await ann.say(offer('a1.1'))
  const { id: lastEventId } = await ben.hears('message')
  await bens.vanish()
  await ann.hears('peer.away')
  const missed = [1, 2, 3, 4, 5].map((port) => candidate('a1.1', port))
  for (const message of missed) await ann.say(message)

  const again = world.person().visit('blue-door', { token: benIsIn.token, lastEventId })
  expect(await again.joined()).toMatchObject({ seat: 'b', resumed: true, peer: 'here', state: 'ready', said: 0, id: lastEventId })
  await ann.hears('peer.back')
  await ann.say({ type: 'bye' })
  expect(await messagesUntilBye(again)).toEqual(missed)
})

test('what was read is not read again, wherever the line breaks', async () => {
  const world = await startWorld()
  const { ann, benIsIn, bensPosition } = await inACall(world)
  const said = [1, 2, 3, 4, 5, 6].map((port) => candidate('a1.1', port))
  for (const message of said) await ann.say(message)
  let [token, lastEventId] = [benIsIn.token, bensPosition]
  const heard = []
  for (let round = 0; round < 6; round++) {
    const someone = world.person()
    const again = someone.visit('blue-door', { token, lastEventId })
    token = (await again.joined()).token
    const { message, id } = await again.hears('message')
    heard.push(message)
    lastEventId = id
    await someone.vanish()
  }
  expect(heard).toEqual(said)
})

test('a line that breaks right after the answer costs nothing', async () => {
  const world = await startWorld()
  const { ann, bens, benIsIn, bensPosition } = await inACall(world)
  await bens.vanish()
  await ann.hears('peer.away')
  await ann.say(media)
  const someone = world.person()
  const { token, id } = await someone.visit('blue-door', { token: benIsIn.token, lastEventId: bensPosition }).joined()
  await someone.vanish()
  const again = world.person().visit('blue-door', { token, lastEventId: id })
  await again.joined()
  expect(await again.hears('message')).toMatchObject({ message: media })
})

test('what one said counts on over visits', async () => {
  const world = await startWorld()
  const { ann, ben, bens, benIsIn, bensPosition } = await inACall(world)
  await ben.say(media)
  await ann.hears('message')
  await bens.vanish()
  await ann.hears('peer.away')
  const again = world.person().visit('blue-door', { token: benIsIn.token, lastEventId: bensPosition })
  expect(await again.joined()).toMatchObject({ said: 1 })
  await ann.hears('peer.back')
  expect(await again.say(media, 1)).toBe(1)
  expect(await again.say({ type: 'bye' }, 2)).toBe(2)
  expect(await ann.hears('message')).toMatchObject({ message: { type: 'bye' } })
})

test('when the answer to the entry is lost, the same key gives the same seat with all that waits in it', async () => {
  const { person } = await startWorld()
  const ann = person().visit('blue-door')
  await ann.joined()
  await ann.say(offer('a1.1'))
  const key = newKey()
  const bens = person()
  const lost = bens.visit('blue-door', { key })
  await lost.joined() // as if it had not come
  await bens.vanish()
  const again = person().visit('blue-door', { key })
  expect(await again.joined()).toMatchObject({ seat: 'b', resumed: true })
  expect(await again.hears('message')).toMatchObject({ message: offer('a1.1') })
  await again.hears('ready')
})

test('when the answer to a return is lost, the token before is good once more', async () => {
  const world = await startWorld()
  const { benIsIn, bensPosition } = await inACall(world)
  const comeBack = (token: string) => world.person().visit('blue-door', { token, lastEventId: bensPosition })
  await comeBack(benIsIn.token).joined() // as if it had not come
  expect(await comeBack(benIsIn.token).joined()).toMatchObject({ seat: 'b', resumed: true })
})

test('an older token than that is refused, and so is one that was never given', async () => {
  const world = await startWorld()
  const { benIsIn } = await inACall(world)
  const comeBack = (token: string) => world.person().visit('blue-door', { token })
  const second = await comeBack(benIsIn.token).joined()
  await comeBack(second.token).joined()
  expect(await comeBack(benIsIn.token).refused()).toBe('seat-lost')
  expect(await comeBack(newKey()).refused()).toBe('seat-lost')
})

test('a newer visit takes the seat: the older hears so, ends, and can do nothing any more', async () => {
  const world = await startWorld()
  const { ann, ben, benIsIn } = await inACall(world)
  const newer = world.person().visit('blue-door', { token: benIsIn.token })
  expect(await newer.joined()).toMatchObject({ seat: 'b', epoch: 3 })
  await ben.hears('seat.taken')
  expect(await ben.next()).toBe('completed')
  expect(await codeOf(ben.say(media))).toBe('not-ready')
  await ben.leave()
  await ann.hears('peer.back')
  await newer.say({ type: 'bye' })
  expect(await ann.hears('message')).toMatchObject({ message: { type: 'bye' } })
})

test.each(['key', 'token'] as const)('a visit that was asked for before another, with one %s, and comes after it changes nothing', async (what) => {
  const world = await startWorld()
  const right = what === 'key' ? { key: newKey() } : { token: (await world.person().visit('blue-door').joined()).token }
  const newer = world.person().visit('blue-door', { ...right, asked: 7 })
  await newer.joined()
  expect(await world.person().visit('blue-door', { ...right, asked: 6 }).refused()).toBe('seat-lost')
  expect(await world.person().visit('blue-door', { ...right, asked: 8 }).joined()).toMatchObject({ resumed: true })
  await newer.hears('seat.taken')
})

test('a key gives one seat, and none to who asks with it after its token was used', async () => {
  const world = await startWorld()
  const key = newKey()
  const first = await world.person().visit('blue-door', { key }).joined()
  await world.person().visit('blue-door', { token: first.token }).joined()
  expect(await world.person().visit('blue-door', { key }).refused()).toBe('seat-lost')
  expect(await world.person().visit('blue-door').joined()).toMatchObject({ seat: 'b' })
})

test('a page that was loaded anew begins at the newest, for what went before belongs to another', async () => {
  const world = await startWorld()
  const { ann, bens, ben, benIsIn } = await inACall(world)
  await ann.report('flowing')
  await ben.report('flowing')
  await ben.hears('full')
  await ann.hears('full')
  await ann.say(candidate('a1.1', 1))
  await ben.leave(true)
  await bens.vanish()
  await ann.hears('peer.away')
  const again = world.person().visit('blue-door', { token: benIsIn.token })
  expect(await again.joined()).toMatchObject({ resumed: true, state: 'ready' })
  await again.hears('ready')
  await ann.hears('peer.back')
  await ann.hears('ready')
  await ann.say(media)
  expect(await again.hears('message')).toMatchObject({ message: media })
})

test.each([
  ['of another life of the mailbox', 'zzzz.1'],
  ['in the future', null],
])('with a position %s there is a resync, and reading goes on at the newest', async (_, lastEventId) => {
  const world = await startWorld()
  const { ann, benIsIn, bensPosition } = await inACall(world)
  await ann.say(media)
  const future = `${bensPosition.split('.')[0]}.999`
  const someone = world.person()
  const again = someone.visit('blue-door', { token: benIsIn.token, lastEventId: lastEventId ?? future })
  const { token, id } = await again.joined()
  expect(id).toBe(lastEventId ?? future)
  const { id: after } = await again.hears('resync')
  await ann.say({ type: 'bye' })
  expect(await again.hears('message')).toMatchObject({ message: { type: 'bye' } })

  await someone.vanish()
  const third = world.person().visit('blue-door', { token, lastEventId: after })
  await third.joined()
  expect(await third.hears('message')).toMatchObject({ message: { type: 'bye' } })
})

test('who was away for longer than the mailbox holds hears resync, and then what it still holds', async () => {
  const world = await startWorld({ limits: { messageBurst: 1_000 } })
  const { ann, bens, benIsIn, bensPosition } = await inACall(world)
  await bens.vanish()
  await ann.hears('peer.away')
  const said = await sayMany(ann)
  await ann.leave()
  const cat = world.person().visit('blue-door')
  await cat.joined()

  const again = world.person().visit('blue-door', { token: benIsIn.token, lastEventId: bensPosition })
  expect(await again.joined()).toMatchObject({ peer: 'here', state: 'ready' })
  await again.hears('resync')
  for (const message of said.slice(-(limits.mailboxMessages - 2))) expect(await again.hears('message')).toMatchObject({ message })
  expect(await again.hears('peer.left')).toMatchObject({ reason: 'left' })
  await again.hears('ready')
})

test('news that was pushed out is told in brief: who left, that the room is ready, who is there, and what they send', async () => {
  const world = await startWorld({ limits: { messageBurst: 1_000 } })
  const { ann, bens, benIsIn, bensPosition } = await inACall(world)
  await bens.vanish()
  await ann.hears('peer.away')
  await ann.say(media)
  await ann.leave()
  const cats = world.person()
  const cat = cats.visit('blue-door')
  const { token } = await cat.joined()
  await cats.vanish()
  await world.logged('socket.closed', 2)
  const cat2 = world.person().visit('blue-door', { token })
  await cat2.joined()
  await cat2.say({ ...media, camera: false })
  const said = await sayMany(cat2)

  const someone = world.person()
  const again = someone.visit('blue-door', { token: benIsIn.token, lastEventId: bensPosition })
  const { token: next } = await again.joined()
  const { id: gap } = await again.hears('resync')
  expect(await again.hears('peer.left')).toMatchObject({ reason: 'left', id: gap })
  await again.hears('ready')
  await again.hears('peer.back')
  const { message, id } = await again.hears('message')
  expect(message).toEqual({ ...media, camera: false })
  expect(gap, 'whose line breaks in between hears all of it again').toBe(bensPosition)
  for (const each of said.slice(-limits.mailboxMessages)) expect(await again.hears('message')).toMatchObject({ message: each })

  await someone.vanish()
  const third = world.person().visit('blue-door', { token: next, lastEventId: id })
  await third.joined()
  expect(await third.hears('message'), 'who has heard it, hears it once').toMatchObject({ message: said.at(-limits.mailboxMessages) })
})

test('who had read of a leaving before the gap does not hear of it again', async () => {
  const world = await startWorld({ limits: { messageBurst: 1_000 } })
  const { ann, ben, bens, benIsIn } = await inACall(world)
  await ann.leave()
  await ben.hears('peer.left')
  const cat = world.person().visit('blue-door')
  await cat.joined()
  const { id } = await ben.hears('ready')
  await bens.vanish()
  await sayMany(cat)
  const again = world.person().visit('blue-door', { token: benIsIn.token, lastEventId: id })
  await again.joined()
  await again.hears('resync')
  await again.hears('message')
})

test('a seat is kept for its time, and then given away', async () => {
  const world = await startWorld()
  const { ann, bens, benIsIn } = await inACall(world)
  await bens.vanish()
  expect(await ann.hears('peer.away')).toMatchObject({ closes: false })
  world.clock.pass(timers.grace - 1_000)
  expect(await world.person().visit('blue-door').refused()).toBe('full')
  world.clock.pass(2_000)
  expect(await ann.hears('peer.left')).toMatchObject({ reason: 'lost' })
  expect(await world.person().visit('blue-door', { token: benIsIn.token }).refused()).toBe('seat-lost')
  expect(await world.person().visit('blue-door').joined()).toMatchObject({ seat: 'b', resumed: false })
})

test.each<[string, (call: Awaited<ReturnType<typeof inACall>>) => Promise<void>]>([
  ['page said that it closes', async ({ ben, bens }) => {
    await ben.leave(true)
    await bens.vanish()
  }],
  ['browser went elsewhere, though the page said nothing', ({ bens }) => bens.browseOn()],
])('of one whose %s, it is kept for less', async (_, goes) => {
  const world = await startWorld()
  const call = await inACall(world)
  const { ann } = call
  await goes(call)
  expect(await ann.hears('peer.away')).toMatchObject({ closes: true })
  world.clock.pass(timers.graceAfterClose + 1_000)
  expect(await ann.hears('peer.left')).toMatchObject({ reason: 'lost' })
})

test('who is told to go by a server that ends has not gone elsewhere', async () => {
  const world = await startWorld()
  await inACall(world)
  await world.server.close()
  expect(world.log.join()).toContain('socket.closed')
  expect(world.log.join()).not.toContain('page.closed')
})

test('one who was closed and came back is, when the line is lost, no longer taken for closed', async () => {
  const world = await startWorld()
  const { ann, bens, ben, benIsIn } = await inACall(world)
  await ben.leave(true)
  await bens.vanish()
  await ann.hears('peer.away')
  const someone = world.person()
  await someone.visit('blue-door', { token: benIsIn.token }).joined()
  await ann.hears('peer.back')
  await someone.vanish()
  expect(await ann.hears('peer.away')).toMatchObject({ closes: false })
})

test('a room that everybody lost is empty again', async () => {
  const world = await startWorld()
  const { anns, ann, bens } = await inACall(world)
  await bens.vanish()
  await ann.hears('peer.away')
  await anns.vanish()
  await world.logged('socket.closed', 2)
  world.clock.pass(timers.grace + 1_000)
  await world.logged('time.passed', 1)
  expect(await world.person().visit('blue-door').joined()).toMatchObject({ seat: 'a', epoch: 3, resumed: false })
})

test('stopping the subscription is going away, not leaving', async () => {
  const world = await startWorld()
  const { ann, ben, benIsIn } = await inACall(world)
  ben.stop()
  await ann.hears('peer.away')
  expect(await world.person().visit('blue-door', { token: benIsIn.token }).joined()).toMatchObject({ resumed: true })
  await ann.hears('peer.back')
})

test('the same socket may visit again: the older subscription gives way', async () => {
  const world = await startWorld()
  const { ann, bens, ben, benIsIn } = await inACall(world)
  const again = bens.visit('blue-door', { token: benIsIn.token })
  await again.joined()
  await ben.hears('seat.taken')
  expect(await ben.next()).toBe('completed')
  await ann.hears('peer.back')
  await again.say(answer('a1.1'))
  expect(await ann.hears('message')).toMatchObject({ message: answer('a1.1') })
})
