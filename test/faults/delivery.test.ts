import { expect, onTestFinished, test, vi } from 'vitest'
import { limits } from '../../machines/protocol/limits.ts'
import type { PeerMessage } from '../../machines/protocol/messages.ts'
import { Ether } from '../client/webrtc/fakeNetwork.ts'
import { type Page, Tab } from '../client/session/page.ts'
import { numbersOf } from '../server/figures.ts'
import { candidate } from '../server/people.ts'
import { startWorld } from '../server/world.ts'
import { Client } from './client.ts'
import { FrameProxy } from './frames.ts'
import { deadlineMs } from '../deadline.ts'

const often = { messageBurst: 100_000, messagesPerSecond: 100_000 }
const soon = (check: () => void) => vi.waitFor(check, { timeout: deadlineMs })
const numbered = (count: number): PeerMessage[] => Array.from({ length: count }, (_, index) => candidate('a1.1', index + 1))

/** Ann with a proxy in her way, and Ben without, in one room. */
async function startTwo(socketLimits: object = often) {
  const world = await startWorld({ limits: socketLimits })
  const proxy = await FrameProxy.start(world.server.url)
  const [ann, ben] = [new Client(proxy.url, 'den'), new Client(world.server.url, 'den')]
  onTestFinished(() => {
    for (const one of [ann, ben]) one.dispose()
    proxy.close()
  })
  await ann.enter()
  await ben.enter()
  await soon(() => expect([ann.news('ready'), ben.news('ready')]).toEqual([1, 1]))
  return { world, proxy, ann, ben }
}

/** Whatever was said arrived: so did this, which is said last. */
async function hearsAll(one: Client, said: PeerMessage[]): Promise<void> {
  await soon(() => expect(one.heard.length).toBeGreaterThanOrEqual(said.length))
  expect(one.heard).toEqual(said)
}

test('20 messages for A while A is offline 15 s: A receives exactly 20, in order, once', async () => {
  const { world, ann, ben } = await startTwo()
  ann.unplug()
  await soon(() => expect(ben.news('peer.away')).toBe(1))
  const said = numbered(20)
  for (const message of said) ben.say(message)
  await ben.outbox.settled()
  world.clock.pass(15_000)
  ann.plug()
  await ann.isSeated()
  await hearsAll(ann, said)
  expect(ann.news('resync')).toBe(0)
})

test('server wrote 5 frames into a dead socket before noticing: the same 5 are replayed', async () => {
  const { proxy, ann, ben } = await startTwo()
  const [dead] = proxy.passages
  const written: string[] = []
  proxy.down = (frame, pass, passage) => {
    if (passage !== dead) pass(frame)
    else if (frame.includes('"message"')) written.push(frame)
  }
  const said = numbered(5)
  for (const message of said) ben.say(message)
  await soon(() => expect(written).toHaveLength(5))
  await soon(() => expect(ann.sockets).toHaveLength(2))
  await hearsAll(ann, said)
})

test('gap larger than the mailbox: the server says resync, and then what it still has', async () => {
  const { ann, ben } = await startTwo()
  ann.unplug()
  await soon(() => expect(ben.news('peer.away')).toBe(1))
  const said = numbered(limits.mailboxMessages + 20)
  for (const message of said) {
    ben.say(message)
    await ben.outbox.settled()
  }
  ann.plug()
  await hearsAll(ann, said.slice(-limits.mailboxMessages))
  expect(ann.news('resync')).toBe(1)
  ann.unplug()
  await soon(() => expect(ben.news('peer.away')).toBe(2))
  ann.plug()
  ben.say({ type: 'bye' })
  await hearsAll(ann, [...said.slice(-limits.mailboxMessages), { type: 'bye' }])
  expect(ann.news('resync'), 'said once').toBe(1)
})

test('gap larger than the mailbox: the client renegotiates from the start; the call is not dropped', async () => {
  const world = await startWorld({ limits: often })
  const ether = new Ether()
  const [ann, ben] = [0, 1].map(() => new Tab(world.server.url, 'den', ether).open()) as [Page, Page]
  onTestFinished(() => [ann, ben].forEach((page) => page.dispose()))
  ann.join()
  await ann.waits()
  ben.join()
  await Promise.all([ann.isConnected(), ben.isConnected()])
  const seen = new Set<boolean>()
  for (const { call } of [ann, ben]) call.subscribe((snapshot) => void seen.add(snapshot.matches('connected')))
  const before = ann.call.getSnapshot().context.negotiation

  ann.unplug()
  await ben.knows({ peer: 'away' })
  for (let change = 0; change <= limits.mailboxMessages; change++) {
    ben.microphone.send({ type: change % 2 === 0 ? 'user.muted' : 'user.unmuted' })
    if (change % 50 === 0) await ben.outbox.settled()
  }
  await ben.outbox.settled()
  ann.plug()
  await soon(() => expect(ann.call.getSnapshot().context).toMatchObject({ negotiation: before + 1, asked: null }))
  await soon(() => expect(ann.remoteMedia?.microphone).toBe(false))
  expect(seen).toEqual(new Set([true]))
})

