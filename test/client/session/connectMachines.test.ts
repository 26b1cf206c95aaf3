import { setTimeout as sleep } from 'node:timers/promises'
import fc from 'fast-check'
import { afterEach, describe, expect, test } from 'vitest'
import { limits } from '../../../machines/protocol/limits.ts'
import { timeouts } from '../../../machines/protocol/timeouts.ts'
import { readMetrics } from '../../server/metricsReader.ts'
import { startServerFixture, type ServerFixture } from '../../server/serverFixture.ts'
import { FakeNetwork } from '../webrtc/fakeNetwork.ts'
import { type SessionPage, SessionTab } from './sessionPage.ts'

/** Two users on a real server, with a fake network between their peer connections. */
interface Room {
  server: ServerFixture
  network: FakeNetwork
  a: SessionTab
  b: SessionTab
  page(tab: SessionTab): SessionPage
}

const pages: SessionPage[] = []
afterEach(() => pages.splice(0).forEach((page) => page.dispose()))

async function startRoom(room = 'den', world?: ServerFixture): Promise<Room> {
  const [network, server] = [new FakeNetwork(), world ?? (await startServerFixture())]
  const page = (tab: SessionTab): SessionPage => {
    const opened = tab.open()
    pages.push(opened)
    return opened
  }
  return {
    server,
    network,
    a: new SessionTab(server.server.url, room, network),
    b: new SessionTab(server.server.url, room, network),
    page,
  }
}

async function startCall() {
  const house = await startRoom()
  const [first, second] = [house.page(house.a), house.page(house.b)]
  first.join()
  await first.waitUntilOfferSent()
  second.join()
  await Promise.all([first.waitUntilConnected(), second.waitUntilConnected()])
  return { ...house, first, second }
}

/** Expects exactly two open peer connections, connected with each other. */
function expectOnePair({ network }: Room): void {
  const [one, other, ...more] = network.openPeers
  expect(more).toEqual([])
  expect([one?.partner, other?.partner]).toEqual([other?.name, one?.name])
  expect(one?.connection).toBe(other?.connection)
}

