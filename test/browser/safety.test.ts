import { describe, expect } from 'vitest'
import { needs } from '../needs.ts'
import type { ChromiumTab } from './chromium.ts'
import { expectCall, type Guest } from './guest.ts'
import { House } from './house.ts'
import { forge, sitBetween, watchForTurn } from './middle.ts'

const test = needs('chromium', 'firefox')
const house = new House()

/** What the button says of the code. */
const state = (guest: Guest): Promise<string | undefined> => guest.tab.run(() => document.querySelector<HTMLElement>('[data-safety]')?.dataset.safety, null)
const becomes = (guest: Guest, wanted: string) => expect.poll(() => state(guest)).toBe(wanted)

/** The names under the pictures, as soon as they are to be seen. */
async function code(guest: Guest): Promise<string[]> {
  const names = () => guest.tab.run(() => [...document.querySelectorAll(':popover-open ol .name')].map(({ textContent }) => textContent ?? ''), null)
  await expect.poll(async () => (await names()).filter((name) => name !== '').length).toBe(7)
  return names()
}

async function connect(ann: Guest, ben: Guest): Promise<void> {
  const room = house.newRoom()
  await ann.join(room)
  await ann.becomes({ room: 'created' })
  await ben.join(room)
  await Promise.all([ann, ben].map((guest) => guest.becomes({ call: 'connected' })))
}

const closePanel = (guest: Guest) => guest.tab.run(() => document.querySelector<HTMLElement>(':popover-open')?.hidePopover(), null)

const browsers: Record<string, () => Promise<Guest>> = { Chromium: () => house.chromium(), Firefox: () => house.firefox() }

describe.each([['Chromium', 'Chromium'], ['Chromium', 'Firefox'], ['Firefox', 'Chromium']])('%s and %s', (first, second) => {
  test('show the same seven pictures, and each its own person’s word', async () => {
    const [ann, ben] = [await browsers[first]!(), await browsers[second]!()]
    await connect(ann, ben)
    for (const guest of [ann, ben]) await guest.press('Safety code: Not compared yet')
    expect(await code(ann)).toEqual(await code(ben))
    expect(await ann.words()).toContain('not from a server that gives you a dishonest page')

    await ann.press('They match')
    await becomes(ann, 'verified')
    expect(await state(ben)).toBe('open')
    await ben.press('They differ')
    await becomes(ben, 'differs')
    await ben.reads('Somebody may be in between')
    await ben.press('They match')
    await becomes(ben, 'verified')
    expect(await state(ann)).toBe('verified')
  })
})

describe('a page that is loaded anew', () => {
  test('clears the mark on both sides, and the other side is warned until it has compared again', async () => {
    const [ann, ben] = [await house.chromium(), await house.chromium()]
    await connect(ann, ben)
    const before: string[][] = []
    for (const guest of [ann, ben]) {
      await guest.press('Safety code: Not compared yet')
      before.push(await code(guest))
      await guest.press('They match')
      await becomes(guest, 'verified')
      await closePanel(guest)
    }

    await (ben as Guest<ChromiumTab>).tab.page.reload()

    await becomes(ann, 'changed')
    await becomes(ben, 'open')
    await ann.reads('what you compared counts no more')
    await ann.press('Compare')
    await ben.press('Safety code: Not compared yet')
    const now = await code(ann)
    expect(now).toEqual(await code(ben))
    expect(now).not.toEqual(before[0])
    await ann.press('They match')
    await becomes(ann, 'verified')
    expect(await ann.words()).not.toContain('what you compared counts no more')
  })
})

test('a seat that is used elsewhere leaves no mark, neither where it was nor across', async () => {
  const [ann, ben] = [await house.chromium(), await house.chromium()]
  await connect(ann, ben)
  for (const guest of [ann, ben]) {
    await guest.press('Safety code: Not compared yet')
    await code(guest)
    await guest.press('They match')
    await becomes(guest, 'verified')
  }

  // A tab that was duplicated has its own copy of what the first one remembers.
  await ben.tab.run(() => void window.open(location.href), null)

  await ben.becomes({ visit: 'outside' })
  expect(await state(ben)).toBeUndefined()
  await becomes(ann, 'changed')
})

describe('a signalling node that puts a third browser in between', () => {
  const connectThrough = async (conduct: 'hands on' | 'plays'): Promise<[Guest, Guest]> => {
    const [ann, ben, third] = [await house.chromium(), await house.chromium(), await house.chromium()]
    const room = house.newRoom()
    await sitBetween(ann, ben, third, conduct, room)
    await ann.join(room)
    await ann.becomes({ room: 'created' })
    await ben.join(room)
    await Promise.all([ann, ben].map(async (guest) => {
      await guest.becomes({ call: 'connected' })
      // It sees and hears everything, and so do they.
      expect((await guest.pictures(3)).painted).toBeGreaterThanOrEqual(3)
    }))
    return [ann, ben]
  }

  test('that hands everything on is noticed by both', async () => {
    for (const guest of await connectThrough('hands on')) {
      await becomes(guest, 'broken')
      await guest.reads('Somebody may be in between')
    }
  })

  test('that leads an exchange with each has each see other pictures', async () => {
    const [ann, ben] = await connectThrough('plays')
    for (const guest of [ann, ben]) await guest.press('Safety code: Not compared yet')
    expect(await code(ann)).not.toEqual(await code(ben))
  })
})

describe('a signalling node that rewrites', () => {
  test('fingerprints, and has nobody to put in between, gets no call and no code', async () => {
    const [ann, ben] = [await house.chromium(), await house.chromium()]
    await forge(ann, ben)
    const room = house.newRoom()
    await ann.join(room)
    await ann.becomes({ room: 'created' })
    const seen = await ann.watched(async () => {
      await ben.join(room)
      // It has given up on the first connection.
      await expect.poll(() => ann.tab.run(() => (window as unknown as { madeConnections: unknown[] }).madeConnections.length, null)).toBeGreaterThan(1)
    })
    expect(seen.map(({ call }) => call)).not.toContain('connected')
    expect([await state(ann), await state(ben)]).toEqual([undefined, undefined])
  })

  test('the call after it was verified changes nothing: no stranger is let in, the call goes on, and so does the mark', async () => {
    const [ann, ben, third] = [await house.chromium(), await house.chromium(), await house.chromium()]
    const node = await watchForTurn(ann, third)
    await connect(ann, ben)
    await ann.press('Safety code: Not compared yet')
    await code(ann)
    await ann.press('They match')
    await becomes(ann, 'verified')

    const seen = await ann.watched(async () => {
      await node.turn()
      // Whatever the page would do, it would do in this time.
      await new Promise((resolve) => setTimeout(resolve, 3_000))
    })

    expect(seen).toEqual([])
    await becomes(ann, 'verified')
    await expectCall(ann, ben)
    expect(await third.tab.run(() => (window as unknown as { madeConnections: RTCPeerConnection[] }).madeConnections.map(({ connectionState }) => connectionState), null)).not.toContain('connected')
  })
})
