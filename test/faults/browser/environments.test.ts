import { describe, expect } from 'vitest'
import type { ChromiumTab } from '../../browser/chromium.ts'
import type { BrowserUser } from '../../browser/browserUser.ts'
import { expectCall } from '../../browser/expectCall.ts'
import { BrowserFixture } from '../../browser/browserFixture.ts'
import { sharedFixture } from '../../browser/fixtureLifecycle.ts'
import { needs } from '../../needs.ts'

/**
 * Environments other than a bad network: missing browser features, paused players, upgrades, pasted links, low windows.
 */

const test = needs('chromium')
const fixture = new BrowserFixture()
type ChromiumUser = BrowserUser<ChromiumTab>

/** Forgets the console errors of a load that the test blocked. */
const forgetComplaints = ({ tab }: ChromiumUser): void => {
  tab.consoleErrors.length = 0
}

/** The page reports *joined* before its call screen is there, and only that screen knows the shortcuts. */
const seesControls = ({ tab }: ChromiumUser): Promise<void> =>
  tab.page.getByRole('button', { name: 'Hang up', exact: true }).waitFor()

const lowWindow = { width: 320, height: 256 }

/** Ann, in a window as low as at 400 % zoom, and Ben, either with her or alone. */
const people = sharedFixture(async () => {
  const [ann, ben] = [await fixture.chromium({ context: { viewport: lowWindow } }), await fixture.chromium()]
  fixture.keepOpen(ann, ben)
  return [ann, ben] as const
})

/** A call of both in a new room. */
const call = sharedFixture(async () => {
  const room = fixture.newRoom()
  const [ann, ben] = await people()
  await ann.join(room)
  await ben.join(room)
  await expectCall(ann, ben)
  return { ann, ben, room }
})

const connected = (...users: readonly ChromiumUser[]) =>
  Promise.all(users.map((user) => user.waitForStates({ membership: 'joined', room: 'full', call: 'connected' })))

describe('a browser without WebRTC', () => {
  test.each([
    ['without RTCPeerConnection', 'delete window.RTCPeerConnection'],
    [
      'with an extension that blocks RTCPeerConnection',
      'window.RTCPeerConnection = class { constructor() { throw new DOMException("blocked", "NotAllowedError") } }',
    ],
  ])('a browser %s reports it in the lobby and disables Join', async (_, script) => {
    const ann = await fixture.chromium({ script })
    await ann.openLobby(fixture.newRoom())
    await ann.waitForText('This browser can’t make calls')
    expect(await ann.tab.page.getByRole('button', { name: 'Join', exact: true }).isDisabled()).toBe(true)
    await expect.poll(() => ann.listButtons()).toContain('Copy link')
  })

  test('a browser that fails during the join gives up its seat, and the peer reads the reason', async () => {
    const room = fixture.newRoom()
    const [ann, ben] = await people()
    await ann.join(room)
    await ann.waitForStates({ membership: 'joined', room: 'created' })
    await ben.openLobby(room)
    await ben.tab.run(() => {
      RTCPeerConnection.prototype.addTransceiver = undefined as never
      RTCPeerConnection.prototype.createAnswer = undefined as never
    }, null)
    await ben.press('Join')
    await ben.waitForStates({ membership: 'left' })
    await ben.waitForText('WebRTC is missing or blocked')
    await ann.waitForStates({ membership: 'joined', room: 'created' })
    await ann.waitForText('Their browser can’t make video calls')
    // Ben's reload stands for a visitor with another browser.
    await ben.join(room)
    await expectCall(ann, ben)
    await ben.press('Hang up')
    await ann.rejoin()
    await ann.waitForText('Nobody else can use this link')
    expect(await ann.visibleText()).not.toContain('Their browser')
  })
})

test('an in-app browser without devices is not reported as insecure, and its link can be copied', async () => {
  const ann = await fixture.chromium({
    script: 'Object.defineProperty(navigator, "mediaDevices", { value: undefined })',
  })
  await ann.openLobby(fixture.newRoom())
  await ann.waitForText('This app’s browser can’t use the camera')
  expect(await ann.visibleText()).not.toContain('https')
  await expect.poll(() => ann.listButtons()).toContain('Copy link')
})

describe('pasted links', () => {
  test.each([
    ['/r/kitchen-table%2E', '/r/kitchen-table'],
    ['/r/Kitchen-Table%29', '/r/kitchen-table'],
  ])('%s redirects to %s', async (pasted, shown) => {
    const [, ben] = await people()
    await ben.openPath(pasted)
    await ben.waitForStates({ membership: 'lobby' })
    expect(new URL(ben.tab.page.url()).pathname).toBe(shown)
  })
})

