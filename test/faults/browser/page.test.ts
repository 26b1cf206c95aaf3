import { describe, expect } from 'vitest'
import { timeouts } from '../../../machines/protocol/timeouts.ts'
import type { ChromiumTab } from '../../browser/chromium.ts'
import { expectCall } from '../../browser/expectCall.ts'
import { sharedFixture } from '../../browser/fixtureLifecycle.ts'
import type { PuppeteerTab } from '../../browser/puppeteerTab.ts'
import { needs } from '../../needs.ts'
import { ProxiedUser } from '../proxiedUser.ts'
import { FaultFixture } from '../faultFixture.ts'
import { coverTab } from '../../browser/tabbedChromium.ts'
import { observeBothDuring, expectUndisturbed, observeDuring } from '../pageObserver.ts'

/** Faults of a page and of its browser. */

const test = needs('chromium')
const inFirefox = needs('chromium', 'firefox')

describe('faults of a page', () => {
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

  /** Ben waits in the room after a call, and Ann's page is blank. */
  async function benAlone(): Promise<{ ann: ProxiedUser<ChromiumTab>; ben: ProxiedUser<ChromiumTab> }> {
    const [ann, ben] = await call()
    if ((await ann.readStates()).membership === 'joined') {
      await ann.press('Hang up')
      for (const user of [ann, ben]) await user.waitForStates({ membership: 'left' })
      await ann.tab.open('about:blank')
      await ben.rejoin()
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
    expect(Object.keys(visibleLines)).toContain('They’re reconnecting…')
    expect(fixture.serverFixture.logLines.slice(before).join()).not.toMatch(/time\.passed|holder\.left/)
  }

  /**
   * A newer tab takes the seat; the older tab reports that and stops its media. *Switch to this tab* takes the seat
   * back, and the newer tab is closed.
   */
  async function expectTakenAndReturned(
    older: ProxiedUser<ChromiumTab>,
    newer: ProxiedUser<ChromiumTab>,
    other: ProxiedUser,
  ): Promise<void> {
    await older.waitForStates({ membership: 'left', room: 'empty', call: 'hangup' })
    await older.waitForText('This call has moved')
    await expectCall(newer, other)
    expect((await older.readInboundStats()).video.packets).toBe(0)
    // Chromium paints one frame per second in a background tab.
    await older.tab.page.bringToFront()
    await older.press('Switch to this tab')
    await newer.waitForStates({ membership: 'left' })
    await newer.tab.page.close()
  }

  describe('during a call', () => {
    test('a reloaded page resumes its seat, the peer’s page shows it, and video returns, in chromium', async () => {
      const [ann, ben] = await call()
      await reload(ann, ben)
    })

    test('the seat of a reloading page is not given to another visitor', async () => {
      const [ann, ben] = await call()
      await connected(ann, ben)
      const eve = await fixture.chromium()
      await eve.openLobby('page')
      await fixture.waitForLog('socket.closed', () => ann.tab.open('about:blank'))
      await eve.press('Join')
      await eve.waitForStates({ membership: 'left' })
      await eve.waitForText('This room is full')
      await ann.openPath('/r/page')
      await expectCall(ann, ben)
    })

    test('a duplicated tab takes the seat, and the first tab shows that and stops', async () => {
      const [ann, ben] = await call()
      await connected(ann, ben)
      const copy = new ProxiedUser(await ann.tab.duplicate(), ann.proxy)
      await expectTakenAndReturned(ann, copy, ben)
      await expectCall(ann, ben)
    })

    test.each(['Join', 'Switch to this tab'])(
      'the same link in a new tab takes the seat (%s), and the old tab shows that and stops',
      async (button) => {
        const [ann, ben] = await call()
        await connected(ann, ben)
        const newer = new ProxiedUser(await ann.tab.openAnotherTab(), ann.proxy)
        await newer.openLobby('page')
        await newer.waitForText('already in this room in another tab')
        await newer.press(button)
        await expectTakenAndReturned(ann, newer, ben)
        await connected(ann, ben)
      },
    )

    inFirefox('a reloaded page resumes its seat, the peer’s page shows it, and video returns, in firefox', async () => {
      const { ben } = await benAlone()
      const fox = await fixture.firefox()
      await fox.join('page')
      await connected(fox, ben)
      await reload(fox, ben)
      await fox.press('Hang up')
      await ben.rejoin()
      await ben.waitForStates({ room: 'created' })
    })

    test('a call survives ten minutes in a hidden tab', async () => {
      const { ben } = await benAlone()
      const ann = await fixture.openHideableTab()
      await ann.join('page')
      await expectCall(ann, ben)
      const uncover = await coverTab(ann.tab)
      expect(await ann.tab.run(() => document.visibilityState, null)).toBe('hidden')
      const seen = await observeDuring(ben, async () => {
        await fixture.passTime(10 * 60_000, ann, ben)
        // In this time the hidden page's timers reach their lowest rate.
        await new Promise((resolve) => setTimeout(resolve, 10_000))
      })
      expectUndisturbed(seen)
      await uncover()
      await expectCall(ann, ben)
      await ann.press('Hang up')
      // The page is closed after the test, and the server must have noticed the hang-up before.
      await ben.rejoin()
      await ben.waitForStates({ room: 'created' })
    })
  })

  describe('faults of a browser', () => {
    const callOfOwner = sharedFixture(async () => {
      const { ann: next, ben } = await benAlone()
      const { user: ann, process } = await fixture.openIsolatedChromium()
      await ann.join('page')
      await expectCall(ann, ben)
      fixture.keepOpen(ann)
      return { ann, process, ben, next }
    })

    test('a browser that sleeps for twenty minutes rejoins the call when it wakes', async () => {
      const { ann, process, ben } = await callOfOwner()
      const { visibleLines } = await observeDuring(ben, async () => {
        process.suspend()
        await fixture.waitForLog('time.passed', () => fixture.passTime(20 * 60_000, ben))
        await ben.waitForStates({ membership: 'left' })
        await ben.waitForText('They have left')
      })
      expect(Object.keys(visibleLines).join()).toContain('They have left')
      await ben.rejoin()
      process.resume()
      await expectCall(ann, ben)
    })

    test('a killed browser frees its seat, and the peer’s page shows it', async () => {
      const { ann, process, ben, next } = await callOfOwner()
      await connected(ann, ben)
      await observeDuring(ben, async () => {
        process.kill()
        await ben.waitForText('They’re reconnecting…')
        await fixture.waitForLog('time.passed', () => fixture.clock.leap(timeouts.seatGraceMs))
        await ben.waitForText('They have left')
      })
      await ben.rejoin()
      expect(await ben.sampleLocalVideo()).toMatchObject({ painted: 12 })
      await next.join('page')
      await expectCall(ben, next)
    })
  })
})

describe('clocks that are wrong by three hours', () => {
  const fixture = new FaultFixture({ DUET_TURN: 'embedded', DUET_TURN_PORT: '0', DUET_TURN_RELAY_PORTS: '21000-21999' })

  test('clocks three hours ahead and behind do not prevent joining, relaying or rejoining', async () => {
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

/** A script for a page whose clock is wrong by this many hours. */
const skewed = (hours: number): string => `{
  const Right = Date
  const wrong = () => Right.now() + ${hours * 3_600_000}
  globalThis.Date = class extends Right {
    constructor(...parts) { parts.length ? super(...parts) : super(wrong()) }
    static now = wrong
  }
}`