test('the same command twice (its answer was lost): one effect, the same answer', async () => {
  const world = await startWorld()
  const [ann, ben] = [world.person().visit('den'), world.person().visit('den')]
  await ann.joined()
  await ben.joined()
  for (const one of [ann, ben]) await one.hears('ready')
  expect([await ann.say({ type: 'bye' }, 1), await ann.say({ type: 'bye' }, 1)]).toEqual([1, 1])
  expect([await ben.report('flowing'), await ann.report('flowing'), await ann.report('flowing')]).toEqual([undefined, undefined, undefined])
  await ben.hears('message')
  await ben.hears('full')
  expect([await ann.leave(), await ann.leave()]).toEqual([undefined, undefined])
  await ben.hears('peer.left')
  expect(ben.unread).toEqual([])
  expect(await numbersOf(world)).toMatchObject({ duet_repeated_total: 1 })
})

test.each([['before', 0], ['after', 1]] as const)('socket closes while a mutation is in flight, %s it is there: it takes effect exactly once; the caller resolves', async (_, passed) => {
  const { proxy, ann, ben } = await startTwo()
  const [first] = proxy.passages
  proxy.up = (frame, pass, passage) => {
    if (passage !== first || !/room\.(say|report)/.test(frame)) return pass(frame)
    if (passed) pass(frame)
    passage.cutPage()
  }
  ann.say({ type: 'bye' })
  ann.report('flowing')
  await ann.outbox.settled()
  ben.report('flowing')
  await soon(() => expect(ben.news('full')).toBe(1))
  expect(ben.heard).toEqual([{ type: 'bye' }])
  expect(ann.sockets).toHaveLength(2)
})

/** Holds what is given to it for five milliseconds, and then lets everything pass in another order, some of it up to three times. */
function jumble(): (pass: () => void) => void {
  let seed = 7
  const next = (below: number): number => (seed = (seed * 48_271) % 2_147_483_647) % below
  const waiting: (() => void)[] = []
  const shuffle = (): void => {
    while (waiting.length > 0) waiting.splice(next(waiting.length), 1)[0]?.()
  }
  return (pass) => {
    for (let copy = 0; copy <= next(3); copy++) waiting.push(pass)
    setTimeout(shuffle, 5)
  }
}

test('frames duplicated, reordered, towards the server: applied in order of number; duplicates counted, not applied', async () => {
  const { world, proxy, ann, ben } = await startTwo()
  let sent = 0
  const jumbled = jumble()
  proxy.up = (frame, pass) => {
    if (!frame.includes('room.say')) return pass(frame)
    sent += 1
    jumbled(() => pass(frame))
  }
  const said = numbered(100)
  for (const message of said) ann.say(message)
  await ann.outbox.settled()
  await hearsAll(ben, said)
  const figures = await numbersOf(world)
  expect(sent).toBeGreaterThan(100)
  expect(figures.duet_repeated_total).toBeGreaterThan(0)
  expect(figures['duet_refused_total{code="out-of-order"}']).toBeGreaterThan(0)
})

test('frames duplicated, reordered, towards the page: applied in order of number, once, on the same line', async () => {
  const { proxy, ann, ben } = await startTwo()
  const jumbled = jumble()
  proxy.down = (frame, pass) => jumbled(() => pass(frame))
  const said = numbered(100)
  for (const message of said) ben.say(message)
  await hearsAll(ann, said)
  expect(ann.sockets).toHaveLength(1)
})

test('a frame that never comes is asked for by the next line', async () => {
  const { proxy, ann, ben } = await startTwo()
  const said = numbered(5)
  let isLost = false
  proxy.down = (frame, pass) => {
    if (isLost || !frame.includes('"message"')) return pass(frame)
    isLost = true
  }
  for (const message of said) ben.say(message)
  await hearsAll(ann, said)
  expect(ann.sockets).toHaveLength(2)
})
