import { expect, test } from 'vitest'
import { limits } from '../../../machines/protocol/limits.ts'
import type { TraceLine } from '../../../machines/protocol/traceLine.ts'
import type { PeerMessage, RoomEvent } from '../../../machines/protocol/messages.ts'
import { Drain } from '../../../server/common/drain.ts'
import { Ear } from '../../../server/rooms/transientEvents.ts'
import { MemoryStore } from '../../../server/rooms/memoryStore.ts'
import { Reader } from '../../../server/rooms/mailboxReader.ts'
import { ManualClock } from '../clock.ts'
import { answer, candidate, offer, type Visit } from '../people.ts'
import { startWorld } from '../world.ts'

/** What the server tells a visit of what happens in its room, and one holder the other of their own machines. */

const media: PeerMessage = { type: 'media', microphone: true, camera: false, screen: false }
const line: TraceLine = { at: 7, place: 'here', machine: 'call', event: 'offer.made', facts: { negotiation: 1 }, state: 'offering.waiting' }
const trace: PeerMessage = { type: 'trace', at: 9, lines: [line] }

/** Lines until one of them is this, each as what was told of whom. */
async function story(visit: Visit, last: string): Promise<string[]> {
  const told: string[] = []
  for (;;) {
    const heard = await visit.next()
    if (heard === 'completed' || 'refused' in heard) throw new Error(`the visit ended before ${last}: ${JSON.stringify(told)}`)
    if (heard.event.type !== 'log') continue
    const { event, facts, state } = heard.event.line
    told.push(`${facts.seat ?? '-'} ${event} → ${state}`)
    if (event === last) return told
  }
}

test('who asks hears what happens in the room, from their own coming on', async () => {
  const world = await startWorld()
  const ann = world.person().visit('blue-door', { log: true })
  await ann.joined()
  await ann.say(offer('a1.1'))
  await ann.say(candidate('a1.1', 9))
  const ben = world.person().visit('blue-door')
  await ben.joined()
  await ben.say(answer('a1.1'))
  await ben.say(media)
  await ben.leave()
  expect(await story(ann, 'holder.left')).toEqual([
    'a visitor.entered → created', 'a offer.relayed → created', 'a candidate.relayed → created',
    'b visitor.entered → ready', 'b answer.relayed → ready', 'b media.relayed → ready', 'b holder.left → created',
  ])
})

test('who does not ask hears nothing of it, and nobody after their visit', async () => {
  const world = await startWorld()
  const [ann, ben] = [world.person().visit('blue-door'), world.person().visit('blue-door', { log: true })]
  await ann.joined()
  await ben.joined()
  await ben.leave()
  expect(await heardOf(ben)).toContain('visitor.entered')
  await ann.say(offer('a1.1'))
  await ann.say(offer('a1.2'))
  expect(ben.unread).toEqual([])
  await ann.leave()
  expect(await heardOf(ann)).not.toContain('"log"')
})

/** Everything up to the end of the visit. */
async function heardOf(visit: Visit): Promise<string> {
  const heard: string[] = []
  for (;;) {
    const next = await visit.next()
    if (next === 'completed') return heard.join()
    heard.push(JSON.stringify(next))
  }
}

test('what is told holds nothing that could be used', async () => {
  const world = await startWorld()
  const ann = world.person().visit('canary-door', { log: true })
  const { token } = await ann.joined()
  await ann.say(offer('a1.1'))
  await ann.say(candidate('a1.1', 9))
  const cat = world.person()
  const ben = cat.visit('canary-door', { log: true })
  const { token: theirs } = await ben.joined()
  await cat.vanish()
  await ann.leave(true)
  await ann.leave()
  const told = JSON.stringify((await everythingTold(ann)).filter(({ type }) => type === 'log'))
  expect(told).toContain('socket.closed')
  expect(told).toContain('page.closed')
  expect(told).not.toMatch(/canary|v=0|192\.0\.2|127\.0\.0|candidate:|ice-|[A-Za-z0-9_-]{43}|[0-9a-f]{64}/)
  for (const secret of [token, theirs, ann.key, ben.key]) expect(told).not.toContain(secret)
})

