import { describe, expect } from 'vitest'
import { timeouts } from '../../../machines/protocol/timeouts.ts'
import { expectCall } from '../../browser/expectCall.ts'
import type { ChromiumTab } from '../../browser/chromium.ts'
import type { Tab } from '../../browser/tab.ts'
import { needs } from '../../needs.ts'
import type { ProxiedUser } from '../proxiedUser.ts'
import { FaultFixture } from '../faultFixture.ts'
import { observeBothDuring, type PageObservation } from '../pageObserver.ts'

/** Another visitor gets the seat of one of two users in a call. */

const test = needs('chromium')
const everyBrowser = needs('chromium', 'firefox')

describe('a server that has lost the room of a call and gives its seats away', () => {
  const fixture = new FaultFixture()

  /** Frees both seats, lets other visitors take seats, and reconnects both users. */
  async function forgotten(both: readonly [ProxiedUser, ProxiedUser], visitors: readonly ProxiedUser[]): Promise<void> {
    for (const visitor of visitors) await visitor.openLobby('continuity')
    await fixture.waitForLog('socket.closed', () => both.forEach(({ proxy }) => proxy.cut()), 2)
    await fixture.waitForLog('time.passed', () => fixture.clock.leap(timeouts.seatGraceMs))
    for (const visitor of visitors) await fixture.waitForLog('visitor.joined', () => visitor.press('Join'))
    for (const { proxy } of both) proxy.restore()
  }

  /** Expects one connection throughout. A busy machine may delay frames for a moment; a new connection takes longer. */
  function expectOneCall({ states, gaps, newConnections }: PageObservation): void {
    expect(new Set(states.map(({ membership, call }) => `${membership} ${call}`))).toEqual(
      new Set(['joined connected']),
    )
    expect({ gaps, connections: newConnections }).toEqual({ gaps: [], connections: 0 })
  }

  async function expectNothingFor(visitor: ProxiedUser): Promise<void> {
    const { audio, video } = await visitor.readInboundStats()
    expect([audio.packets, video.packets]).toEqual([0, 0])
  }

  const unseated = 'Someone else took your place in the room. Your call isn’t affected.'

  everyBrowser.for(['chromium', 'firefox'] as const)(
    'the call goes on and the page without a seat shows that, in %s',
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

  test('if both seats are taken, the call goes on until one side hangs up over the data channel', async () => {
    const both = [await fixture.chromium(), await fixture.chromium()] as [ProxiedUser, ProxiedUser]
    const [ann, ben] = both
    const visitors = [await fixture.chromium(), await fixture.chromium()]
    for (const each of both) await each.join('continuity')
    await expectCall(...both)
    const seen = await observeBothDuring(both, async () => {
      await forgotten(both, visitors)
      for (const each of both) await each.waitForText(unseated)
    })
    for (const observation of seen) expectOneCall(observation)
    await ann.press('Hang up')
    await ben.waitForStates({ membership: 'left' })
    await ben.waitForText('They hung up')
  })
})

describe('an attacker with the stolen token of a call', () => {
  const fixture = new FaultFixture()

  const keptBy = (tab: Tab): Promise<string> =>
    tab.run(() => sessionStorage.getItem('duet:seat:continuity') ?? '', null)

  /** Eve takes Ann's seat. Ben's page asks Ben whether to continue. */
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
    await ben.waitForText('Someone else may have joined')
    for (const each of [ben, eve]) expect(await arriving(each)).toEqual({ audio: false, video: false })
    return { ann, ben, eve }
  }

  /** Returns which media arrive within a second. */
  async function arriving(user: ProxiedUser): Promise<{ audio: boolean; video: boolean }> {
    const before = await user.readInboundStats()
    await user.tab.run(() => new Promise((resolve) => setTimeout(resolve, 1_000)), null)
    const after = await user.readInboundStats()
    return { audio: after.audio.packets > before.audio.packets, video: after.video.packets > before.video.packets }
  }

  everyBrowser.for(['chromium', 'firefox'] as const)(
    'the attacker gets no media until the user continues, in %s',
    async (browser) => {
      const { ben, eve } = await stolen(browser)
      await ben.press('Continue')
      await expectCall(ben, eve)
    },
  )

  test('the attacker never gets media if the user hangs up by keyboard', async () => {
    const { ben, eve } = await stolen()
    const { page } = ben.tab as ChromiumTab
    // Tab moves from the question's heading over Continue to Hang up.
    await page.keyboard.press('Tab')
    await page.keyboard.press('Tab')
    await page.keyboard.press('Enter')
    await ben.waitForStates({ membership: 'left' })
    await eve.waitForStates({ room: 'created' })
    const { audio, video } = await eve.readInboundStats()
    expect([audio.packets, video.packets]).toEqual([0, 0])
  })
})