describe('call of two users', () => {
  test('the second user connects with the offer stored in the mailbox', async () => {
    const { first, second, ...house } = await startCall()
    expectOnePair(house)
    expect(house.network.peers.map(({ connection }) => connection)).toEqual(['a1.1', 'a1.1'])
    expect([first, second].map((page) => page.membership.getSnapshot().context.peer)).toEqual([
      'connected',
      'connected',
    ])
  })

  test('two users who join at once are connected', async () => {
    const house = await startRoom()
    const [first, second] = [house.page(house.a), house.page(house.b)]
    first.join()
    second.join()
    await Promise.all([first.waitUntilConnected(), second.waitUntilConnected()])
    expectOnePair(house)
  })

  test.each(['first', 'second'] as const)('a call reconnects after the %s reloads', async (who) => {
    const { first, second, ...house } = await startCall()
    const [leaver, tab, other] =
      who === 'first' ? ([first, house.a, second] as const) : ([second, house.b, first] as const)
    const token = tab.token
    leaver.close()
    await sleep(30)
    expect(other.call.getSnapshot().value).toEqual({ connected: { flowing: 'stable' } })
    const again = house.page(tab)
    await Promise.all([again.waitUntilConnected(), other.waitUntilConnected()])
    await expect.poll(() => other.call.getSnapshot().value).toEqual({ connected: { flowing: 'stable' } })
    expect(tab.token).not.toBe(token)
    expectOnePair(house)
  })

  test.each(['first', 'second'] as const)(
    'a call reconnects without a prompt after the %s reloads, hangs up unnoticed, and returns',
    async (who) => {
      const { first, second, ...house } = await startCall()
      const [leaver, tab, other] =
        who === 'first' ? ([first, house.a, second] as const) : ([second, house.b, first] as const)
      leaver.close()
      const again = house.page(tab)
      again.leaveAndRejoin()
      await Promise.all([again.waitUntilConnected(), other.waitUntilConnected()])
      expect(other.call.getSnapshot().context.unauthenticatedPeer).toBeNull()
      expectOnePair(house)
    },
  )

  test('after a hang-up both pages leave the room, and can start the next call there', async () => {
    const { first, second, ...house } = await startCall()
    first.membership.send({ type: 'user.hungUp' })
    await Promise.all([first.waitUntilLeft('byUser'), second.waitUntilLeft('byPeer')])
    expect([first.call, second.call].map((each) => each.getSnapshot().context.reason)).toEqual(['local', 'remote'])
    expect([house.a.token, house.b.token]).toEqual([null, null])
    expect([...first.captured, ...second.captured]).toEqual([])
    expect(house.network.openPeers).toEqual([])
    await house.server.waitForLog('holder.left', 2)
    second.membership.send({ type: 'user.rejoined' })
    await second.waitUntilOfferSent()
    first.membership.send({ type: 'user.rejoined' })
    await Promise.all([first.waitUntilConnected(), second.waitUntilConnected()])
    expectOnePair(house)
  })

  test('a call that one browser cannot continue shows the reason to the peer until it joins again', async () => {
    const { first, second } = await startCall()
    first.call.send({ type: 'connection.failed', message: '' })
    first.call.send({ type: 'messages.lost' })
    expect(first.call.getSnapshot().value).toEqual({ connected: 'recreating' })
    first.membership.send({ type: 'user.hungUp', reason: 'unsupported' })
    await Promise.all([first.waitUntilLeft('byUser'), second.waitUntilLeft('byPeer')])
    expect(second.call.getSnapshot().context).toMatchObject({ reason: 'remote', remoteHangupReason: 'unsupported' })
    second.membership.send({ type: 'user.rejoined' })
    await second.waitUntilOfferSent()
    expect(second.call.getSnapshot().context.remoteHangupReason).toBeNull()
  })

  test('a call that never connects is reported to the server once, and so is an unsupported browser', async () => {
    const { server, page, a, b } = await startRoom()
    const [first, second] = [page(a), page(b)]
    first.join()
    await first.waitUntilOfferSent()
    for (let attempt = 0; attempt < limits.connectAttempts; attempt++) first.call.send({ type: 'transport.failed' })
    await expect.poll(() => readMetrics(server)).toMatchObject({ 'duet_call_failures_total{reason="failed"}': 1 })
    second.join()
    await second.waitUntilInside()
    second.membership.send({ type: 'user.hungUp', reason: 'unsupported' })
    await expect
      .poll(() => readMetrics(server))
      .toMatchObject({
        'duet_call_failures_total{reason="failed"}': 1,
        'duet_call_failures_total{reason="lost"}': 0,
        'duet_call_failures_total{reason="unsupported"}': 1,
      })
  })

  test('a second user with an unsupported browser starts no call, and the first sees the reason', async () => {
    const house = await startRoom()
    const [first, second] = [house.page(house.a), house.page(house.b)]
    first.join()
    await first.waitUntilOfferSent()
    second.call.subscribe((snapshot) => {
      if (snapshot.matches('answering')) second.membership.send({ type: 'user.hungUp', reason: 'unsupported' })
    })
    second.join()
    await second.waitUntilLeft('byUser')
    await expect.poll(() => first.call.getSnapshot().context.remoteHangupReason).toBe('unsupported')
    await first.waitForContext({ room: 'created', peer: 'absent' })
    await first.waitUntilOfferSent()
  })

  test('a page without signaling leaves when the peer hangs up, and its seat is free again after it joins', async () => {
    const { first, second, ...house } = await startCall()
    second.goOffline()
    await first.waitForContext({ peer: 'disconnected' })
    first.membership.send({ type: 'user.hungUp' })
    await Promise.all([first.waitUntilLeft('byUser'), second.waitUntilLeft('byPeer')])
    expect([...second.captured]).toEqual([])
    second.goOnline()
    for (const page of [first, second]) page.membership.send({ type: 'user.rejoined' })
    await Promise.all([first.waitUntilConnected(), second.waitUntilConnected()])
    expectOnePair(house)
  })

  test('a user who rejoins before the peer has seen the hang-up waits until the peer calls again', async () => {
    const { first, second, ...house } = await startCall()
    first.membership.send({ type: 'user.hungUp' })
    await first.waitUntilLeft('byUser')
    first.membership.send({ type: 'user.rejoined' })
    await second.waitUntilLeft('byPeer')
    await first.waitUntilInside()
    second.membership.send({ type: 'user.rejoined' })
    await Promise.all([first.waitUntilConnected(), second.waitUntilConnected()])
    expectOnePair(house)
  })

  test('a third visitor is rejected as full and does not disturb the call', async () => {
    const { first, second, ...house } = await startCall()
    const third = house.page(new SessionTab(house.server.server.url, 'den', house.network))
    third.join()
    await third.waitUntilLeft('rejected')
    expect(third.membership.getSnapshot().context.code).toBe('full')
    expect(third.signaling.getSnapshot().value).toEqual({ connected: { idle: 'visiting' } })
    expect([first, second].map((page) => page.membership.getSnapshot().context.room)).toEqual(['full', 'full'])
    expectOnePair(house)
  })

  test('each side knows the media state of its peer from the start and after each change', async () => {
    const { first, second } = await startCall()
    await expect.poll(() => first.remoteMedia).toEqual({ microphone: true, camera: true, screen: false })
    second.camera.send({ type: 'user.switchedOff' })
    second.microphone.send({ type: 'user.muted' })
    await expect.poll(() => first.remoteMedia).toEqual({ microphone: false, camera: false, screen: false })
    second.screen.send({ type: 'user.switchedOn' })
    await expect.poll(() => first.remoteMedia?.screen).toBe(true)
    first.microphone.send({ type: 'user.muted' })
    await expect.poll(() => second.remoteMedia?.microphone).toBe(false)
  })
})