describe('an upgrade of the server', () => {
  /** Removes the assets of the old build, and lets the page name another entry. */
  async function upgrade({ tab }: ChromiumUser): Promise<void> {
    await tab.page.route(/\/assets\/Diagnostics-.*\.js$/, (route) => route.fulfill({ status: 404, body: 'not found' }))
    await tab.page.route(
      (url) => url.pathname === '/',
      (route) =>
        route.fulfill({ contentType: 'text/html', body: '<script type="module" src="/assets/app-newer.js"></script>' }),
    )
  }

  test('a missing asset is reported as an upgrade, and the call goes on', async () => {
    const room = fixture.newRoom()
    const [ann, ben] = [await fixture.chromium(), (await people())[1]]
    await ann.join(room)
    await ann.waitForStates({ membership: 'joined', room: 'created' })
    await upgrade(ann)
    await seesControls(ann)
    await ann.tab.page.keyboard.press('d')
    await ann.waitForText('Duet was updated')
    await ann.press('Close')
    await ben.join(room)
    await connected(ann, ben)
    await ann.tab.page.keyboard.press('d')
    await ann.waitForText('Your call continues')
    await expect.poll(() => ann.listButtons()).toContain('Reload')
    await ann.press('Close')
    await expectCall(ann, ben)
    forgetComplaints(ann)
  })

  test('a network failure is not reported as an upgrade', async () => {
    const [ann] = await people()
    await ann.join(fixture.newRoom())
    await ann.waitForStates({ membership: 'joined', room: 'created' })
    await seesControls(ann)
    const part = /\/assets\/Diagnostics-.*\.js$/
    await ann.tab.page.route(part, (route) => route.abort())
    // A failure here means that the key press did not arrive. A later failure means that the load does not end.
    await Promise.all([ann.tab.page.waitForRequest(part), ann.tab.page.keyboard.press('d')])
    await ann.waitForText('This part didn’t load')
    await ann.tab.page.unrouteAll()
    forgetComplaints(ann)
  })
})

/** Presses Tab this many times and returns what covered the focused element. */
async function coverOfEachFocus({ tab }: ChromiumUser, steps: number): Promise<string[]> {
  const covered: string[] = []
  for (let step = 0; step < steps; step++) {
    await tab.page.keyboard.press('Tab')
    await tab.run(restsMoving, null)
    // A part that arrived in this moment moves the element, and the page scrolls it back in the next frame.
    if ((await tab.run(coverOfFocus, null)).length > 0) await tab.run(restsMoving, null)
    covered.push(...(await tab.run(coverOfFocus, null)))
  }
  return covered
}

test('in a window as low as at 400 % zoom nothing covers the focused element', async () => {
  const [ann] = await people()
  await ann.openPath('/')
  expect(await coverOfEachFocus(ann, 8)).toEqual([])
  await ann.openLobby(fixture.newRoom())
  expect(await coverOfEachFocus(ann, 9)).toEqual([])
  await ann.press('Join')
  await ann.waitForStates({ membership: 'joined', room: 'created' })
  expect(await coverOfEachFocus(ann, 10)).toEqual([])
})

test('content that arrives late does not push the focused element out of a low window', async () => {
  const [ann] = await people()
  await ann.openLobby(fixture.newRoom())
  // As in Safari, which has no scroll anchoring.
  await ann.tab.run(() => (document.documentElement.style.overflowAnchor = 'none'), null)
  await ann.tab.page.getByRole('button', { name: 'Join', exact: true }).focus()
  await ann.tab.run(() => document.querySelector('.preview')!.append(document.createElement('hr')), null)
  await ann.tab.run(() => (document.querySelector('hr')!.style.height = '200px'), null)
  await ann.tab.run(restsMoving, null)
  expect(await ann.tab.run(coverOfFocus, null)).toEqual([])
  // A user who scrolls is not moved back.
  await ann.tab.page.mouse.wheel(0, -400)
  await expect.poll(() => ann.tab.run(coverOfFocus, null)).not.toEqual([])
  await ann.tab.run(() => (document.querySelector('hr')!.style.height = '400px'), null)
  await ann.tab.run(restsMoving, null)
  expect(await ann.tab.run(coverOfFocus, null)).not.toEqual([])
})

