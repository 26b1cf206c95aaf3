import { describe, expect } from 'vitest'
import { timeouts } from '../../../machines/protocol/timeouts.ts'
import { expectCall } from '../../browser/expectCall.ts'
import { needs } from '../../needs.ts'
import type { ProxiedUser } from '../proxiedUser.ts'
import { FaultFixture } from '../faultFixture.ts'
import { observeBothDuring, expectUndisturbed, type PageObservation } from '../pageObserver.ts'

/** The signaling connection fails, and the transport between the peers does not. */

const test = needs('chromium')
const everyBrowser = needs('chromium', 'firefox')
const browsers = ['chromium', 'firefox'] as const

describe('during a call', () => {
  const fixture = new FaultFixture()

  async function call(ann: ProxiedUser, ben: ProxiedUser): Promise<[ProxiedUser, ProxiedUser]> {
    await ann.join('line')
    await ben.join('line')
    await expectCall(ann, ben)
    return [ann, ben]
  }

  /** Cuts both from the server for five minutes, so that it frees their seats. */
  async function loseServer(both: readonly ProxiedUser[]): Promise<void> {
    for (const { proxy } of both) await fixture.waitForLog('socket.closed', () => proxy.cut())
    await fixture.waitForLog('time.passed', () => fixture.clock.leap(5 * 60_000))
  }

  test('the observer reports a media pause of three seconds', async () => {
    const both = await call(await fixture.chromium(), await fixture.chromium())
    const [{ gaps }] = await observeBothDuring(both, async () => {
      await both[1].tab.run(pauseMedia, 3_000)
      await expectCall(...both)
    })
    expect(new Set(gaps.map(({ kind }) => kind))).toEqual(new Set(['audio', 'video']))
  })

  everyBrowser.for(browsers)(
    'a killed signaling connection is replaced unnoticed on both sides, in %s',
    async (browser) => {
      const both = await call(await fixture[browser](), await fixture.chromium())
      const seen = await observeBothDuring(both, async () => {
        await fixture.waitForLog('holder.resumed', () => both[0].proxy.reset())
        await both[0].waitForStates({ room: 'full' })
        // A late banner would appear in this time.
        await new Promise((resolve) => setTimeout(resolve, timeouts.peerBannerDelayMs))
      })
      seen.forEach(expectUndisturbed)
    },
  )

  everyBrowser.for(browsers)('a silent signaling connection is replaced, in %s', async (browser) => {
    const both = await call(await fixture[browser](), await fixture.chromium())
    const seen = await observeBothDuring(both, async () => {
      await fixture.waitForLog('holder.resumed', async () => {
        both[0].proxy.freeze()
        await both[1].press('Mute')
      })
      await both[0].waitForText('Their microphone is off')
      await both[1].press('Unmute')
      await expect.poll(() => both[0].visibleText()).not.toContain('Their microphone is off')
      // The old connection now delivers what it held back, and the page ignores it.
      const { proxy } = both[0]
      const open = proxy.connectionCount
      proxy.restore()
      await expect.poll(() => proxy.connectionCount).toBeLessThan(open)
      expect(await both[0].visibleText()).not.toContain('Their microphone is off')
    })
    seen.forEach(expectUndisturbed)
    await expectCall(...both)
  })

  everyBrowser.for(browsers)(
    'a call survives five minutes without the server, including mute and hang-up, one in %s',
    async (browser) => {
      const both = await call(await fixture[browser](), await fixture.chromium())
      const [ann, ben] = both
      const seen = await observeBothDuring(both, async () => {
        await loseServer(both)
        await ann.waitForText('Your call isn’t affected')
        await ben.press('Mute')
        await ann.waitForText('Their microphone is off')
      })
      for (const { states, gaps, newConnections, iceRestarts } of seen) {
        expect({ states, gaps, connections: newConnections, restarts: iceRestarts }).toEqual({
          states: [{ membership: 'joined', room: 'full', call: 'connected' }],
          gaps: [],
          connections: 0,
          restarts: 0,
        })
      }
      await ben.press('Hang up')
      await ann.waitForStates({ membership: 'left', call: 'hangup' })
      await ann.waitForText('They hung up')
    },
  )

  everyBrowser.for(browsers)(
    'both sides keep one call when they return to the server after five minutes, one in %s',
    async (browser) => {
      const both = await call(await fixture[browser](), await fixture.chromium())
      const seen = await observeBothDuring(both, async () => {
        await loseServer(both)
        // In turn: the first page is alone in the room until the second one is back.
        for (const { proxy } of both) await fixture.waitForLog('visitor.joined', () => proxy.restore())
        for (const each of both) await each.waitForStates({ room: 'full', call: 'connected' })
        await expectCall(...both)
      })
      for (const observation of seen) expectOneCall(observation)
    },
  )

  test('both sides keep one call across a server restart', async () => {
    const both = await call(await fixture.chromium(), await fixture.chromium())
    const seen = await observeBothDuring(both, async () => {
      await fixture.restartServer()
      await fixture.serverFixture.waitForLog('visitor.joined', 2)
      for (const each of both) await each.waitForStates({ room: 'full', call: 'connected' })
      await expectCall(...both)
    })
    for (const observation of seen) expectOneCall(observation)
  })

  test('both sides keep one call when only one of them returns to the server after five minutes', async () => {
    const both = await call(await fixture.chromium(), await fixture.chromium())
    const [ann, ben] = both
    const seen = await observeBothDuring(both, async () => {
      await loseServer([ann])
      await ben.waitForStates({ room: 'created', call: 'connected' })
      await fixture.waitForLog('visitor.joined', () => ann.proxy.restore())
      for (const each of both) await each.waitForStates({ room: 'full', call: 'connected' })
      await expectCall(...both)
    })
    for (const observation of seen) expectOneCall(observation)
  })

  /** Expects one connection throughout. */
  function expectOneCall({ states, gaps, newConnections }: PageObservation): void {
    expect(new Set(states.map(({ membership, call }) => `${membership} ${call}`))).toEqual(
      new Set(['joined connected']),
    )
    expect({ gaps, connections: newConnections }).toEqual({ gaps: [], connections: 0 })
  }
})

/** Sends no media for this many ms. */
async function pauseMedia(milliseconds: number): Promise<void> {
  const { recordedConnections } = window
  const senders = recordedConnections.at(-1)!.getSenders()
  const tracks = senders.map(({ track }) => track)
  await Promise.all(senders.map((sender) => sender.replaceTrack(null)))
  await new Promise((resolve) => setTimeout(resolve, milliseconds))
  await Promise.all(senders.map((sender, index) => sender.replaceTrack(tracks[index] ?? null)))
}