describe('capture of devices', () => {
  const inside = ['camera', 'microphone']
  const on = (page: SessionPage): string[] => [...page.captured].sort()

  test('devices are captured from the lobby to the hang-up and restored after a rejoin', async () => {
    const { first, second } = await startCall()
    expect(on(second)).toEqual(inside)
    second.microphone.send({ type: 'user.muted' })
    second.screen.send({ type: 'user.switchedOn' })
    expect(on(second)).toEqual([...inside, 'screen'])
    second.membership.send({ type: 'user.hungUp' })
    expect(on(second)).toEqual([])
    await Promise.all([second.waitUntilLeft('byUser'), first.waitUntilLeft('byPeer')])
    for (const page of [first, second]) page.membership.send({ type: 'user.rejoined' })
    await Promise.all([first, second].map((page) => page.waitUntilInside()))
    expect(on(second)).toEqual(inside)
    expect(second.microphone.getSnapshot().value).toEqual({ live: 'muted' })
  })

  test('a camera that was off stays off after a rejoin', async () => {
    const { second } = await startCall()
    second.camera.send({ type: 'user.switchedOff' })
    second.membership.send({ type: 'user.hungUp' })
    second.membership.send({ type: 'user.rejoined' })
    expect(on(second)).toEqual(['microphone'])
  })

  test('devices are released when the join is rejected or the seat is replaced', async () => {
    const { second, ...house } = await startCall()
    const third = house.page(new SessionTab(house.server.server.url, 'den', house.network))
    expect(on(third)).toEqual(inside)
    third.join()
    await third.waitUntilLeft('rejected')
    expect(on(third)).toEqual([])
    house.page(house.b.duplicate())
    await second.waitUntilLeft('replaced')
    expect(on(second)).toEqual([])
  })

  test('a hang-up by the peer releases every device, and a shared screen stays off in the next call', async () => {
    const { first, second } = await startCall()
    second.screen.send({ type: 'user.switchedOn' })
    first.membership.send({ type: 'user.hungUp' })
    await second.waitUntilLeft('byPeer')
    expect(on(second)).toEqual([])
    second.membership.send({ type: 'user.rejoined' })
    first.membership.send({ type: 'user.rejoined' })
    await Promise.all([first.waitUntilConnected(), second.waitUntilConnected()])
    expect([on(second), second.screen.getSnapshot().value]).toEqual([inside, 'off'])
  })

  test('a lost socket or a reload of the peer does not release devices', async () => {
    const { first, second, ...house } = await startCall()
    second.screen.send({ type: 'user.switchedOn' })
    second.goOffline()
    await first.waitForContext({ peer: 'disconnected' })
    first.close()
    expect(on(first)).toEqual([])
    second.goOnline()
    await Promise.all([house.page(house.a).waitUntilConnected(), second.waitUntilConnected()])
    expect(on(second)).toEqual([...inside, 'screen'])
  })

  test('devices are released while the page is in the back/forward cache', async () => {
    const { second } = await startCall()
    second.pageLifecycle.setActive(false)
    second.cutSocket()
    expect(on(second)).toEqual([])
    second.pageLifecycle.setActive(true)
    expect(on(second)).toEqual(inside)
  })
})

