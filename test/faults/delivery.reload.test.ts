import { afterEach, expect, test } from 'vitest'
import { Ether } from '../client/ether.ts'
import { type Page, Tab } from '../client/page.ts'
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

/** What the first page sends with its seat in mind stays on the way, though the page goes. */
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
  const arrive = (): void => {
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

  arrive()
  await world.logged('call refused')
  expect(second.visit.getSnapshot()).toMatchObject({ value: { inside: 'online' }, context: { room: 'created', peer: 'absent' } })
  const friend = open(other)
  friend.join()
  await Promise.all([second.isConnected(), friend.isConnected()])
})
