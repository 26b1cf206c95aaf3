import { expect, onTestFinished, test, vi } from 'vitest'
import { limits } from '../../machines/protocol/limits.ts'
import type { PeerMessage } from '../../machines/protocol/messages.ts'
import { FrameProxy } from '../browser/frameProxy.ts'
import { FakeNetwork } from '../client/webrtc/fakeNetwork.ts'
import { type SessionPage, SessionTab } from '../client/session/sessionPage.ts'
import { shortPingTimeouts, SignalingTestClient } from '../client/signaling/signalingTestClient.ts'
import { readMetrics } from '../server/metricsReader.ts'
import { candidate } from '../server/testClient.ts'
import { startServerFixture } from '../server/serverFixture.ts'
import { deadlineMs } from '../deadline.ts'

const relaxedLimits = { messageBurst: 100_000, messagesPerSecond: 100_000 }
const waitFor = (check: () => void) => vi.waitFor(check, { timeout: deadlineMs })
const createMessages = (count: number): PeerMessage[] =>
  Array.from({ length: count }, (_, index) => candidate('a1.1', index + 1))

/** Ann behind a proxy, and Ben without one, in one room. */
async function startPair(socketLimits: object = relaxedLimits) {
  const fixture = await startServerFixture({ limits: socketLimits })
  const proxy = await FrameProxy.start(fixture.server.url)
  const [ann, ben] = [proxy.url, fixture.server.url].map(
    (url) => new SignalingTestClient(url, 'den', { pingTimeouts: shortPingTimeouts }),
  ) as [SignalingTestClient, SignalingTestClient]
  onTestFinished(() => {
    for (const one of [ann, ben]) one.stop()
    return proxy.close()
  })
  await ann.join()
  await ben.join()
  await waitFor(() => expect([ann.countEvents('ready'), ben.countEvents('ready')]).toEqual([1, 1]))
  return { fixture, proxy, ann, ben }
}

/** Waits until all messages have arrived: sends a last one and waits for it. */
async function expectAllReceived(one: SignalingTestClient, sent: PeerMessage[]): Promise<void> {
  await waitFor(() => expect(one.receivedMessages.length).toBeGreaterThanOrEqual(sent.length))
  expect(one.receivedMessages).toEqual(sent)
}

test('20 messages sent during 15 s offline arrive exactly once, in order', async () => {
  const { fixture, ann, ben } = await startPair()
  ann.goOffline()
  await waitFor(() => expect(ben.countEvents('peer.disconnected')).toBe(1))
  const sent = createMessages(20)
  for (const message of sent) ben.sendMessage(message)
  await ben.outbox.whenEmpty()
  fixture.clock.advance(15_000)
  ann.goOnline()
  await ann.waitUntilJoined()
  await expectAllReceived(ann, sent)
  expect(ann.countEvents('resync')).toBe(0)
})

test('5 frames written to a dead socket are replayed on the next connection', async () => {
  const { proxy, ann, ben } = await startPair()
  const [dead] = proxy.connections
  const written: string[] = []
  proxy.down = (frame, pass, passage) => {
    if (passage !== dead) pass(frame)
    else if (frame.includes('"message"')) written.push(frame)
  }
  const sent = createMessages(5)
  for (const message of sent) ben.sendMessage(message)
  await waitFor(() => expect(written).toHaveLength(5))
  await waitFor(() => expect(ann.sockets).toHaveLength(2))
  await expectAllReceived(ann, sent)
})

test('after a gap larger than the mailbox the server sends resync and the remaining events', async () => {
  const { ann, ben } = await startPair()
  ann.goOffline()
  await waitFor(() => expect(ben.countEvents('peer.disconnected')).toBe(1))
  const sent = createMessages(limits.mailboxMessages + 20)
  for (const message of sent) {
    ben.sendMessage(message)
    await ben.outbox.whenEmpty()
  }
  ann.goOnline()
  await expectAllReceived(ann, sent.slice(-limits.mailboxMessages))
  expect(ann.countEvents('resync')).toBe(1)
  ann.goOffline()
  await waitFor(() => expect(ben.countEvents('peer.disconnected')).toBe(2))
  ann.goOnline()
  ben.sendMessage({ type: 'hangup' })
  await expectAllReceived(ann, [...sent.slice(-limits.mailboxMessages), { type: 'hangup' }])
  expect(ann.countEvents('resync'), 'sent once').toBe(1)
})