/** Passes over what comes before. */
async function until(visit: Visit, type: RoomEvent['type']): Promise<void> {
  for (;;) {
    const heard = await visit.next()
    if (heard !== 'completed' && 'event' in heard && heard.event.type === type) return
  }
}

async function everythingTold(visit: Visit): Promise<RoomEvent[]> {
  const told: RoomEvent[] = []
  for (;;) {
    const heard = await visit.next()
    if (heard === 'completed') return told
    if (!('refused' in heard)) told.push(heard.event)
  }
}

test('a trace reaches who is there, is told of to nobody, and waits for nobody', async () => {
  const world = await startWorld()
  const person = world.person()
  const [ann, ben] = [world.person().visit('blue-door', { log: true }), person.visit('blue-door')]
  await ann.joined()
  const { token, id } = await ben.joined()
  await ben.hears('ready')
  await ann.say({ type: 'watch', on: true, anew: true })
  await ann.say(trace)
  expect((await ben.hears('message')).message).toEqual({ type: 'watch', on: true, anew: true })
  expect((await ben.hears('message')).message).toEqual(trace)

  await person.vanish()
  await until(ann, 'peer.away')
  for (let times = 0; times < 20; times++) await ann.say(trace)
  await ann.say(offer('a1.1'))
  const again = world.person().visit('blue-door', { token, lastEventId: id })
  await again.joined()
  await again.hears('ready')
  expect((await again.hears('message')).message).toMatchObject({ type: 'watch' })
  expect((await again.hears('message')).message).toEqual(offer('a1.1'))
  expect(JSON.stringify(ann.unread)).not.toMatch(/trace|watch/)
})

test('a flood of traces and lines delays no offer, and most of it is not heard', async () => {
  const clock = new ManualClock()
  const store = new MemoryStore(clock)
  const seat = (epoch: number) => ({ token: 't', previous: 'p', key: 'k', asked: 0, epoch, claimed: epoch, closes: false, deadline: null, flowing: false })
  const marks = await store.commit('blue-door', { version: 0, state: 'ready', context: { seats: { a: seat(1), b: seat(2) }, epoch: 2, awaited: null }, effects: [], dueAt: null })
  const end = marks!.b
  const stay = { room: 'blue-door', seat: 'b', epoch: 2 } as const
  const reader = new Reader({ stay, from: { epoch: end.epoch, n: 0 }, end: { epoch: end.epoch, n: 0 } }, store, new Drain(), new Ear(true, clock))
  await reader.open(undefined)
  const say = (n: number, message: PeerMessage) => store.say({ room: 'blue-door', seat: 'a', epoch: 1 }, n, message)

  for (let n = 1; n <= 1_000; n++) await say(n, trace)
  for (let n = 0; n < 1_000; n++) await store.whisper('blue-door', 'b', { type: 'log', line })
  await say(1_001, offer('a1.1'))
  expect((await reader.next())?.event).toEqual({ type: 'message', message: offer('a1.1') })
  const heard: RoomEvent[] = []
  for (let n = 0; n < 40; n++) heard.push((await reader.next())!.event)
  await say(1_002, { type: 'bye' })
  expect((await reader.next())?.event).toEqual({ type: 'message', message: { type: 'bye' } })
  reader.close()
  await store.close()
})

test('of lines, a visit hears no more than two people may say', () => {
  const clock = new ManualClock()
  const ear = new Ear(true, clock)
  const heard = (): number => {
    let count = 0
    for (let n = 0; n < 1_000; n++) {
      ear.hear({ type: 'log', line })
      while (ear.next()) count += 1
    }
    return count
  }
  expect(heard()).toBe(2 * limits.messageBurst)
  clock.pass(1_000)
  expect(heard()).toBe(2 * limits.messagesPerSecond)
})
