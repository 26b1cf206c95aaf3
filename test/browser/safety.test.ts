import { describe, expect } from 'vitest'
import { needs } from '../needs.ts'
import { expectCall, type BrowserUser } from './browserUser.ts'
import { BrowserFixture } from './browserFixture.ts'
import { forgeFingerprints, interposeBrowser, prepareHijack } from './mitmSignaling.ts'
import { sharedFixture } from './fixtureLifecycle.ts'

const test = needs('chromium', 'firefox')
const fixture = new BrowserFixture()

/** What the button says of the code. */
const state = (user: BrowserUser): Promise<string | undefined> =>
  user.tab.run(() => document.querySelector<HTMLElement>('[data-safety]')?.dataset.safety, null)
const becomes = (user: BrowserUser, wanted: string) => expect.poll(() => state(user)).toBe(wanted)

/** The names under the pictures, as soon as they are to be seen. */
async function code(user: BrowserUser): Promise<string[]> {
  const names = () =>
    user.tab.run(
      () => [...document.querySelectorAll(':popover-open ol .name')].map(({ textContent }) => textContent ?? ''),
      null,
    )
  await expect.poll(async () => (await names()).filter((name) => name !== '').length).toBe(7)
  return names()
}

async function connect(ann: BrowserUser, ben: BrowserUser): Promise<void> {
  const room = fixture.newRoom()
  await ann.join(room)
  await ann.waitForStates({ room: 'created' })
  await ben.join(room)
  await Promise.all([ann, ben].map((user) => user.waitForStates({ call: 'connected' })))
}

const closePanel = (user: BrowserUser) =>
  user.tab.run(() => document.querySelector<HTMLElement>(':popover-open')?.hidePopover(), null)

/** Each presses that the code matches, whether or not it was compared before. Returns what both see. */
async function compare(...users: BrowserUser[]): Promise<string[][]> {
  const seen: string[][] = []
  for (const user of users) {
    await closePanel(user)
    const now = await state(user)
    await user.press(`Safety code: ${now === 'verified' ? 'Verified' : 'Not compared yet'}`)
    seen.push(await code(user))
    await user.press('They match')
    await becomes(user, 'verified')
    await closePanel(user)
  }
  return seen
}

async function end(...users: BrowserUser[]): Promise<void> {
  for (const user of users) {
    await closePanel(user)
    await user.press('Hang up')
    await user.waitForStates({ membership: 'left' })
  }
}

/** Their pages stay open from test to test. Another room is another page, which knows nothing of the calls before. */
const keep = <T extends BrowserUser>(user: T): T => (fixture.keepOpen(user), user)
const chromium = sharedFixture(async () => keep(await fixture.chromium()))
const another = sharedFixture(async () => keep(await fixture.chromium()))
const firefox = sharedFixture(async () => keep(await fixture.firefox()))
/** Of the two with Chromium. */
const call = sharedFixture(async () => {
  const both = [await chromium(), await another()] as const
  await connect(...both)
  return both
})

/** Both with pages that have no call yet, or with the call that both have. */
async function pairOf(first: string, second: string): Promise<readonly [BrowserUser, BrowserUser]> {
  if (first === second) return call()
  const [ann, ben] = first === 'Chromium' ? [await chromium(), await firefox()] : [await firefox(), await chromium()]
  await connect(ann, ben)
  return [ann, ben]
}

describe.each([
  ['Chromium', 'Firefox'],
  ['Firefox', 'Chromium'],
  ['Chromium', 'Chromium'],
])('%s and %s', (first, second) => {
  test('show the same seven pictures, and each its own person’s word', async () => {
    const [ann, ben] = await pairOf(first, second)
    for (const user of [ann, ben]) await user.press('Safety code: Not compared yet')
    expect(await code(ann)).toEqual(await code(ben))
    expect(await ann.visibleText()).toContain('not from a server that gives you a dishonest page')

    await ann.press('They match')
    await becomes(ann, 'verified')
    expect(await state(ben)).toBe('unverified')
    await ben.press('They differ')
    await becomes(ben, 'mismatched')
    await ben.waitForText('Somebody may be in between')
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
    await becomes(ben, 'unverified')
    await ann.waitForText('what you compared counts no more')
    await ann.press('Compare')
    await ben.press('Safety code: Not compared yet')
    const now = await code(ann)
    expect(now).toEqual(await code(ben))
    expect(now).not.toEqual(before[0])
    await ann.press('They match')
    await becomes(ann, 'verified')
    expect(await ann.visibleText()).not.toContain('what you compared counts no more')
  })
})

