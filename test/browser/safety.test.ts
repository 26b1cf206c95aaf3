import { describe, expect } from 'vitest'
import { needs } from '../needs.ts'
import type { BrowserUser } from './browserUser.ts'
import { expectCall } from './expectCall.ts'
import { BrowserFixture } from './browserFixture.ts'
import { forgeFingerprints, interposeBrowser, prepareHijack } from './mitmSignaling.ts'
import { sharedFixture } from './fixtureLifecycle.ts'
import { readSafetyCode } from './safetyCode.ts'

const test = needs('chromium', 'firefox')
const fixture = new BrowserFixture()

/** The state of the safety code as the button reports it. */
const state = (user: BrowserUser): Promise<string | undefined> =>
  user.tab.run(() => document.querySelector<HTMLElement>('[data-safety]')?.dataset.safety, null)
const becomes = (user: BrowserUser, wanted: string) => expect.poll(() => state(user)).toBe(wanted)

/** Returns the words under the pictures when the code is visible. */
async function connect(ann: BrowserUser, ben: BrowserUser): Promise<void> {
  const room = fixture.newRoom()
  await ann.join(room)
  await ann.waitForStates({ room: 'created' })
  await ben.join(room)
  await Promise.all([ann, ben].map((user) => user.waitForStates({ call: 'connected' })))
}

const closePanel = (user: BrowserUser) =>
  user.tab.run(() => document.querySelector<HTMLElement>(':popover-open')?.hidePopover(), null)

/** Both users confirm that the code matches, whether or not they had confirmed it. Returns the codes of both. */
async function compare(...users: BrowserUser[]): Promise<string[][]> {
  const seen: string[][] = []
  for (const user of users) {
    await closePanel(user)
    const now = await state(user)
    await user.press(`Safety code: ${now === 'verified' ? 'Verified' : 'Verify'}`)
    seen.push(await readSafetyCode(user))
    await user.press('They match')
    await becomes(user, 'verified')
    await closePanel(user)
  }
  return seen
}

/** Runs in the page. The peer’s hang-up may have ended the call for both. */
async function hangUpOnceShown(): Promise<void> {
  const hasLeft = () => document.querySelector('main')?.dataset.membership === 'left'
  while (!document.querySelector('.hang-up') && !hasLeft()) await new Promise((resolve) => setTimeout(resolve, 50))
  document.querySelector<HTMLElement>('.hang-up')?.click()
}

async function end(...users: BrowserUser[]): Promise<void> {
  for (const user of users) {
    await user.tab.run(hangUpOnceShown, null)
    await user.waitForStates({ membership: 'left' })
  }
}

/** The pages stay open between the tests. Each room opens a new document without a memory of earlier calls. */
const keep = <T extends BrowserUser>(user: T): T => (fixture.keepOpen(user), user)
/** The two Chromium users. Their signaling passes through a node that is honest until a test makes it malicious. */
const createMitmUser = () =>
  sharedFixture(async () => {
    const { user, frameProxy } = await fixture.openThroughFrameProxy()
    return { user: keep(user), frameProxy }
  })
const [anns, bens] = [createMitmUser(), createMitmUser()]
const chromium = async () => (await anns()).user
const another = async () => (await bens()).user
const firefox = sharedFixture(async () => keep(await fixture.firefox()))
/** The call of the two Chromium users. */
const call = sharedFixture(async () => {
  const both = [await chromium(), await another()] as const
  await connect(...both)
  return both
})

/** Returns two pages that are in a call, and reuses the call of the Chromium pair. */
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
  test('both pages show the same seven pictures, and each shows its own user’s verdict', async () => {
    const [ann, ben] = await pairOf(first, second)
    for (const user of [ann, ben]) await user.press('Safety code: Verify')
    expect(await readSafetyCode(ann)).toEqual(await readSafetyCode(ben))
    await ann.waitForText('not against a server that serves a tampered page')

    await ann.press('They match')
    await becomes(ann, 'verified')
    expect(await state(ben)).toBe('unverified')
    await ben.press('They differ')
    await becomes(ben, 'mismatched')
    await ben.waitForText('Someone may be intercepting this call')
    await ben.press('They match')
    await becomes(ben, 'verified')
    expect(await state(ann)).toBe('verified')
    // The Chromium pair keeps its call.
    if (first !== second) await end(ann, ben)
  })
})

