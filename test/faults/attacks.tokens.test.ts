import { expect, test } from 'vitest'
import { numbersOf } from '../server/figures.ts'
import { codeOf, newKey, offer, type Visit } from '../server/people.ts'
import { Wire } from '../server/wire.ts'
import { startWorld, type World } from '../server/world.ts'

const media = { type: 'media', microphone: true, camera: true, screen: false } as const

async function inACall({ person }: World) {
  const [ann, bens] = [person().visit('blue-door'), person()]
  await ann.joined()
  const ben = bens.visit('blue-door')
  const { token } = await ben.joined()
  for (const one of [ann, ben]) await one.hears('ready')
  for (const one of [ann, ben]) await one.report('flowing')
  for (const one of [ann, ben]) await one.hears('full')
  return { ann, ben, bens, token }
}

/** Nothing came between: what is said now is all that there is to hear. */
async function expectUndisturbed(ann: Visit, ben: Visit): Promise<void> {
  await ann.say(media)
  expect(await ben.hears('message')).toMatchObject({ message: media })
  await ben.say(media)
  expect(await ann.hears('message')).toMatchObject({ message: media })
}

test('replay of an old seat token: refused, counted, and nobody in the room hears of it', async () => {
  const world = await startWorld()
  const { ann, ben, token } = await inACall(world)
  const back = (presented: string) => world.person().visit('blue-door', { token: presented })
  const first = back(token)
  const { token: second } = await first.joined()
  await ben.hears('seat.taken')
  await first.hears('ready')
  const newest = back(second)
  await newest.joined()
  await first.hears('seat.taken')
  for (const told of ['peer.back', 'ready', 'peer.back'] as const) await ann.hears(told)

  for (let replay = 0; replay < 5; replay++) expect(await back(token).refused()).toBe('seat-lost')
  expect(await numbersOf(world)).toMatchObject({ 'duet_refused_total{code="seat-lost"}': 5 })
  await expectUndisturbed(ann, newest)
})

test('concurrent use of the current token: the newest wins once, the other is told, the peer is told', async () => {
  const world = await startWorld({ limits: { messageBurst: 1_000 } })
  const { ann, ben, token } = await inACall(world)
  let [holder, current] = [ben, token]
  for (let round = 0; round < 20; round++) {
    const both = [world.person(), world.person()].map((one) => one.visit('blue-door', { token: current }))
    const entries = await Promise.all(both.map((visit) => visit.joined()))
    const [winner, loser] = entries[0]!.epoch > entries[1]!.epoch ? [0, 1] as const : [1, 0] as const
    await ann.hears('peer.back')
    // The room knew of a call: no more.
    if (round === 0) await ann.hears('ready')
    await ann.hears('peer.back')
    for (const old of [holder, both[loser]!]) {
      expect(await ending(old)).toEqual(['seat.taken', 'completed'])
      expect(await codeOf(old.say(media))).toBe('not-ready')
    }
    ;[holder, current] = [both[winner]!, entries[winner]!.token]
  }
  expect(ann.unread).toEqual([])
  expect(holder.unread, 'the newest is told of no other').toEqual([])
})

/** What a visit that is over heard last; `ready` may have come before. */
async function ending(visit: Visit): Promise<string[]> {
  const heard: string[] = []
  while (heard.at(-1) !== 'completed') {
    const next = await visit.next()
    heard.push(typeof next === 'object' && 'event' in next ? next.event.type : String(next))
  }
  return heard[0] === 'ready' ? heard.slice(1) : heard
}

test('a page that takes a seat over can offer only a connection of its own, under its own epoch', async () => {
  const world = await startWorld()
  const { ann, token } = await inACall(world)
  const thief = world.person().visit('blue-door', { token })
  const { epoch, seat } = await thief.joined()
  expect([seat, epoch]).toEqual(['b', 3])
  await thief.say(offer(`b${epoch}.1`), 1)
  for (const told of ['peer.back', 'ready'] as const) await ann.hears(told)
  expect(await ann.hears('message')).toMatchObject({ message: { connection: 'b3.1' } })
})

test('a token that is unknown, old, another room’s, or of a seat that was given up is refused in the same words, whether there is such a room or not', async () => {
  const { person, server } = await startWorld()
  const holder = person().visit('red-door')
  const { token: others } = await holder.joined()
  const gone = person().visit('green-door')
  const { token: expired } = await gone.joined()
  await gone.leave()
  const present = async (room: string, token: string): Promise<string> => {
    const wire = await Wire.open(server.url)
    wire.send(JSON.stringify({ id: 1, method: 'subscription', params: { path: 'room.visit', input: { room, key: newKey(), token } } }))
    const answer = `${await wire.next()}\n${await wire.next()}`
    wire.socket.terminate()
    return answer
  }
  const answers = [
    await present('red-door', newKey()), await present('blue-door', others), await present('green-door', expired), await present('green-door', newKey()),
    await present('nowhere', newKey()), await present('red-door', expired),
  ]
  expect(answers[0]).toContain('"code":"seat-lost"')
  expect(new Set(answers).size).toBe(1)
})
