import { describe, expect } from 'vitest'
import { timers } from '../../../machines/timers.ts'
import { expectCall } from '../../browser/guest.ts'
import { needs } from '../../needs.ts'
import { Caller } from '../caller.ts'
import { Rig } from '../rig.ts'
import { cover } from '../tabs.ts'
import { bothWitnessed, expectUndisturbed, witnessed } from '../witness.ts'

/** What befalls a page, and the browser that it is in. */

const test = needs('chromium')
const everyBrowser = needs('chromium', 'firefox')

describe('in a call', () => {
  const rig = new Rig()

  async function call(ann: Caller, ben: Caller): Promise<void> {
    await ann.join('page')
    await ben.join('page')
    await expectCall(ann, ben)
  }

  everyBrowser.for(['chromium', 'firefox'] as const)('a page that is loaded anew has its seat again, the other is told, and sees again, in %s', async (browser) => {
    const [ann, ben] = [await rig[browser](), await rig.chromium()]
    await call(ann, ben)
    const { words } = await witnessed(ben, async () => {
      await rig.logs('holder.resumed', () => ann.tab.page.reload())
      await expectCall(ann, ben)
    })
    expect(Object.keys(words)).toContain('The other side is reconnecting…')
    expect(rig.world.log.join()).not.toMatch(/time\.passed|holder\.left/)
  })

  test('nobody slips into the seat of one whose page is being loaded', async () => {
    const [ann, ben, eve] = [await rig.chromium(), await rig.chromium(), await rig.chromium()]
    await call(ann, ben)
    await eve.arrive('page')
    await rig.logs('socket.closed', () => ann.tab.open('about:blank'))
    await eve.press('Join')
    await eve.becomes({ visit: 'outside' })
    expect(await eve.words()).toContain('This room is full')
    await ann.visit('/r/page')
    await expectCall(ann, ben)
  })

  test('the copy of a tab has its seat, and the tab says so and is quiet', async () => {
    const [ann, ben] = [await rig.chromium(), await rig.chromium()]
    await call(ann, ben)
    const copy = new Caller(await ann.tab.copy(), ann.cable)
    await ann.becomes({ visit: 'outside', room: 'empty', call: 'hangup' })
    expect(await ann.words()).toContain('This room is open elsewhere')
    await expectCall(copy, ben)
    expect((await ann.inbound()).video.packets).toBe(0)
    // Of a tab behind another, a frame a second is painted.
    await ann.tab.page.bringToFront()
    await ann.press('Use here')
    await expectCall(ann, ben)
    await copy.becomes({ visit: 'outside' })
  })

  test.each(['Join', 'Continue here'])('the link opened again in the same browser has the seat (%s), and the tab that had it says so and is quiet', async (button) => {
    const [ann, ben] = [await rig.chromium(), await rig.chromium()]
    await call(ann, ben)
    const newer = new Caller(await ann.tab.sibling(), ann.cable)
    await newer.arrive('page')
    await newer.reads('in another tab of this browser')
    await newer.press(button)
    await ann.becomes({ visit: 'outside', room: 'empty', call: 'hangup' })
    expect(await ann.words()).toContain('This room is open elsewhere')
    await expectCall(newer, ben)
    expect((await ann.inbound()).video.packets).toBe(0)
  })

  test('a tab is hidden for ten minutes, and the call goes on', async () => {
    const [ann, ben] = [await rig.tabbed(), await rig.chromium()]
    await call(ann, ben)
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
  })
})

describe('a browser', () => {
  const rig = new Rig()

  test('that sleeps for twenty minutes and wakes is in the call again', async () => {
    const [{ caller: ann, process }, ben] = [await rig.owner(), await rig.chromium()]
    await ann.join('page')
    await ben.join('page')
    await expectCall(ann, ben)
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
    const [{ caller: ann, process }, ben, cleo] = [await rig.owner(), await rig.chromium(), await rig.chromium()]
    await ann.join('page')
    await ben.join('page')
    await expectCall(ann, ben)
    await witnessed(ben, async () => {
      process.kill()
      await ben.reads('The other side is reconnecting…')
      await rig.logs('time.passed', () => rig.clock.leap(timers.grace))
      await ben.reads('They have left')
      expect(await ben.ownPictures()).toMatchObject({ painted: 12 })
    })
    await cleo.join('page')
    await expectCall(ben, cleo)
  })
})

describe('a clock that is three hours', () => {
  const rig = new Rig({ DUET_TURN: 'embedded', DUET_TURN_PORT: '0', DUET_TURN_RELAY_PORTS: '21000-21999' })

  test.each([['ahead', 3], ['behind', -3]])('%s hinders neither joining, nor relaying, nor coming back', async (_, hours) => {
    const [ann, ben] = [await rig.chromium({ script: skewed(hours) }), await rig.chromium()]
    for (const each of [ann, ben]) await each.join('page', '?relay=1')
    await expectCall(ann, ben)
    expect((await ann.pair())?.local.type).toBe('relay')
    const seen = await bothWitnessed([ann, ben], () => rig.logs('holder.resumed', () => ann.cable.reset()))
    seen.forEach(expectUndisturbed)
    await ann.tab.page.reload()
    await expectCall(ann, ben)
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
