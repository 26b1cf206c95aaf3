import { describe, expect } from 'vitest'
import { timeouts } from '../../../machines/protocol/timeouts.ts'
import { expectCall } from '../../browser/browserUser.ts'
import type { Tab } from '../../browser/tab.ts'
import { needs } from '../../needs.ts'
import type { ProxiedUser } from '../proxiedUser.ts'
import { FaultFixture } from '../faultFixture.ts'
import { observeBothDuring, type PageObservation } from '../pageObserver.ts'

/** Somebody else gets the seat of one of two people in a call. */

const test = needs('chromium')
const everyBrowser = needs('chromium', 'firefox')

describe('a server that has forgotten the two of a call and seats a stranger', () => {
  const fixture = new FaultFixture()

  /** Both are back at the server after strangers have taken so many of the two seats. */
  async function forgotten(
    both: readonly [ProxiedUser, ProxiedUser],
    strangers: readonly ProxiedUser[],
  ): Promise<void> {
    for (const stranger of strangers) await stranger.openLobby('continuity')
    await fixture.waitForLog('socket.closed', () => both.forEach(({ proxy }) => proxy.cut()), 2)
    await fixture.waitForLog('time.passed', () => fixture.clock.leap(timeouts.seatGraceMs))
    for (const stranger of strangers) await fixture.waitForLog('visitor.joined', () => stranger.press('Join'))
    for (const { proxy } of both) proxy.restore()
  }

  /** One connection from the beginning to the end. A busy machine may hold pictures back for a moment; a new connection takes longer. */
  function expectOneCall({ states, gaps, newConnections }: PageObservation): void {
    expect(new Set(states.map(({ membership, call }) => `${membership} ${call}`))).toEqual(
      new Set(['joined connected']),
    )
    expect({ gaps, connections: newConnections }).toEqual({ gaps: [], connections: 0 })
  }

  async function expectNothingFor(stranger: ProxiedUser): Promise<void> {
    const { audio, video } = await stranger.readInboundStats()
    expect([audio.packets, video.packets]).toEqual([0, 0])
  }

  const unseated = 'Someone else took your place in the room. Your call goes on.'

  everyBrowser.for(['chromium', 'firefox'] as const)(
    'leaves the call as it is, and the one without a seat is told, in %s',
    async (browser) => {
      const both = [await fixture[browser](), await fixture.chromium()] as [ProxiedUser, ProxiedUser]
      const eve = await fixture.chromium()
      for (const each of both) await each.join('continuity')
      await expectCall(...both)
      const seen = await observeBothDuring(both, async () => {
        await forgotten(both, [eve])
        await expect
          .poll(
            async () =>
              (await Promise.all(both.map((each) => each.visibleText()))).filter((words) => words.includes(unseated))
                .length,
          )
          .toBe(1)
        await eve.waitForStates({ membership: 'joined', room: 'ready' })
      })
      for (const observation of seen) expectOneCall(observation)
      await expectNothingFor(eve)
    },
  )

  test('for both of them leaves the call as it is until one hangs up, which the other hears past the server', async () => {
    const both = [await fixture.chromium(), await fixture.chromium()] as [ProxiedUser, ProxiedUser]
    const [ann, ben] = both
    const strangers = [await fixture.chromium(), await fixture.chromium()]
    for (const each of both) await each.join('continuity')
    await expectCall(...both)
    const seen = await observeBothDuring(both, async () => {
      await forgotten(both, strangers)
      for (const each of both) await each.waitForText(unseated)
    })
    for (const observation of seen) expectOneCall(observation)
    await ann.press('Hang up')
    await ben.waitForStates({ membership: 'left' })
    expect(await ben.visibleText()).toContain('They hung up')
  })
})

describe('a stranger with the stolen token of one of the two', () => {
  const fixture = new FaultFixture()

  const keptBy = (tab: Tab): Promise<string> =>
    tab.run(() => sessionStorage.getItem('duet:seat:continuity') ?? '', null)

  /** Eve has Ann's seat. Ben's page asks him. */
  async function stolen(browser: 'chromium' | 'firefox' = 'chromium') {
    const [ann, ben, eve] = [await fixture.chromium(), await fixture[browser](), await fixture.chromium()]
    await ann.join('continuity')
    await ben.join('continuity')
    await expectCall(ann, ben)
    const token = await keptBy(ann.tab)
    await eve.openPath('/check')
    await eve.tab.run((held) => sessionStorage.setItem('duet:seat:continuity', held), token)
    await eve.openPath('/r/continuity')
    await ann.waitForStates({ membership: 'left' })
    await ben.waitForStates({ call: 'unauthenticatedPeer' })
    expect(await ben.visibleText()).toContain('Someone else may have joined')
    for (const each of [ben, eve]) expect(await arriving(each)).toEqual({ audio: false, video: false })
    return { ann, ben, eve }
  }

  /** Whether anything comes within a second. */
  async function arriving(user: ProxiedUser): Promise<{ audio: boolean; video: boolean }> {
    const before = await user.readInboundStats()
    await user.tab.run(() => new Promise((resolve) => setTimeout(resolve, 1_000)), null)
    const after = await user.readInboundStats()
    return { audio: after.audio.packets > before.audio.packets, video: after.video.packets > before.video.packets }
  }

  everyBrowser.for(['chromium', 'firefox'] as const)(
    'has no media until the person continues, in %s',
    async (browser) => {
      const { ben, eve } = await stolen(browser)
      await ben.press('Continue')
      await expectCall(ben, eve)
    },
  )

  test('never has media where the person hangs up, by keyboard', async () => {
    const { ben, eve } = await stolen()
    const { page } = ben.tab as unknown as { page: { keyboard: { press(key: string): Promise<void> } } }
    // From the question's heading over Continue to the second answer.
    await page.keyboard.press('Tab')
    await page.keyboard.press('Tab')
    await page.keyboard.press('Enter')
    await ben.waitForStates({ membership: 'left' })
    await eve.waitForStates({ room: 'created' })
    const { audio, video } = await eve.readInboundStats()
    expect([audio.packets, video.packets]).toEqual([0, 0])
  })
})