describe('loss of the socket', () => {
  test('a socket loss does not interrupt the call, and queued messages arrive later', async () => {
    const { first, second, ...house } = await startCall()
    second.cutSocket()
    second.camera.send({ type: 'user.switchedOff' })
    await expect.poll(() => first.remoteMedia?.camera).toBe(false)
    expect(first.call.getSnapshot().value).toEqual({ connected: { flowing: 'stable' } })
    await expect.poll(() => second.membership.getSnapshot().value).toEqual({ joined: 'online' })
    expectOnePair(house)
  })

  test('a silent socket is closed and replaced', async () => {
    const { second } = await startCall()
    second.sockets.at(-1)?.pause()
    await expect.poll(() => second.sockets.length).toBe(2)
    await expect.poll(() => second.signaling.getSnapshot().value).toEqual({ connected: 'joined' })
    expect(second.call.getSnapshot().value).toEqual({ connected: { flowing: 'stable' } })
  })

  test('a disconnected transport probes the socket before an ICE restart', async () => {
    const { first, second } = await startCall()
    second.sockets.at(-1)?.pause()
    for (const { call } of [first, second]) call.send({ type: 'transport.disconnected' })
    expect([first, second].map(({ call }) => call.getSnapshot().context.signaling)).toEqual(['suspected', 'suspected'])
    await expect.poll(() => first.call.getSnapshot().context.signaling).toBe('up')
    await expect.poll(() => second.sockets.length).toBe(2)
    expect(second.call.getSnapshot().context.recentRestarts).toBe(0)
  })

  test('a socket loss at any moment does not prevent the call', async () => {
    const world = await startServerFixture({ limits: { messageBurst: 10_000, messagesPerSecond: 10_000 } })
    let round = 0
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(fc.nat(6), fc.boolean()), { maxLength: 4 }), async (cuts) => {
        const house = await startRoom(`round-${++round}`, world)
        const [first, second] = [house.page(house.a), house.page(house.b)]
        first.join()
        second.join()
        for (const [milliseconds, isFirst] of cuts) {
          await sleep(milliseconds)
          ;(isFirst ? first : second).cutSocket()
        }
        await Promise.all([first.waitUntilConnected(), second.waitUntilConnected()])
        expectOnePair(house)
        for (const page of pages.splice(0)) page.dispose()
      }),
      { numRuns: 40 },
    )
  })

  test('a reconnect is not an arrival, although the room was not full meanwhile', async () => {
    const { first, second } = await startCall()
    second.goOffline()
    await first.waitForContext({ peer: 'disconnected' })
    first.signaling.send({ type: 'media.reported', mediaFlow: 'stopped' })
    await first.waitForContext({ room: 'ready' })
    expect(first.call.getSnapshot().context.peer).toBe('disconnected')
  })

  test('a socket loss longer than the grace period costs the seat, but not the call', async () => {
    const { first, second, ...house } = await startCall()
    const { connection } = first.call.getSnapshot().context
    const seen = new Set<boolean>()
    for (const { call } of [first, second])
      call.subscribe((snapshot) => void seen.add(snapshot.matches({ connected: 'flowing' })))
    second.goOffline()
    await house.server.waitForLog('socket.closed')
    house.server.clock.advance(timeouts.seatGraceMs)
    await expect.poll(() => first.membership.getSnapshot().context).toMatchObject({ room: 'created', peer: 'absent' })
    for (const { call } of [first, second])
      expect(call.getSnapshot().value).toEqual({ connected: { flowing: 'stable' } })
    second.goOnline()
    await expect
      .poll(() => [first, second].map(({ membership: visit }) => visit.getSnapshot().context.room))
      .toEqual(['full', 'full'])
    // The first side offers again on the existing connection.
    for (const { call } of [first, second])
      await expect
        .poll(() => call.getSnapshot())
        .toMatchObject({ value: { connected: { flowing: 'stable' } }, context: { connection } })
    expect(seen).toEqual(new Set([true]))
    expectOnePair(house)
  })
})