test('after a gap larger than the mailbox the client renegotiates and keeps the call', async () => {
  const fixture = await startServerFixture({ limits: relaxedLimits })
  const ether = new FakeNetwork()
  const [ann, ben] = [0, 1].map(() => new SessionTab(fixture.server.url, 'den', ether).open()) as [
    SessionPage,
    SessionPage,
  ]
  onTestFinished(() => [ann, ben].forEach((page) => page.dispose()))
  ann.join()
  await ann.waitUntilOfferSent()
  ben.join()
  await Promise.all([ann.waitUntilConnected(), ben.waitUntilConnected()])
  const seen = new Set<boolean>()
  for (const { call } of [ann, ben]) call.subscribe((snapshot) => void seen.add(snapshot.matches('connected')))
  const before = ann.call.getSnapshot().context.negotiation

  ann.goOffline()
  await ben.waitForContext({ peer: 'disconnected' })
  for (let change = 0; change <= limits.mailboxMessages; change++) {
    ben.microphone.send({ type: change % 2 === 0 ? 'user.muted' : 'user.unmuted' })
    if (change % 50 === 0) await ben.outbox.whenEmpty()
  }
  await ben.outbox.whenEmpty()
  ann.goOnline()
  await waitFor(() =>
    expect(ann.call.getSnapshot().context).toMatchObject({ negotiation: before + 1, pendingNegotiation: null }),
  )
  await waitFor(() => expect(ann.remoteMedia?.microphone).toBe(false))
  expect(seen).toEqual(new Set([true]))
})

test('a command that is repeated after a lost answer has one effect and the same answer', async () => {
  const fixture = await startServerFixture()
  const [ann, ben] = [fixture.newClient().join('den'), fixture.newClient().join('den')]
  await ann.joined()
  await ben.joined()
  for (const one of [ann, ben]) await one.expectEvent('ready')
  expect([await ann.send({ type: 'hangup' }, 1), await ann.send({ type: 'hangup' }, 1)]).toEqual([1, 1])
  expect([
    await ben.reportMedia('flowing'),
    await ann.reportMedia('flowing'),
    await ann.reportMedia('flowing'),
  ]).toEqual([undefined, undefined, undefined])
  await ben.expectEvent('message')
  await ben.expectEvent('full')
  expect([await ann.leave(), await ann.leave()]).toEqual([undefined, undefined])
  await ben.expectEvent('peer.left')
  expect(ben.unread).toEqual([])
  expect(await readMetrics(fixture)).toMatchObject({ duet_duplicate_messages_total: 1 })
})

test.each([
  ['before', 0],
  ['after', 1],
] as const)(
  'a mutation in flight takes effect exactly once and resolves if the socket closes %s it arrives',
  async (_, passed) => {
    const { proxy, ann, ben } = await startPair()
    const [first] = proxy.connections
    proxy.up = (frame, pass, passage) => {
      if (passage !== first || !/room\.(send|reportMedia)/.test(frame)) return pass(frame)
      if (passed) pass(frame)
      passage.cutPageSocket()
    }
    ann.sendMessage({ type: 'hangup' })
    ann.reportMedia('flowing')
    await ann.outbox.whenEmpty()
    ben.reportMedia('flowing')
    await waitFor(() => expect(ben.countEvents('full')).toBe(1))
    expect(ben.receivedMessages).toEqual([{ type: 'hangup' }])
    expect(ann.sockets).toHaveLength(2)
  },
)

/** Collects frames for five milliseconds and then delivers them in random order, some up to three times. */
function createShuffler(): (pass: () => void) => void {
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

test('duplicated and reordered frames to the server are applied once, in order, and counted', async () => {
  const { fixture, proxy, ann, ben } = await startPair()
  let sentFrames = 0
  const jumbled = createShuffler()
  proxy.up = (frame, pass) => {
    if (!frame.includes('room.send')) return pass(frame)
    sentFrames += 1
    jumbled(() => pass(frame))
  }
  const sent = createMessages(100)
  for (const message of sent) ann.sendMessage(message)
  await ann.outbox.whenEmpty()
  await expectAllReceived(ben, sent)
  const figures = await readMetrics(fixture)
  expect(sentFrames).toBeGreaterThan(100)
  expect(figures.duet_duplicate_messages_total).toBeGreaterThan(0)
  expect(figures['duet_api_errors_total{code="out-of-order"}']).toBeGreaterThan(0)
})

test('duplicated and reordered frames to the page are applied once and in order, on the same connection', async () => {
  const { proxy, ann, ben } = await startPair()
  const jumbled = createShuffler()
  proxy.down = (frame, pass) => jumbled(() => pass(frame))
  const sent = createMessages(100)
  for (const message of sent) ben.sendMessage(message)
  await expectAllReceived(ann, sent)
  expect(ann.sockets).toHaveLength(1)
})

test('a lost frame is requested on the next connection', async () => {
  const { proxy, ann, ben } = await startPair()
  const sent = createMessages(5)
  let isLost = false
  proxy.down = (frame, pass) => {
    if (isLost || !frame.includes('"message"')) return pass(frame)
    isLost = true
  }
  for (const message of sent) ben.sendMessage(message)
  await expectAllReceived(ann, sent)
  expect(ann.sockets).toHaveLength(2)
})
