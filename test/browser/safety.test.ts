import { describe, expect } from 'vitest'
import { needs } from '../needs.ts'
import { expectCall, type Guest } from './guest.ts'
import { House } from './house.ts'
import { forge, sitBetween, watchForTurn } from './middle.ts'
import { shared } from './party.ts'

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

/** Each presses that the code matches, whether or not it was compared before. Returns what both see. */
async function compare(...guests: Guest[]): Promise<string[][]> {
  const seen: string[][] = []
  for (const guest of guests) {
    await closePanel(guest)
    const now = await state(guest)
    await guest.press(`Safety code: ${now === 'verified' ? 'Verified' : 'Not compared yet'}`)
    seen.push(await code(guest))
    await guest.press('They match')
    await becomes(guest, 'verified')
    await closePanel(guest)
  }
  return seen
}

async function end(...guests: Guest[]): Promise<void> {
  for (const guest of guests) {
    await closePanel(guest)
    await guest.press('Hang up')
    await guest.becomes({ visit: 'outside' })
  }
}

/** Their pages stay open from test to test. Another room is another page, which knows nothing of the calls before. */
const keep = <T extends Guest>(guest: T): T => (house.keep(guest), guest)
const chromium = shared(async () => keep(await house.chromium()))
const another = shared(async () => keep(await house.chromium()))
const firefox = shared(async () => keep(await house.firefox()))
/** Of the two with Chromium. */
const call = shared(async () => {
  const both = [await chromium(), await another()] as const
  await connect(...both)
  return both
})

/** Both with pages that have no call yet, or with the call that both have. */
async function pairOf(first: string, second: string): Promise<readonly [Guest, Guest]> {
  if (first === second) return call()
  const [ann, ben] = first === 'Chromium' ? [await chromium(), await firefox()] : [await firefox(), await chromium()]
  await connect(ann, ben)
  return [ann, ben]
}

describe.each([['Chromium', 'Firefox'], ['Firefox', 'Chromium'], ['Chromium', 'Chromium']])('%s and %s', (first, second) => {
  test('show the same seven pictures, and each its own person’s word', async () => {
    const [ann, ben] = await pairOf(first, second)
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
    // The two with Chromium go on.
    if (first !== second) await end(ann, ben)
  })
})

describe('a page that is loaded anew', () => {
  test('clears the mark on both sides, and the other side is warned until it has compared again', async () => {
    const [ann, ben] = await call()
    const before = await compare(ann, ben)

    await ben.tab.page.reload()

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
  const [ann, ben] = await call()
  await compare(ann, ben)

  // A tab that was duplicated has its own copy of what the first one remembers.
  await ben.tab.run(() => void window.open(location.href), null)

  await ben.becomes({ visit: 'outside' })
  expect(await state(ben)).toBeUndefined()
  await becomes(ann, 'changed')
  await Promise.all(ben.tab.page.context().pages().slice(1).map((page) => page.close()))
  await end(ann)
})

const third = shared(async () => keep(await house.chromium()))

describe('a signalling node that rewrites', () => {
  // The only one that leaves the second page's line alone, so it comes before the others.
  test('the call after it was verified changes nothing: no stranger is let in, the call goes on, and so does the mark', async () => {
    const [ann, ben, stranger] = [await chromium(), await another(), await third()]
    const node = await watchForTurn(ann, stranger)
    await connect(ann, ben)
    await compare(ann)

    const seen = await ann.watched(async () => {
      await node.turn()
      // A page that reacts does so within 3 s. No event marks that nothing happens.
      await new Promise((resolve) => setTimeout(resolve, 3_000))
    })

    expect(seen).toEqual([])
    await becomes(ann, 'verified')
    await expectCall(ann, ben)
    expect(await stranger.tab.run(() => (window as unknown as { madeConnections: RTCPeerConnection[] }).madeConnections.map(({ connectionState }) => connectionState), null)).not.toContain('connected')
    await end(ann, ben)
  })

  test('fingerprints, and has nobody to put in between, gets no call and no code', async () => {
    const [ann, ben] = [await chromium(), await another()]
    await forge(ann, ben)
    const room = house.newRoom()
    await ann.join(room)
    await ann.becomes({ room: 'created', call: 'offering' })
    const seen = await ann.watched(async () => {
      await ben.join(room)
      // It has given up on the first connection with a remote description, and made another.
      await expect.poll(() => ann.tab.run(hasTriedAgain, null)).toBe(true)
    })
    expect(seen.map(({ call }) => call)).not.toContain('connected')
    expect([await state(ann), await state(ben)]).toEqual([undefined, undefined])
    await end(ann, ben)
  })
})

/** Runs in the page. A connection that was closed keeps the description. */
function hasTriedAgain(): boolean {
  const { madeConnections } = window as unknown as { madeConnections: RTCPeerConnection[] }
  const first = madeConnections.findIndex(({ remoteDescription }) => remoteDescription)
  return first >= 0 && first < madeConnections.length - 1
}

describe('a signalling node that puts a third browser in between', () => {
  const connectThrough = async (conduct: 'hands on' | 'plays'): Promise<[Guest, Guest]> => {
    const [ann, ben] = [await chromium(), await another()]
    const room = house.newRoom()
    await sitBetween(ann, ben, await third(), conduct, room)
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
    const both = await connectThrough('hands on')
    for (const guest of both) {
      await becomes(guest, 'broken')
      await guest.reads('Somebody may be in between')
    }
    await end(...both)
  })

  test('that leads an exchange with each has each see other pictures', async () => {
    const [ann, ben] = await connectThrough('plays')
    for (const guest of [ann, ben]) await guest.press('Safety code: Not compared yet')
    expect(await code(ann)).not.toEqual(await code(ben))
  })
})
