import { describe, expect } from 'vitest'
import { timeouts } from '../../../machines/protocol/timeouts.ts'
import type { ChromiumTab } from '../../browser/chromium.ts'
import { expectCall } from '../../browser/browserUser.ts'
import { sharedFixture } from '../../browser/fixtureLifecycle.ts'
import type { PuppeteerTab } from '../../browser/puppeteerTab.ts'
import { needs } from '../../needs.ts'
import { ProxiedUser } from '../proxiedUser.ts'
import { FaultFixture } from '../faultFixture.ts'
import { coverTab } from '../tabbedChromium.ts'
import { observeBothDuring, expectUndisturbed, observeDuring } from '../pageObserver.ts'

/** What befalls a page, and the browser that it is in. */

const test = needs('chromium')
const inFirefox = needs('chromium', 'firefox')

describe('one of two', () => {
  const fixture = new FaultFixture()

  const call = sharedFixture(async () => {
    const [ann, ben] = [await fixture.chromium(), await fixture.chromium()]
    for (const each of [ann, ben]) await each.join('page')
    await expectCall(ann, ben)
    fixture.keepOpen(ann, ben)
    return [ann, ben] as const
  })

  const connected = (...users: readonly ProxiedUser[]) =>
    Promise.all(users.map((each) => each.waitForStates({ membership: 'joined', room: 'full', call: 'connected' })))

  /** Ben waits in the room, and Ann's page is blank. */
  async function benAlone(): Promise<{ ann: ProxiedUser<ChromiumTab>; ben: ProxiedUser<ChromiumTab> }> {
    const [ann, ben] = await call()
    if ((await ann.readStates()).membership === 'joined') {
      await ann.press('Hang up')
      await ann.waitForStates({ membership: 'left' })
      await ann.tab.open('about:blank')
    }
    await ben.waitForStates({ room: 'created', call: 'offering' })
    return { ann, ben }
  }

  /** Reloads a page of the call. The page gets its seat back, and the call goes on. */
  async function reload(page: ProxiedUser<ChromiumTab | PuppeteerTab>, other: ProxiedUser): Promise<void> {
    const before = fixture.serverFixture.logLines.length
    const { visibleLines } = await observeDuring(other, async () => {
      await fixture.waitForLog('holder.resumed', () => page.tab.page.reload())
      await expectCall(page, other)
    })
    expect(Object.keys(visibleLines)).toContain('The other side is reconnecting…')
    expect(fixture.serverFixture.logLines.slice(before).join()).not.toMatch(/time\.passed|holder\.left/)
  }

  /** A newer tab takes the seat, and the older tab says so and is quiet. *Use here* takes the seat back; the newer tab is closed. */
  async function expectTakenAndReturned(
    older: ProxiedUser<ChromiumTab>,
    newer: ProxiedUser<ChromiumTab>,
    other: ProxiedUser,
  ): Promise<void> {
    await older.waitForStates({ membership: 'left', room: 'empty', call: 'hangup' })
    expect(await older.visibleText()).toContain('This room is open elsewhere')
    await expectCall(newer, other)
    expect((await older.readInboundStats()).video.packets).toBe(0)
    // Chromium paints one frame a second of a tab behind another.
    await older.tab.page.bringToFront()
    await older.press('Use here')
    await newer.waitForStates({ membership: 'left' })
    await newer.tab.page.close()
  }

  describe('in a call', () => {
    test('a page that is loaded anew has its seat again, the other is told, and sees again, in chromium', async () => {
      const [ann, ben] = await call()
      await reload(ann, ben)
    })

    test('nobody slips into the seat of one whose page is being loaded', async () => {
      const [ann, ben] = await call()
      await connected(ann, ben)
      const eve = await fixture.chromium()
      await eve.openLobby('page')
      await fixture.waitForLog('socket.closed', () => ann.tab.open('about:blank'))
      await eve.press('Join')
      await eve.waitForStates({ membership: 'left' })
      expect(await eve.visibleText()).toContain('This room is full')
      await ann.openPath('/r/page')
      await expectCall(ann, ben)
    })

    test('the copy of a tab has its seat, and the tab says so and is quiet', async () => {
      const [ann, ben] = await call()
      await connected(ann, ben)
      const copy = new ProxiedUser(await ann.tab.duplicate(), ann.proxy)
      await expectTakenAndReturned(ann, copy, ben)
      await expectCall(ann, ben)
    })

    test.each(['Join', 'Continue here'])(
      'the link opened again in the same browser has the seat (%s), and the tab that had it says so and is quiet',
      async (button) => {
        const [ann, ben] = await call()
        await connected(ann, ben)
        const newer = new ProxiedUser(await ann.tab.openAnotherTab(), ann.proxy)
        await newer.openLobby('page')
        await newer.waitForText('in another tab of this browser')
        await newer.press(button)
        await expectTakenAndReturned(ann, newer, ben)
        await connected(ann, ben)
      },
    )

    inFirefox(
      'a page that is loaded anew has its seat again, the other is told, and sees again, in firefox',
      async () => {
        const { ben } = await benAlone()
        const fox = await fixture.firefox()
        await fox.join('page')
        await connected(fox, ben)
        await reload(fox, ben)
        await fox.press('Hang up')
        await ben.waitForStates({ room: 'created' })
      },
    )

    test('a tab is hidden for ten minutes, and the call goes on', async () => {
      const { ben } = await benAlone()
      const ann = await fixture.openHideableTab()
      await ann.join('page')
      await expectCall(ann, ben)
      const uncover = await coverTab(ann.tab)
      expect(await ann.tab.run(() => document.visibilityState, null)).toBe('hidden')
      const seen = await observeDuring(ben, async () => {
        await fixture.passTime(10 * 60_000, ann, ben)
        // In which the hidden page's timers run as rarely as they may.
        await new Promise((resolve) => setTimeout(resolve, 10_000))
      })
      expectUndisturbed(seen)
      await uncover()
      await expectCall(ann, ben)
      await ann.press('Hang up')
      // The page is closed after the test: the server must have heard it by then.
      await ben.waitForStates({ room: 'created' })
    })
  })

  describe('a browser', () => {
    const callOfOwner = sharedFixture(async () => {
      const { ann: next, ben } = await benAlone()
      const { user: ann, process } = await fixture.openIsolatedChromium()
      await ann.join('page')
      await expectCall(ann, ben)
      fixture.keepOpen(ann)
      return { ann, process, ben, next }
    })

    test('that sleeps for twenty minutes and wakes is in the call again', async () => {
      const { ann, process, ben } = await callOfOwner()
      const { visibleLines } = await observeDuring(ben, async () => {
        process.suspend()
        await fixture.waitForLog('time.passed', () => fixture.passTime(20 * 60_000, ben))
        await ben.waitForStates({ room: 'created', call: 'offering' })
      })
      expect(Object.keys(visibleLines)).toContain('They have left')
      process.resume()
      await expectCall(ann, ben)
    })

    test('that is killed leaves the seat to the next, and the other is told', async () => {
      const { ann, process, ben, next } = await callOfOwner()
      await connected(ann, ben)
      await observeDuring(ben, async () => {
        process.kill()
        await ben.waitForText('The other side is reconnecting…')
        await fixture.waitForLog('time.passed', () => fixture.clock.leap(timeouts.seatGraceMs))
        await ben.waitForText('They have left')
        expect(await ben.sampleLocalVideo()).toMatchObject({ painted: 12 })
      })
      await next.join('page')
      await expectCall(ben, next)
    })
  })
})

