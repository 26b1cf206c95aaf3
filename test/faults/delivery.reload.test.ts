import { afterEach, expect, test } from 'vitest'
import { timeouts } from '../../machines/protocol/timeouts.ts'
import { FakeNetwork } from '../client/webrtc/fakeNetwork.ts'
import { type SessionPage, SessionTab } from '../client/session/sessionPage.ts'
import { startServerFixture } from '../server/serverFixture.ts'
import { FrameProxy, type ProxiedConnection } from '../browser/frameProxy.ts'

const ends: (() => void)[] = []
afterEach(() => ends.splice(0).forEach((end) => end()))

/** A server, a tab that reaches it through a proxy, and a tab that connects directly. */
async function startTabs() {
  const fixture = await startServerFixture()
  const [proxy, ether] = [await FrameProxy.start(fixture.server.url), new FakeNetwork()]
  const tab = new SessionTab(proxy.url, 'den', ether)
  const open = (each: SessionTab): SessionPage => {
    const page = each.open()
    ends.push(() => page.dispose())
    return page
  }
  ends.push(() => void proxy.close())
  return { fixture, proxy, tab, other: new SessionTab(fixture.server.url, 'den', ether), open }
}

/** Holds all frames of the next socket that sends a join, even after the page has closed it. */
function holdNextJoin(proxy: FrameProxy) {
  const held: (() => void)[] = []
  let isHolding = true
  let hold: () => void
  const isHeld = new Promise<void>((resolve) => {
    hold = resolve
  })
  let first: ProxiedConnection | null = null
  proxy.up = (frame, pass, passage) => {
    if (isHolding && frame.includes('room.join')) [first, passage.keepsServerSocket] = [passage, true]
    if (passage !== first) return pass(frame)
    held.push(() => pass(frame))
    hold()
  }
  const arrive = async (): Promise<void> => {
    await first?.pageClosed
    for (const each of held.splice(0)) each()
    first?.closeServerSocket()
  }
  return {
    isHeld,
    arrive,
    letOn: () => {
      isHolding = false
    },
  }
}

test('a page that reloads before its first join arrives has one seat, however late that join arrives', async () => {
  const { fixture, proxy, tab, other, open } = await startTabs()
  const { isHeld, arrive, letOn } = holdNextJoin(proxy)
  const first = open(tab)
  first.join()
  await isHeld
  first.close()
  letOn()
  const second = open(tab)
  await second.waitUntilInside()

  await arrive()
  await fixture.waitForLog('procedure rejected')
  expect(second.membership.getSnapshot()).toMatchObject({
    value: { joined: 'online' },
    context: { room: 'created', peer: 'absent' },
  })
  const friend = open(other)
  friend.join()
  await Promise.all([second.waitUntilConnected(), friend.waitUntilConnected()])
})

test('the delayed join of an abandoned socket does not take the seat from its current socket', async () => {
  const { fixture, proxy, tab, other, open } = await startTabs()
  const [page, friend] = [open(tab), open(other)]
  page.join()
  friend.join()
  await Promise.all([page.waitUntilConnected(), friend.waitUntilConnected()])
  const { isHeld, arrive, letOn } = holdNextJoin(proxy)
  page.cutSocket()
  await isHeld
  letOn()
  await expect.poll(() => page.sockets.length).toBe(3)
  await expect.poll(() => page.signaling.getSnapshot().value).toEqual({ connected: 'joined' })

  await arrive()
  await fixture.waitForLog('procedure rejected')
  await friend.waitForContext({ room: 'full', peer: 'connected' })
  expect(page.membership.getSnapshot()).toMatchObject({
    value: { joined: 'online' },
    context: { room: 'full', peer: 'connected' },
  })
})

test('a tab that closes during its join frees its seat as early as any closed tab', async () => {
  const { fixture, proxy, tab, other, open } = await startTabs()
  const friend = open(other)
  friend.join()
  await friend.waitUntilOfferSent()
  const { isHeld, arrive } = holdNextJoin(proxy)
  const page = open(tab)
  page.join()
  await isHeld
  page.close()
  await arrive()
  await friend.waitForContext({ peer: 'disconnected', peerPage: 'closed' })
  fixture.clock.advance(timeouts.seatGraceAfterCloseMs)
  await friend.waitForContext({ room: 'created', peer: 'absent' })
})