describe('visitor without proof', () => {
  /**
   * The server has lost both seats while the call continues. Other visitors take one seat or both before the two are
   * back.
   */
  async function startForgotten(visitorCount: 1 | 2) {
    const { first, second, ...house } = await startCall()
    const pair = house.network.openPeers.map(({ name }) => name)
    for (const page of [first, second]) page.goOffline()
    await house.server.waitForLog('socket.closed', 2)
    house.server.clock.advance(timeouts.seatGraceMs)
    const others: SessionPage[] = []
    for (let n = 0; n < visitorCount; n++) {
      const other = house.page(new SessionTab(house.server.server.url, 'den', house.network))
      others.push(other)
      other.join()
      await other.waitUntilInside()
    }
    for (const page of [first, second].slice(visitorCount - 1)) {
      page.goOnline()
      await expect
        .poll(
          () =>
            page.membership.getSnapshot().matches({ joined: 'online' }) ||
            page.membership.getSnapshot().matches({ joined: 'withoutSeat' }),
        )
        .toBe(true)
    }
    for (const page of [first, second]) page.goOnline()
    const expectTogether = (): void => {
      for (const { call } of [first, second]) expect(call.getSnapshot().matches({ connected: 'flowing' })).toBe(true)
      const [one, other] = house.network.openPeers.filter(({ name }) => pair.includes(name))
      expect([one?.partner, other?.partner]).toEqual([other?.name, one?.name])
      for (const peer of house.network.openPeers) if (!pair.includes(peer.name)) expect(peer.partner).toBeNull()
    }
    return { ...house, first, second, outsider: others[0]!, expectTogether }
  }

  /** All messages have been handled. */
  const isUnseated = (page: SessionPage) =>
    expect.poll(() => page.membership.getSnapshot().value).toEqual({ joined: { withoutSeat: 'waiting' } })

  test('a visitor who takes a seat after a restart does not end the call of a side without a seat', async () => {
    const { first, second, outsider, expectTogether } = await startForgotten(1)
    await isUnseated(second)
    await expect
      .poll(() => first.call.getSnapshot().context.unauthenticatedPeer?.offer?.connection)
      .toBe(outsider.call.getSnapshot().context.connection)
    expectTogether()
  })

  test('after the visitor leaves, the side without a seat gets one and the call continues', async () => {
    const { first, second, outsider, expectTogether } = await startForgotten(1)
    await isUnseated(second)
    outsider.membership.send({ type: 'user.hungUp' })
    await first.waitForContext({ peer: 'absent' })
    second.clock.increment(timeouts.rejoinIntervalMs)
    await expect.poll(() => second.membership.getSnapshot().value).toEqual({ joined: 'online' })
    await first.waitForContext({ room: 'full' })
    expectTogether()
  })

  test('a side without a seat that gets one while its transport is lost stays and is connected again', async () => {
    const { first, second, outsider } = await startForgotten(1)
    await isUnseated(second)
    outsider.membership.send({ type: 'user.hungUp' })
    await first.waitForContext({ peer: 'absent' })
    second.call.send({ type: 'transport.disconnected' })
    expect(second.call.getSnapshot().value).toEqual({ connected: 'stalled' })
    second.clock.increment(timeouts.rejoinIntervalMs)
    await first.waitForContext({ peer: 'connected' })
    await Promise.all([first.waitUntilConnected(), second.waitUntilConnected()])
    expect(second.membership.getSnapshot().value).toEqual({ joined: 'online' })
  })

  test.each(['first', 'second'] as const)(
    'two visitors take both seats: the call continues until the %s hangs up',
    async (who) => {
      const { expectTogether: _, ...house } = await startForgotten(2)
      await Promise.all([isUnseated(house.first), isUnseated(house.second)])
      expect(house.first.call.getSnapshot().matches('connected')).toBe(true)
      const [leaver, other] = who === 'first' ? [house.first, house.second] : [house.second, house.first]
      leaver.membership.send({ type: 'user.hungUp' })
      await Promise.all([leaver.waitUntilLeft('byUser'), other.waitUntilLeft('rejected')])
      expect(other.call.getSnapshot().context.reason).toBe('remote')
    },
  )

  /** A thief has the token of one side, and so its seat, but not its secrets. */
  async function startStolen() {
    const { first, second, ...house } = await startCall()
    const tab = new SessionTab(house.server.server.url, 'den', house.network)
    tab.seatStorage.setToken(house.b.token!)
    first.screen.send({ type: 'user.switchedOn' })
    expect(first.captured).toContain('screen')
    const thief = house.page(tab)
    await second.waitUntilLeft('replaced')
    await expect.poll(() => first.call.getSnapshot().context.unauthenticatedPeer).not.toBeNull()
    house.network.openPeers.find(({ name }) => name !== thiefOf(house.network)?.name)?.fail()
    await expect.poll(() => first.call.getSnapshot().value).toBe('unauthenticatedPeer')
    return { ...house, first, thief }
  }
  const thiefOf = ({ openPeers: open }: FakeNetwork) => open.find(({ partner }) => partner === null)

  test('a visitor with a stolen token is connected only after the user accepts', async () => {
    const { first, thief } = await startStolen()
    expect(thief.call.getSnapshot().matches('offering')).toBe(true)
    first.call.send({ type: 'user.acceptedPeer' })
    await Promise.all([first.waitUntilConnected(), thief.waitUntilConnected()])
  })

  test('a visitor with a stolen token stops screen capture until the user decides', async () => {
    const { first } = await startStolen()
    expect([...first.captured]).toEqual(['microphone', 'camera'])
  })

  test('a visitor with a stolen token is not connected if the user hangs up', async () => {
    const { first, thief, network: ether } = await startStolen()
    first.membership.send({ type: 'user.hungUp' })
    await first.waitUntilLeft('byUser')
    expect(ether.peers.filter(({ partner }) => partner !== null)).toHaveLength(2)
    expect(thief.call.getSnapshot().matches('connected')).toBe(false)
  })
})