describe('a page reload', () => {
  test('clears the mark on both sides and warns the peer until the codes are compared again', async () => {
    const [ann, ben] = await call()
    const before = await compare(ann, ben)

    await ben.tab.page.reload()

    await becomes(ann, 'changed')
    await becomes(ben, 'unverified')
    await ann.waitForText('the earlier check no longer applies')
    await ann.press('Compare')
    await ben.press('Safety code: Verify')
    const now = await readSafetyCode(ann)
    expect(now).toEqual(await readSafetyCode(ben))
    expect(now).not.toEqual(before[0])
    await ann.press('They match')
    await becomes(ann, 'verified')
    expect(await ann.visibleText()).not.toContain('the earlier check no longer applies')
  })
})

test('opening the room in a duplicated tab clears the mark on both sides', async () => {
  const [ann, ben] = await call()
  await compare(ann, ben)

  // A duplicated tab has its own copy of the first tab's `sessionStorage`.
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

describe('a malicious signaling node', () => {
  // A proxy keeps its rules until the next test sets others. This test sets none for Ben, so it runs first.
  test('a forged renegotiation of a verified call is ignored: the call and its mark stay', async () => {
    const [ann, ben, thirdUser] = [await chromium(), await another(), await third()]
    const node = await prepareHijack(await anns(), thirdUser)
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
      await thirdUser.tab.run(() => window.recordedConnections.map(({ connectionState }) => connectionState), null),
    ).not.toContain('connected')
    await end(ann, ben)
  })

  test('replaced fingerprints without a man in the middle prevent the call and the code', async () => {
    const [ann, ben] = [await chromium(), await another()]
    forgeFingerprints(await anns(), await bens())
    const room = fixture.newRoom()
    await ann.join(room)
    await ann.waitForStates({ room: 'created', call: 'offering' })
    const seen = await ann.recordStates(async () => {
      await ben.join(room)
      // The page has given up on the first connection with a remote description, and has made another.
      await expect.poll(() => ann.tab.run(hasTriedAgain, null)).toBe(true)
    })
    expect(seen.map(({ call }) => call)).not.toContain('connected')
    expect([await state(ann), await state(ben)]).toEqual([undefined, undefined])
    await end(ann, ben)
  })
})

/** Runs in the page. A closed connection keeps its description. */
function hasTriedAgain(): boolean {
  const { recordedConnections } = window
  const first = recordedConnections.findIndex(({ remoteDescription }) => remoteDescription)
  return first >= 0 && first < recordedConnections.length - 1
}

describe('a man in the middle of signaling and media', () => {
  const connectThrough = async (mode: 'forward' | 'impersonate'): Promise<[BrowserUser, BrowserUser]> => {
    const [ann, ben] = [await chromium(), await another()]
    const room = fixture.newRoom()
    await interposeBrowser(await anns(), await bens(), await third(), mode, room)
    await ann.join(room)
    await ann.waitForStates({ room: 'created' })
    await ben.join(room)
    await Promise.all(
      [ann, ben].map(async (user) => {
        await user.waitForStates({ call: 'connected' })
        // The third browser receives and forwards all media.
        expect((await user.sampleRemoteVideo(3)).painted).toBeGreaterThanOrEqual(3)
      }),
    )
    return [ann, ben]
  }

  test('a man in the middle that forwards the code exchange is detected by both pages', async () => {
    const both = await connectThrough('forward')
    for (const user of both) {
      await becomes(user, 'failed')
      await user.waitForText('Someone may be intercepting this call')
    }
    await end(...both)
  })

  test('a man in the middle that runs an exchange with each page gives them different codes', async () => {
    const [ann, ben] = await connectThrough('impersonate')
    for (const user of [ann, ben]) await user.press('Safety code: Verify')
    expect(await readSafetyCode(ann)).not.toEqual(await readSafetyCode(ben))
  })
})