describe('a clock that is three hours', () => {
  const fixture = new FaultFixture({ DUET_TURN: 'embedded', DUET_TURN_PORT: '0', DUET_TURN_RELAY_PORTS: '21000-21999' })

  test('ahead here and behind there hinders neither joining, nor relaying, nor coming back', async () => {
    const [ann, ben] = [await fixture.chromium({ script: skewed(3) }), await fixture.chromium({ script: skewed(-3) })]
    for (const each of [ann, ben]) await each.join('page', '?relay=1')
    await expectCall(ann, ben)
    for (const each of [ann, ben]) expect((await each.readCandidatePair())?.local.type).toBe('relay')
    const seen = await observeBothDuring([ann, ben], async () => {
      for (const each of [ann, ben]) await fixture.waitForLog('holder.resumed', () => each.proxy.reset())
    })
    seen.forEach(expectUndisturbed)
    for (const each of [ann, ben]) {
      await each.tab.page.reload()
      await expectCall(ann, ben)
    }
  })
})

/** A page whose clock is wrong by so many hours. */
const skewed = (hours: number): string => `{
  const Right = Date
  const wrong = () => Right.now() + ${hours * 3_600_000}
  globalThis.Date = class extends Right {
    constructor(...parts) { parts.length ? super(...parts) : super(wrong()) }
    static now = wrong
  }
}`