describe('duplicated tab', () => {
  test('a duplicated tab takes over the seat, and the older one shows that it was replaced', async () => {
    const { first, second, ...house } = await startCall()
    const copy = house.page(house.b.duplicate())
    await Promise.all([second.waitUntilLeft('replaced'), copy.waitUntilConnected(), first.waitUntilConnected()])
    expect(second.call.getSnapshot().context.reason).toBe('replaced')
    expect(second.signaling.getSnapshot().value).toBe('idle')
    expect(house.b.token).toBeNull()
    await expect.poll(() => first.call.getSnapshot().value).toEqual({ connected: { flowing: 'stable' } })
    expectOnePair(house)
    second.membership.send({ type: 'user.rejoined' })
    await Promise.all([copy.waitUntilLeft('replaced'), second.waitUntilConnected()])
  })
})

describe('page', () => {
  test('a page fetches its ICE servers before the user joins', async () => {
    const house = await startRoom()
    const page = house.page(house.a)
    await expect.poll(() => page.signaling.getSnapshot().value).toEqual({ connected: { idle: 'visiting' } })
    await expect(page.ice.getServers()).resolves.toEqual([])
  })

  test('a disposed page closes everything and keeps its seat for the grace period', async () => {
    const { first, second, ...house } = await startCall()
    second.dispose()
    await expect.poll(() => second.sockets.map(({ readyState }) => readyState)).toEqual([3])
    await expect.poll(() => first.membership.getSnapshot().context.peer).toBe('disconnected')
    expect(house.network.openPeers).toHaveLength(1)
    expect(house.b.token).not.toBeNull()
  })
})
