import { describe, expect } from 'vitest'
import { timers } from '../../../machines/timers.ts'
import { expectCall } from '../../browser/guest.ts'
import { needs } from '../../needs.ts'
import { bothWitness, type Caller, expectUndisturbed } from '../caller.ts'
import { Rig } from '../rig.ts'

/** The way to the server breaks; the way to the other side does not. */

const test = needs('chromium')
const everyBrowser = needs('chromium', 'firefox')

describe('in a call', () => {
  const rig = new Rig()

  async function call(ann: Caller, ben: Caller): Promise<[Caller, Caller]> {
    await ann.join('line')
    await ben.join('line')
    await expectCall(ann, ben)
    return [ann, ben]
  }

  test('a line that is killed is back within two seconds, and neither side notices', async () => {
    const both = await call(await rig.chromium(), await rig.chromium())
    let took = Infinity
    const seen = await bothWitness(both, async () => {
      const start = performance.now()
      await rig.logs('holder.resumed', () => both[0].cable.reset())
      took = performance.now() - start
      await both[0].becomes({ room: 'full' })
      // What comes late comes now.
      await new Promise((resolve) => setTimeout(resolve, timers.awayShown))
    })
    expect(took).toBeLessThan(2_000)
    seen.forEach(expectUndisturbed)
  })

  everyBrowser.for(['chromium', 'firefox'] as const)('a line that goes silent is replaced within ten seconds, in %s', async (browser) => {
    const both = await call(await rig[browser](), await rig.chromium())
    let took = Infinity
    const seen = await bothWitness(both, async () => {
      const start = performance.now()
      await rig.logs('holder.resumed', async () => {
        both[0].cable.freeze()
        await both[1].press('Mute')
      })
      took = performance.now() - start
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
    expect(took).toBeLessThan(10_000)
    seen.forEach(expectUndisturbed)
    await expectCall(...both)
  })
})
