import { describe, expect } from 'vitest'
import { timers } from '../../../machines/protocol/timeouts.ts'
import { expectCall } from '../../browser/guest.ts'
import { needs } from '../../needs.ts'
import type { Caller } from '../caller.ts'
import { Rig } from '../rig.ts'
import { bothWitnessed, expectUndisturbed, type Testimony } from '../witness.ts'

/** The way to the server breaks; the way to the other side does not. */

const test = needs('chromium')
const everyBrowser = needs('chromium', 'firefox')
const browsers = ['chromium', 'firefox'] as const

describe('in a call', () => {
  const rig = new Rig()

  async function call(ann: Caller, ben: Caller): Promise<[Caller, Caller]> {
    await ann.join('line')
    await ben.join('line')
    await expectCall(ann, ben)
    return [ann, ben]
  }

  /** For five minutes of the server, which has freed their seats then. */
  async function loseServer(both: readonly Caller[]): Promise<void> {
    for (const { cable } of both) await rig.logs('socket.closed', () => cable.cut())
    await rig.logs('time.passed', () => rig.clock.leap(5 * 60_000))
  }

  test('media that pauses for three seconds is seen, so the silence of the other tests proves something', async () => {
    const both = await call(await rig.chromium(), await rig.chromium())
    const [{ gaps }] = await bothWitnessed(both, async () => {
      await both[1].tab.run(pauseMedia, 3_000)
      await expectCall(...both)
    })
    expect(new Set(gaps.map(({ kind }) => kind))).toEqual(new Set(['audio', 'video']))
  })

  everyBrowser.for(browsers)('a line that is killed is back, and neither side notices, in %s', async (browser) => {
    const both = await call(await rig[browser](), await rig.chromium())
    const seen = await bothWitnessed(both, async () => {
      await rig.logs('holder.resumed', () => both[0].cable.reset())
      await both[0].becomes({ room: 'full' })
      // What comes late comes now.
      await new Promise((resolve) => setTimeout(resolve, timers.awayShown))
    })
    seen.forEach(expectUndisturbed)
  })

  everyBrowser.for(browsers)('a line that goes silent is replaced, in %s', async (browser) => {
    const both = await call(await rig[browser](), await rig.chromium())
    const seen = await bothWitnessed(both, async () => {
      await rig.logs('holder.resumed', async () => {
        both[0].cable.freeze()
        await both[1].press('Mute')
      })
      await both[0].reads('Their microphone is off')
      await both[1].press('Unmute')
      await expect.poll(() => both[0].words()).not.toContain('Their microphone is off')
      // The old line delivers now what it had held back, and nobody listens.
      const { cable } = both[0]
      const open = cable.open
      cable.mend()
      await expect.poll(() => cable.open).toBeLessThan(open)
      expect(await both[0].words()).not.toContain('Their microphone is off')
    })
    seen.forEach(expectUndisturbed)
    await expectCall(...both)
  })

  everyBrowser.for(browsers)('two who lose the server for five minutes go on, and still tell each other that they mute and hang up, one in %s', async (browser) => {
    const both = await call(await rig[browser](), await rig.chromium())
    const [ann, ben] = both
    const seen = await bothWitnessed(both, async () => {
      await loseServer(both)
      await ann.reads('Your call goes on')
      await ben.press('Mute')
      await ann.reads('Their microphone is off')
    })
    for (const { states, gaps, connections, restarts } of seen) {
      expect({ states, gaps, connections, restarts }).toEqual({ states: [{ visit: 'inside', room: 'full', call: 'connected' }], gaps: [], connections: 0, restarts: 0 })
    }
    await ben.press('Hang up')
    await ann.becomes({ call: 'hangup' })
    expect(await ann.words()).toContain('They hung up')
  })

  everyBrowser.for(browsers)('two who find the server again after five minutes had and have one call, one in %s', async (browser) => {
    const both = await call(await rig[browser](), await rig.chromium())
    const seen = await bothWitnessed(both, async () => {
      await loseServer(both)
      // One after the other: who is first is alone for a while, as far as the server knows.
      for (const { cable } of both) await rig.logs('visitor.entered', () => cable.mend())
      for (const each of both) await each.becomes({ room: 'full', call: 'connected' })
      await expectCall(...both)
    })
    for (const testimony of seen) expectOneCall(testimony)
  })

  test('two whose server is started anew had and have one call', async () => {
    const both = await call(await rig.chromium(), await rig.chromium())
    const seen = await bothWitnessed(both, async () => {
      await rig.restart()
      await rig.world.logged('visitor.entered', 2)
      for (const each of both) await each.becomes({ room: 'full', call: 'connected' })
      await expectCall(...both)
    })
    for (const testimony of seen) expectOneCall(testimony)
  })

  test('one who finds the server again after five minutes had and has one call', async () => {
    const both = await call(await rig.chromium(), await rig.chromium())
    const [ann, ben] = both
    const seen = await bothWitnessed(both, async () => {
      await loseServer([ann])
      await ben.becomes({ room: 'created', call: 'connected' })
      await rig.logs('visitor.entered', () => ann.cable.mend())
      for (const each of both) await each.becomes({ room: 'full', call: 'connected' })
      await expectCall(...both)
    })
    for (const testimony of seen) expectOneCall(testimony)
  })

  /** With the same connection, from the beginning to the end. */
  function expectOneCall({ states, gaps, connections }: Testimony): void {
    expect(new Set(states.map(({ visit, call }) => `${visit} ${call}`))).toEqual(new Set(['inside connected']))
    expect({ gaps, connections }).toEqual({ gaps: [], connections: 0 })
  }
})

/** Sends nothing for so many milliseconds. */
async function pauseMedia(milliseconds: number): Promise<void> {
  const { madeConnections } = window as unknown as { madeConnections: RTCPeerConnection[] }
  const senders = madeConnections.at(-1)!.getSenders()
  const tracks = senders.map(({ track }) => track)
  await Promise.all(senders.map((sender) => sender.replaceTrack(null)))
  await new Promise((resolve) => setTimeout(resolve, milliseconds))
  await Promise.all(senders.map((sender, index) => sender.replaceTrack(tracks[index] ?? null)))
}