test('a video that is paused from outside resumes by itself', async () => {
  const { ann, ben } = await call()
  await connected(ann, ben)
  await ann.tab.run(() => document.querySelector<HTMLVideoElement>('[data-testid=remote-video]')!.pause(), null)
  const { different } = await ann.sampleRemoteVideo()
  expect(different).toBeGreaterThan(1)
  // The device rejects play(), so the page asks the user.
  await ann.tab.run(() => {
    const video = document.querySelector<HTMLVideoElement>('[data-testid=remote-video]')!
    video.play = () => Promise.reject(new DOMException('interrupted', 'AbortError'))
    video.pause()
  }, null)
  await ann.tab.page.getByRole('button', { name: 'Play', exact: true }).waitFor()
  await ann.tab.run(() => {
    delete (document.querySelector<HTMLVideoElement>('[data-testid=remote-video]') as Partial<HTMLVideoElement>).play
  }, null)
  await ann.press('Play')
  expect((await ann.sampleRemoteVideo()).different).toBeGreaterThan(1)
})

describe('focus during a call in a low window', () => {
  /**
   * Presses Tab this many times and returns what covered the focus each time. A panel that the user opened may cover it
   * if Escape reveals it (WCAG 2.4.11, note 2).
   */
  async function coveredOn({ tab }: ChromiumUser, steps: number): Promise<string[]> {
    const covered: string[] = []
    for (let step = 0; step < steps; step++) {
      await tab.page.keyboard.press('Tab')
      await tab.run(restsMoving, null)
      if ((await tab.run(coverOfFocus, null)).length === 0) continue
      await tab.page.keyboard.press('Escape')
      covered.push(...(await tab.run(coverOfFocus, null)))
    }
    return covered
  }

  test.each<[string, (ann: ChromiumUser) => Promise<unknown>]>([
    ['among the controls', async () => undefined],
    ['in the settings', (ann) => ann.tab.page.getByRole('button', { name: 'Devices', exact: true }).click()],
    ['in the panel of the safety code', (ann) => ann.tab.page.locator('.safety button').first().click()],
    ['in the diagnostics', (ann) => ann.tab.page.keyboard.press('d')],
  ])('nothing covers the focused element %s', async (_, open) => {
    const { ann, ben } = await call()
    await connected(ann, ben)
    await open(ann)
    expect(await coveredOn(ann, 16)).toEqual([])
    await ann.tab.page.keyboard.press('Escape')
    await expect.poll(() => ann.tab.page.locator('dialog[open], :popover-open').count()).toBe(0)
  })

  test('nothing covers the focused element beside banners', async () => {
    const { ann, ben } = await call()
    await connected(ann, ben)
    await ann.press('Mute')
    await ann.tab.run(() => {
      for (const video of document.querySelectorAll('video'))
        (video.srcObject as MediaStream | null)?.getVideoTracks().forEach((track) => {
          track.stop()
          track.dispatchEvent(new Event('ended'))
        })
    }, null)
    expect(await coveredOn(ann, 16)).toEqual([])
  })

  test('nothing covers the focused element in the question about an unverified visitor', async () => {
    const { ann, ben, room } = await call()
    await connected(ann, ben)
    // Eve has Ben's seat, but no proof that she is Ben.
    const name = `duet:seat:${room}`
    const token = await ben.tab.run((kept) => sessionStorage.getItem(kept) ?? '', name)
    const eve = await fixture.chromium()
    await eve.openPath('/check')
    await eve.tab.run(([key, value]) => sessionStorage.setItem(key!, value!), [name, token])
    await eve.openPath(`/r/${room}`)
    await ann.waitForStates({ call: 'unauthenticatedPeer' })
    expect(await coveredOn(ann, 8)).toEqual([])
  })
})

/** Runs in the page: resolves when scrolling to the focused element and all finite animations have ended. */
async function restsMoving(): Promise<void> {
  for (let frame = 0; frame < 2; frame++) await new Promise((resolve) => requestAnimationFrame(resolve))
  const ending = document.getAnimations().filter(({ effect }) => effect?.getComputedTiming().iterations !== Infinity)
  await Promise.allSettled(ending.map(({ finished }) => finished))
}

/** Runs in the page: describes the focused element if it is completely covered (WCAG 2.2, 2.4.11). */
function coverOfFocus(): string[] {
  const focused = document.activeElement
  if (!focused || focused === document.body) return []
  const { left, top, width, height } = focused.getBoundingClientRect()
  const spots = [0.1, 0.3, 0.5, 0.7, 0.9].flatMap((x) =>
    [0.1, 0.3, 0.5, 0.7, 0.9].map((y) => [left + x * width, top + y * height] as const),
  )
  const isSeen = spots.some(([x, y]) => focused.contains(document.elementFromPoint(x, y)))
  if (isSeen) return []
  const cover = document.elementFromPoint(left + width / 2, top + height / 2)
  const place = [left, top, width, height].map(Math.round).join(' ')
  return [
    `${focused.tagName} ${focused.getAttribute('aria-label') ?? focused.textContent?.trim().slice(0, 30)} at ${place} under ${cover?.outerHTML.slice(0, 120)}`,
  ]
}
