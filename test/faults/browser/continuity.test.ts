import { describe, expect } from 'vitest'
import { timers } from '../../../machines/protocol/timeouts.ts'
import { expectCall } from '../../browser/guest.ts'
import type { Tab } from '../../browser/tab.ts'
import { needs } from '../../needs.ts'
import type { Caller } from '../caller.ts'
import { Rig } from '../rig.ts'
import { bothWitnessed, type Testimony } from '../witness.ts'

/** Somebody else gets the seat of one of two people in a call. */

const test = needs('chromium')
const everyBrowser = needs('chromium', 'firefox')

describe('a server that has forgotten the two of a call and seats a stranger', () => {
  const rig = new Rig()

  /** Both are back at the server after strangers have taken so many of the two seats. */
  async function forgotten(both: readonly [Caller, Caller], strangers: readonly Caller[]): Promise<void> {
    for (const stranger of strangers) await stranger.arrive('continuity')
    await rig.logs('socket.closed', () => both.forEach(({ cable }) => cable.cut()), 2)
    await rig.logs('time.passed', () => rig.clock.leap(timers.grace))
    for (const stranger of strangers) await rig.logs('visitor.entered', () => stranger.press('Join'))
    for (const { cable } of both) cable.mend()
  }

  /** One connection from the beginning to the end. A busy machine may hold pictures back for a moment; a new connection takes longer. */
  function expectOneCall({ states, gaps, connections }: Testimony): void {
    expect(new Set(states.map(({ visit, call }) => `${visit} ${call}`))).toEqual(new Set(['inside connected']))
    expect({ gaps, connections }).toEqual({ gaps: [], connections: 0 })
  }

  async function expectNothingFor(stranger: Caller): Promise<void> {
    const { audio, video } = await stranger.inbound()
    expect([audio.packets, video.packets]).toEqual([0, 0])
  }

  const unseated = 'Someone else took your place in the room. Your call goes on.'

  everyBrowser.for(['chromium', 'firefox'] as const)('leaves the call as it is, and the one without a seat is told, in %s', async (browser) => {
    const both = [await rig[browser](), await rig.chromium()] as [Caller, Caller]
    const eve = await rig.chromium()
    for (const each of both) await each.join('continuity')
    await expectCall(...both)
    const seen = await bothWitnessed(both, async () => {
      await forgotten(both, [eve])
      await expect.poll(async () => (await Promise.all(both.map((each) => each.words()))).filter((words) => words.includes(unseated)).length).toBe(1)
      await eve.becomes({ visit: 'inside', room: 'ready' })
    })
    for (const testimony of seen) expectOneCall(testimony)
    await expectNothingFor(eve)
  })

  test('for both of them leaves the call as it is until one hangs up, which the other hears past the server', async () => {
    const both = [await rig.chromium(), await rig.chromium()] as [Caller, Caller]
    const [ann, ben] = both
    const strangers = [await rig.chromium(), await rig.chromium()]
    for (const each of both) await each.join('continuity')
    await expectCall(...both)
    const seen = await bothWitnessed(both, async () => {
      await forgotten(both, strangers)
      for (const each of both) await each.reads(unseated)
    })
    for (const testimony of seen) expectOneCall(testimony)
    await ann.press('Hang up')
    await ben.becomes({ visit: 'outside' })
    expect(await ben.words()).toContain('They hung up')
  })
})

describe('a stranger with the stolen token of one of the two', () => {
  const rig = new Rig()

  const keptBy = (tab: Tab): Promise<string> => tab.run(() => sessionStorage.getItem('duet:seat:continuity') ?? '', null)

  /** Eve has Ann's seat. Ben's page asks him. */
  async function stolen(browser: 'chromium' | 'firefox' = 'chromium') {
    const [ann, ben, eve] = [await rig.chromium(), await rig[browser](), await rig.chromium()]
    await ann.join('continuity')
    await ben.join('continuity')
    await expectCall(ann, ben)
    const token = await keptBy(ann.tab)
    await eve.visit('/check')
    await eve.tab.run((held) => sessionStorage.setItem('duet:seat:continuity', held), token)
    await eve.visit('/r/continuity')
    await ann.becomes({ visit: 'outside' })
    await ben.becomes({ call: 'unproven' })
    expect(await ben.words()).toContain('Someone else may have joined')
    for (const each of [ben, eve]) expect(await arriving(each)).toEqual({ audio: false, video: false })
    return { ann, ben, eve }
  }

  /** Whether anything comes within a second. */
  async function arriving(caller: Caller): Promise<{ audio: boolean; video: boolean }> {
    const before = await caller.inbound()
    await caller.tab.run(() => new Promise((resolve) => setTimeout(resolve, 1_000)), null)
    const after = await caller.inbound()
    return { audio: after.audio.packets > before.audio.packets, video: after.video.packets > before.video.packets }
  }

  everyBrowser.for(['chromium', 'firefox'] as const)('has no media until the person continues, in %s', async (browser) => {
    const { ben, eve } = await stolen(browser)
    await ben.press('Continue')
    await expectCall(ben, eve)
  })

  test('never has media where the person hangs up, by keyboard', async () => {
    const { ben, eve } = await stolen()
    const { page } = ben.tab as unknown as { page: { keyboard: { press(key: string): Promise<void> } } }
    // From the question's heading over Continue to the second answer.
    await page.keyboard.press('Tab')
    await page.keyboard.press('Tab')
    await page.keyboard.press('Enter')
    await ben.becomes({ visit: 'outside' })
    await eve.becomes({ room: 'created' })
    const { audio, video } = await eve.inbound()
    expect([audio.packets, video.packets]).toEqual([0, 0])
  })
})
