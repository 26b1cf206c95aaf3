import { describe, expect } from 'vitest'
import { timers } from '../../../machines/protocol/timeouts.ts'
import type { ChromiumTab } from '../../browser/chromium.ts'
import { expectCall } from '../../browser/guest.ts'
import { shared } from '../../browser/party.ts'
import type { PuppetTab } from '../../browser/puppet.ts'
import { needs } from '../../needs.ts'
import { Caller } from '../caller.ts'
import { Rig } from '../rig.ts'
import { cover } from '../tabs.ts'
import { bothWitnessed, expectUndisturbed, witnessed } from '../witness.ts'

/** What befalls a page, and the browser that it is in. */

const test = needs('chromium')
const inFirefox = needs('chromium', 'firefox')

describe('one of two', () => {
  const rig = new Rig()

  const call = shared(async () => {
    const [ann, ben] = [await rig.chromium(), await rig.chromium()]
    for (const each of [ann, ben]) await each.join('page')
    await expectCall(ann, ben)
    rig.keep(ann, ben)
    return [ann, ben] as const
  })

  const connected = (...callers: readonly Caller[]) =>
    Promise.all(callers.map((each) => each.becomes({ visit: 'inside', room: 'full', call: 'connected' })))

  /** Ben waits in the room, and Ann's page is blank. */
  async function benAlone(): Promise<{ ann: Caller<ChromiumTab>; ben: Caller<ChromiumTab> }> {
    const [ann, ben] = await call()
    if ((await ann.states()).visit === 'inside') {
      await ann.press('Hang up')
      await ann.becomes({ visit: 'outside' })
      await ann.tab.open('about:blank')
    }
    await ben.becomes({ room: 'created', call: 'offering' })
    return { ann, ben }
  }

  /** Reloads a page of the call. The page gets its seat back, and the call goes on. */
  async function reload(page: Caller<ChromiumTab | PuppetTab>, other: Caller): Promise<void> {
    const before = rig.world.log.length
    const { words } = await witnessed(other, async () => {
      await rig.logs('holder.resumed', () => page.tab.page.reload())
      await expectCall(page, other)
    })
    expect(Object.keys(words)).toContain('The other side is reconnecting…')
    expect(rig.world.log.slice(before).join()).not.toMatch(/time\.passed|holder\.left/)
  }

  /** A newer tab takes the seat, and the older tab says so and is quiet. *Use here* takes the seat back; the newer tab is closed. */
  async function expectTakenAndReturned(older: Caller<ChromiumTab>, newer: Caller<ChromiumTab>, other: Caller): Promise<void> {
    await older.becomes({ visit: 'outside', room: 'empty', call: 'hangup' })
    expect(await older.words()).toContain('This room is open elsewhere')
    await expectCall(newer, other)
    expect((await older.inbound()).video.packets).toBe(0)
    // Chromium paints one frame a second of a tab behind another.
    await older.tab.page.bringToFront()
    await older.press('Use here')
    await newer.becomes({ visit: 'outside' })
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
      const eve = await rig.chromium()
      await eve.arrive('page')
      await rig.logs('socket.closed', () => ann.tab.open('about:blank'))
      await eve.press('Join')
      await eve.becomes({ visit: 'outside' })
      expect(await eve.words()).toContain('This room is full')
      await ann.visit('/r/page')
      await expectCall(ann, ben)
    })

    test('the copy of a tab has its seat, and the tab says so and is quiet', async () => {
      const [ann, ben] = await call()
      await connected(ann, ben)
      const copy = new Caller(await ann.tab.copy(), ann.cable)
      await expectTakenAndReturned(ann, copy, ben)
      await expectCall(ann, ben)
    })

    test.each(['Join', 'Continue here'])('the link opened again in the same browser has the seat (%s), and the tab that had it says so and is quiet', async (button) => {
      const [ann, ben] = await call()
      await connected(ann, ben)
      const newer = new Caller(await ann.tab.sibling(), ann.cable)
      await newer.arrive('page')
      await newer.reads('in another tab of this browser')
      await newer.press(button)
      await expectTakenAndReturned(ann, newer, ben)
      await connected(ann, ben)
    })

    inFirefox('a page that is loaded anew has its seat again, the other is told, and sees again, in firefox', async () => {
      const { ben } = await benAlone()
      const fox = await rig.firefox()
      await fox.join('page')
      await connected(fox, ben)
      await reload(fox, ben)
      await fox.press('Hang up')
      await ben.becomes({ room: 'created' })
    })

    test('a tab is hidden for ten minutes, and the call goes on', async () => {
      const { ben } = await benAlone()
      const ann = await rig.tabbed()
      await ann.join('page')
      await expectCall(ann, ben)
      const uncover = await cover(ann.tab)
      expect(await ann.tab.run(() => document.visibilityState, null)).toBe('hidden')
      const seen = await witnessed(ben, async () => {
        await rig.pass(10 * 60_000, ann, ben)
        // In which the hidden page's timers run as rarely as they may.
        await new Promise((resolve) => setTimeout(resolve, 10_000))
      })
      expectUndisturbed(seen)
      await uncover()
      await expectCall(ann, ben)
      await ann.press('Hang up')
      // The page is closed after the test: the server must have heard it by then.
      await ben.becomes({ room: 'created' })
    })
  })

  describe('a browser', () => {
    const callOfOwner = shared(async () => {
      const { ann: next, ben } = await benAlone()
      const { caller: ann, process } = await rig.owner()
      await ann.join('page')
      await expectCall(ann, ben)
      rig.keep(ann)
      return { ann, process, ben, next }
    })

    test('that sleeps for twenty minutes and wakes is in the call again', async () => {
      const { ann, process, ben } = await callOfOwner()
      const { words } = await witnessed(ben, async () => {
        process.stop()
        await rig.logs('time.passed', () => rig.pass(20 * 60_000, ben))
        await ben.becomes({ room: 'created', call: 'offering' })
      })
      expect(Object.keys(words)).toContain('They have left')
      process.continue()
      await expectCall(ann, ben)
    })

    test('that is killed leaves the seat to the next, and the other is told', async () => {
      const { ann, process, ben, next } = await callOfOwner()
      await connected(ann, ben)
      await witnessed(ben, async () => {
        process.kill()
        await ben.reads('The other side is reconnecting…')
        await rig.logs('time.passed', () => rig.clock.leap(timers.grace))
        await ben.reads('They have left')
        expect(await ben.ownPictures()).toMatchObject({ painted: 12 })
      })
      await next.join('page')
      await expectCall(ben, next)
    })
  })
})

describe('a clock that is three hours', () => {
  const rig = new Rig({ DUET_TURN: 'embedded', DUET_TURN_PORT: '0', DUET_TURN_RELAY_PORTS: '21000-21999' })

  test('ahead here and behind there hinders neither joining, nor relaying, nor coming back', async () => {
    const [ann, ben] = [await rig.chromium({ script: skewed(3) }), await rig.chromium({ script: skewed(-3) })]
    for (const each of [ann, ben]) await each.join('page', '?relay=1')
    await expectCall(ann, ben)
    for (const each of [ann, ben]) expect((await each.pair())?.local.type).toBe('relay')
    const seen = await bothWitnessed([ann, ben], async () => {
      for (const each of [ann, ben]) await rig.logs('holder.resumed', () => each.cable.reset())
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
