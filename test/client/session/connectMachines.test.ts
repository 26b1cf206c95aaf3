import { setTimeout as sleep } from 'node:timers/promises'
import fc from 'fast-check'
import { afterEach, describe, expect, test } from 'vitest'
import { timeouts } from '../../../machines/protocol/timeouts.ts'
import { startServerFixture, type ServerFixture } from '../../server/serverFixture.ts'
import { FakeNetwork } from '../webrtc/fakeNetwork.ts'
import { type SessionPage, SessionTab } from './sessionPage.ts'

/** Two people at a real server; between their peer connections, a fake network. */
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

/** No third peer connection, and the two that there are know each other. */
function expectOnePair({ network }: Room): void {
  const [one, other, ...more] = network.openPeers
  expect(more).toEqual([])
  expect([one?.partner, other?.partner]).toEqual([other?.name, one?.name])
  expect(one?.connection).toBe(other?.connection)
}

describe('two people', () => {
  test('are connected, the second by the offer that lay waiting', async () => {
    const { first, second, ...house } = await startCall()
    expectOnePair(house)
    expect(house.network.peers.map(({ connection }) => connection)).toEqual(['a1.1', 'a1.1'])
    expect([first, second].map((page) => page.membership.getSnapshot().context.peer)).toEqual([
      'connected',
      'connected',
    ])
  })

  test('are connected when they come in the same moment', async () => {
    const house = await startRoom()
    const [first, second] = [house.page(house.a), house.page(house.b)]
    first.join()
    second.join()
    await Promise.all([first.waitUntilConnected(), second.waitUntilConnected()])
    expectOnePair(house)
  })

  test.each(['first', 'second'] as const)('are connected again when the %s loads the page anew', async (who) => {
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
    'are connected again without a question when the %s loads the page anew, hangs up unheard, and comes back',
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

  test('part when one hangs up; the other hears why, waits, and has the next call with whoever comes', async () => {
    const { first, second, ...house } = await startCall()
    first.call.send({ type: 'user.hungUp' })
    await Promise.all([first.waitUntilLeft('byUser'), second.waitForCall('hangup')])
    expect([first.call, second.call].map((each) => each.getSnapshot().context.reason)).toEqual(['local', 'remote'])
    expect(house.a.token).toBeNull()
    await expect.poll(() => second.membership.getSnapshot().context).toMatchObject({ room: 'created', peer: 'absent' })
    expect(house.network.openPeers).toEqual([])
    second.clock.increment(timeouts.endedScreenTimeMs)
    await second.waitUntilOfferSent()
    first.membership.send({ type: 'user.rejoined' })
    await Promise.all([first.waitUntilConnected(), second.waitUntilConnected()])
    expectOnePair(house)
  })

  test('part when the browser of one cannot go on: the other side reads why until somebody comes', async () => {
    const { first, second } = await startCall()
    first.call.send({ type: 'user.hungUp', reason: 'unsupported' })
    await Promise.all([first.waitUntilLeft('byUser'), second.waitForCall('hangup')])
    await expect.poll(() => second.call.getSnapshot().context.remoteHangupReason).toBe('unsupported')
    await expect.poll(() => second.membership.getSnapshot().context).toMatchObject({ room: 'created', peer: 'absent' })
    second.clock.increment(timeouts.endedScreenTimeMs)
    await second.waitUntilOfferSent()
    expect(second.call.getSnapshot().context.remoteHangupReason).toBe('unsupported')
    first.membership.send({ type: 'user.rejoined' })
    await Promise.all([first.waitUntilConnected(), second.waitUntilConnected()])
    expect(second.call.getSnapshot().context.remoteHangupReason).toBeNull()
  })

  test('do not meet where the browser of the second cannot make a connection: the first reads why, and waits', async () => {
    const house = await startRoom()
    const [first, second] = [house.page(house.a), house.page(house.b)]
    first.join()
    await first.waitUntilOfferSent()
    second.call.subscribe((snapshot) => {
      if (snapshot.matches('answering')) second.call.send({ type: 'user.hungUp', reason: 'unsupported' })
    })
    second.join()
    await second.waitUntilLeft('byUser')
    await first.waitForContext({ room: 'created', peer: 'absent' })
    await first.waitUntilOfferSent()
    expect(first.call.getSnapshot().context.remoteHangupReason).toBe('unsupported')
  })

  test('meet again when one comes back before the other has seen the end', async () => {
    const { first, second, ...house } = await startCall()
    first.call.send({ type: 'user.hungUp' })
    await first.waitUntilLeft('byUser')
    first.membership.send({ type: 'user.rejoined' })
    await second.waitForCall('hangup')
    await first.waitUntilInside()
    second.clock.increment(timeouts.endedScreenTimeMs)
    await Promise.all([first.waitUntilConnected(), second.waitUntilConnected()])
    expectOnePair(house)
  })

  test('are left alone by a third, who hears that the room is full', async () => {
    const { first, second, ...house } = await startCall()
    const third = house.page(new SessionTab(house.server.server.url, 'den', house.network))
    third.join()
    await third.waitUntilLeft('rejected')
    expect(third.membership.getSnapshot().context.code).toBe('full')
    expect(third.signaling.getSnapshot().value).toEqual({ connected: 'idle' })
    expect([first, second].map((page) => page.membership.getSnapshot().context.room)).toEqual(['full', 'full'])
    expectOnePair(house)
  })

  test('know what the other sends, from the beginning and at each change', async () => {
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

describe('devices follow the visit', () => {
  const inside = ['camera', 'microphone']
  const on = (page: SessionPage): string[] => [...page.captured].sort()

  test('from the lobby to the end of the call, and are as they were when one comes back', async () => {
    const { first, second } = await startCall()
    expect(on(second)).toEqual(inside)
    second.microphone.send({ type: 'user.muted' })
    second.screen.send({ type: 'user.switchedOn' })
    expect(on(second)).toEqual([...inside, 'screen'])
    second.call.send({ type: 'user.hungUp' })
    expect(on(second)).toEqual([])
    await second.waitUntilLeft('byUser')
    second.membership.send({ type: 'user.rejoined' })
    await Promise.all([first, second].map((page) => page.waitUntilInside()))
    expect(on(second)).toEqual(inside)
    expect(second.microphone.getSnapshot().value).toEqual({ live: 'muted' })
  })

  test('and a camera that was off stays off', async () => {
    const { second } = await startCall()
    second.camera.send({ type: 'user.switchedOff' })
    second.call.send({ type: 'user.hungUp' })
    second.membership.send({ type: 'user.rejoined' })
    expect(on(second)).toEqual(['microphone'])
  })

  test('of one who is refused, or whose seat is used elsewhere', async () => {
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

  test('of one who stays when the other hangs up, but for the screen: nobody is there to see it', async () => {
    const { first, second } = await startCall()
    second.screen.send({ type: 'user.switchedOn' })
    first.call.send({ type: 'user.hungUp' })
    await second.waitForCall('hangup')
    expect(on(second)).toEqual(inside)
    await expect.poll(() => second.membership.getSnapshot().context.peer).toBe('absent')
    second.clock.increment(timeouts.endedScreenTimeMs)
    first.membership.send({ type: 'user.rejoined' })
    await Promise.all([first.waitUntilConnected(), second.waitUntilConnected()])
    expect([on(second), second.screen.getSnapshot().value]).toEqual([inside, 'off'])
  })

  test('and no lost link or reloaded page of the other', async () => {
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

  test('of a page that the browser keeps for Back are given back while it is kept', async () => {
    const { second } = await startCall()
    second.pageLifecycle.setActive(false)
    second.cutSocket()
    expect(on(second)).toEqual([])
    second.pageLifecycle.setActive(true)
    expect(on(second)).toEqual(inside)
  })
})

describe('a socket that dies', () => {
  test('interrupts no call, and what is said meanwhile arrives', async () => {
    const { first, second, ...house } = await startCall()
    second.cutSocket()
    second.camera.send({ type: 'user.switchedOff' })
    await expect.poll(() => first.remoteMedia?.camera).toBe(false)
    expect(first.call.getSnapshot().value).toEqual({ connected: { flowing: 'stable' } })
    await expect.poll(() => second.membership.getSnapshot().value).toEqual({ joined: 'online' })
    expectOnePair(house)
  })

  test('is given up when it only falls silent', async () => {
    const { second } = await startCall()
    second.sockets.at(-1)?.pause()
    await expect.poll(() => second.sockets.length).toBe(2)
    await expect.poll(() => second.signaling.getSnapshot().value).toEqual({ connected: 'joined' })
    expect(second.call.getSnapshot().value).toEqual({ connected: { flowing: 'stable' } })
  })

  test('is missed before the call tries anything, and one that lives proves it', async () => {
    const { first, second } = await startCall()
    second.sockets.at(-1)?.pause()
    for (const { call } of [first, second]) call.send({ type: 'transport.disconnected' })
    expect([first, second].map(({ call }) => call.getSnapshot().context.signaling)).toEqual(['suspected', 'suspected'])
    await expect.poll(() => first.call.getSnapshot().context.signaling).toBe('up')
    await expect.poll(() => second.sockets.length).toBe(2)
    expect(second.call.getSnapshot().context.recentRestarts).toBe(0)
  })

  test('keeps nobody from being connected, whenever it dies', async () => {
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

  test('is no arrival when the room is full no more meanwhile', async () => {
    const { first, second } = await startCall()
    second.goOffline()
    await first.waitForContext({ peer: 'disconnected' })
    first.signaling.send({ type: 'media.reported', mediaFlow: 'stopped' })
    await first.waitForContext({ room: 'ready' })
    expect(first.call.getSnapshot().context.peer).toBe('disconnected')
  })

  test('for longer than the seat is kept costs the seat, but not the call', async () => {
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
    // The first offers once more, by the connection that there is.
    for (const { call } of [first, second])
      await expect
        .poll(() => call.getSnapshot())
        .toMatchObject({ value: { connected: { flowing: 'stable' } }, context: { connection } })
    expect(seen).toEqual(new Set([true]))
    expectOnePair(house)
  })
})

describe('a stranger', () => {
  /** The server has forgotten the two, whose call goes on, and somebody else sits in one of the seats, or in both, before they are back. */
  async function startForgotten(strangers: 1 | 2) {
    const { first, second, ...house } = await startCall()
    const pair = house.network.openPeers.map(({ name }) => name)
    for (const page of [first, second]) page.goOffline()
    await house.server.waitForLog('socket.closed', 2)
    house.server.clock.advance(timeouts.seatGraceMs)
    const others: SessionPage[] = []
    for (let n = 0; n < strangers; n++) {
      const other = house.page(new SessionTab(house.server.server.url, 'den', house.network))
      others.push(other)
      other.join()
      await other.waitUntilInside()
    }
    for (const page of [first, second].slice(strangers - 1)) {
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
    return { ...house, first, second, others, expectTogether }
  }

  /** Everything that was said has been heard. */
  const isUnseated = (page: SessionPage) =>
    expect.poll(() => page.membership.getSnapshot().value).toEqual({ joined: { withoutSeat: 'waiting' } })

  test('who takes a seat after a restart does not come between the two; the one without a seat stays in the call', async () => {
    const {
      first,
      second,
      others: [stranger],
      expectTogether,
    } = await startForgotten(1)
    await isUnseated(second)
    await expect
      .poll(() => first.call.getSnapshot().context.unauthenticatedPeer?.offer?.connection)
      .toBe(stranger!.call.getSnapshot().context.connection)
    expectTogether()
  })

  test('leaves: the one without a seat gets one at the next request, and the call is as it was', async () => {
    const {
      first,
      second,
      others: [stranger],
      expectTogether,
    } = await startForgotten(1)
    await isUnseated(second)
    stranger!.call.send({ type: 'user.hungUp' })
    await first.waitForContext({ peer: 'absent' })
    second.clock.increment(timeouts.rejoinIntervalMs)
    await expect.poll(() => second.membership.getSnapshot().value).toEqual({ joined: 'online' })
    await first.waitForContext({ room: 'full' })
    expectTogether()
  })

  test.each(['first', 'second'] as const)(
    'and another have both seats: the call goes on, and ends when the %s hangs up',
    async (who) => {
      const { expectTogether: _, ...house } = await startForgotten(2)
      await Promise.all([isUnseated(house.first), isUnseated(house.second)])
      expect(house.first.call.getSnapshot().matches('connected')).toBe(true)
      const [leaver, other] = who === 'first' ? [house.first, house.second] : [house.second, house.first]
      leaver.call.send({ type: 'user.hungUp' })
      await Promise.all([leaver.waitUntilLeft('byUser'), other.waitUntilLeft('rejected')])
      expect(other.call.getSnapshot().context.reason).toBe('remote')
    },
  )

  /** Has the token of one of the two, and so their seat, but not what proves to be them. */
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

  test('with a stolen token is not met before the person says so', async () => {
    const { first, thief } = await startStolen()
    expect(thief.call.getSnapshot().matches('offering')).toBe(true)
    first.call.send({ type: 'user.acceptedPeer' })
    await Promise.all([first.waitUntilConnected(), thief.waitUntilConnected()])
  })

  test('with a stolen token ends a shared screen: none is captured while the person is asked', async () => {
    const { first } = await startStolen()
    expect([...first.captured]).toEqual(['microphone', 'camera'])
  })

  test('with a stolen token never is where the person hangs up', async () => {
    const { first, thief, network: ether } = await startStolen()
    first.call.send({ type: 'user.hungUp' })
    await first.waitUntilLeft('byUser')
    expect(ether.peers.filter(({ partner }) => partner !== null)).toHaveLength(2)
    expect(thief.call.getSnapshot().matches('connected')).toBe(false)
  })
})

describe('a tab that is duplicated', () => {
  test('takes the seat over; the older one falls silent and says why', async () => {
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

describe('a page', () => {
  test('has fetched its ICE servers before anybody joins', async () => {
    const house = await startRoom()
    const page = house.page(house.a)
    await expect.poll(() => page.signaling.getSnapshot().value).toEqual({ connected: 'idle' })
    await expect(page.ice.getServers()).resolves.toEqual([])
  })

  test('that is disposed of leaves nothing open, and its seat for a while', async () => {
    const { first, second, ...house } = await startCall()
    second.dispose()
    await expect.poll(() => second.sockets.map(({ readyState }) => readyState)).toEqual([3])
    await expect.poll(() => first.membership.getSnapshot().context.peer).toBe('disconnected')
    expect(house.network.openPeers).toHaveLength(1)
    expect(house.b.token).not.toBeNull()
  })
})
