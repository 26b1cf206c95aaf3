import { afterEach, expect, test } from 'vitest'
import { timers } from '../../machines/protocol/timeouts.ts'
import { Ether } from '../client/webrtc/fakeNetwork.ts'
import { type Page, Tab } from '../client/session/page.ts'
import { startWorld } from '../server/world.ts'
import { FrameProxy, type Passage } from './frames.ts'

const ends: (() => void)[] = []
afterEach(() => ends.splice(0).forEach((end) => end()))

/** A server, a tab that reaches it through a proxy, and one that reaches it without. */
async function startHouse() {
  const world = await startWorld()
  const [proxy, ether] = [await FrameProxy.start(world.server.url), new Ether()]
  const tab = new Tab(proxy.url, 'den', ether)
  const open = (each: Tab): Page => {
    const page = each.open()
    ends.push(() => page.dispose())
    return page
  }
  ends.push(() => proxy.close())
  return { world, proxy, tab, other: new Tab(world.server.url, 'den', ether), open }
}

/** All that the next socket to ask for a seat sends stays on the way, though its page gives it up. */
function holdBack(proxy: FrameProxy) {
  const held: (() => void)[] = []
  let isHolding = true
  let hold: () => void
  const isHeld = new Promise<void>((resolve) => { hold = resolve })
  let first: Passage | null = null
  proxy.up = (frame, pass, passage) => {
    if (isHolding && frame.includes('room.visit')) [first, passage.isKept] = [passage, true]
    if (passage !== first) return pass(frame)
    held.push(() => pass(frame))
    hold()
  }
  const arrive = async (): Promise<void> => {
    await first?.left
    for (const each of held.splice(0)) each()
    first?.end()
  }
  return { isHeld, arrive, letOn: () => { isHolding = false } }
}

test('a page that is loaded anew before the server hears of its first visit has one seat, however late that visit comes', async () => {
  const { world, proxy, tab, other, open } = await startHouse()
  const { isHeld, arrive, letOn } = holdBack(proxy)
  const first = open(tab)
  first.join()
  await isHeld
  first.close()
  letOn()
  const second = open(tab)
  await second.isInside()

  await arrive()
  await world.logged('call refused')
  expect(second.visit.getSnapshot()).toMatchObject({ value: { inside: 'online' }, context: { room: 'created', peer: 'absent' } })
  const friend = open(other)
  friend.join()
  await Promise.all([second.isConnected(), friend.isConnected()])
})

test('a socket that was given up while it asked for the seat, and gets through at last, does not take the seat from the one that has it', async () => {
  const { world, proxy, tab, other, open } = await startHouse()
  const [page, friend] = [open(tab), open(other)]
  page.join()
  friend.join()
  await Promise.all([page.isConnected(), friend.isConnected()])
  const { isHeld, arrive, letOn } = holdBack(proxy)
  page.cut()
  await isHeld
  letOn()
  await expect.poll(() => page.sockets.length).toBe(3)
  await expect.poll(() => page.link.getSnapshot().value).toEqual({ online: 'seated' })

  await arrive()
  await world.logged('call refused')
  await friend.knows({ room: 'full', peer: 'here' })
  expect(page.visit.getSnapshot()).toMatchObject({ value: { inside: 'online' }, context: { room: 'full', peer: 'here' } })
})

test('of a tab that is closed while its page asks for a seat, the seat is not kept for longer than of any that is closed', async () => {
  const { world, proxy, tab, other, open } = await startHouse()
  const friend = open(other)
  friend.join()
  await friend.waits()
  const { isHeld, arrive } = holdBack(proxy)
  const page = open(tab)
  page.join()
  await isHeld
  page.close()
  await arrive()
  await friend.knows({ peer: 'away', page: 'closed' })
  world.clock.pass(timers.graceAfterClose)
  await friend.knows({ room: 'created', peer: 'absent' })
})