test('a seat that is used elsewhere leaves no mark, neither where it was nor across', async () => {
  const [ann, ben] = await call()
  await compare(ann, ben)

  // A tab that was duplicated has its own copy of what the first one remembers.
  await ben.tab.run(() => void window.open(location.href), null)

  await ben.waitForStates({ membership: 'left' })
  expect(await state(ben)).toBeUndefined()
  await becomes(ann, 'changed')
  await Promise.all(
    ben.tab.page
      .context()
      .pages()
      .slice(1)
      .map((page) => page.close()),
  )
  await end(ann)
})

const third = sharedFixture(async () => keep(await fixture.chromium()))

describe('a signalling node that rewrites', () => {
  // The only one that leaves the second page's line alone, so it comes before the others.
  test('the call after it was verified changes nothing: no stranger is let in, the call goes on, and so does the mark', async () => {
    const [ann, ben, stranger] = [await chromium(), await another(), await third()]
    const node = await prepareHijack(ann, stranger)
    await connect(ann, ben)
    await compare(ann)

    const seen = await ann.recordStates(async () => {
      await node.hijack()
      // A page that reacts does so within 3 s. No event marks that nothing happens.
      await new Promise((resolve) => setTimeout(resolve, 3_000))
    })

    expect(seen).toEqual([])
    await becomes(ann, 'verified')
    await expectCall(ann, ben)
    expect(
      await stranger.tab.run(
        () =>
          (window as unknown as { recordedConnections: RTCPeerConnection[] }).recordedConnections.map(
            ({ connectionState }) => connectionState,
          ),
        null,
      ),
    ).not.toContain('connected')
    await end(ann, ben)
  })

  test('fingerprints, and has nobody to put in between, gets no call and no code', async () => {
    const [ann, ben] = [await chromium(), await another()]
    await forgeFingerprints(ann, ben)
    const room = fixture.newRoom()
    await ann.join(room)
    await ann.waitForStates({ room: 'created', call: 'offering' })
    const seen = await ann.recordStates(async () => {
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
  const { recordedConnections } = window as unknown as { recordedConnections: RTCPeerConnection[] }
  const first = recordedConnections.findIndex(({ remoteDescription }) => remoteDescription)
  return first >= 0 && first < recordedConnections.length - 1
}

describe('a signalling node that puts a third browser in between', () => {
  const connectThrough = async (mode: 'forward' | 'impersonate'): Promise<[BrowserUser, BrowserUser]> => {
    const [ann, ben] = [await chromium(), await another()]
    const room = fixture.newRoom()
    await interposeBrowser(ann, ben, await third(), mode, room)
    await ann.join(room)
    await ann.waitForStates({ room: 'created' })
    await ben.join(room)
    await Promise.all(
      [ann, ben].map(async (user) => {
        await user.waitForStates({ call: 'connected' })
        // It sees and hears everything, and so do they.
        expect((await user.sampleRemoteVideo(3)).painted).toBeGreaterThanOrEqual(3)
      }),
    )
    return [ann, ben]
  }

  test('that hands everything on is noticed by both', async () => {
    const both = await connectThrough('forward')
    for (const user of both) {
      await becomes(user, 'failed')
      await user.waitForText('Somebody may be in between')
    }
    await end(...both)
  })

  test('that leads an exchange with each has each see other pictures', async () => {
    const [ann, ben] = await connectThrough('impersonate')
    for (const user of [ann, ben]) await user.press('Safety code: Not compared yet')
    expect(await code(ann)).not.toEqual(await code(ben))
  })
})
