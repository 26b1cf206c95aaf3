import { describe, expect } from 'vitest'
import { needs } from '../needs.ts'
import { expectCall, type Guest } from './guest.ts'
import { House } from './house.ts'
import { shared } from './party.ts'

/** One whole call in each browser, and one through the relay: what `npm test` shows of the product as people meet it. */

describe('two people', () => {
  const house = new House()
  /** Each test opens another room in the same pages. */
  const keep = <T extends Guest>(guest: T): T => (house.keep(guest), guest)
  const chromium = shared(async () => keep(await house.chromium()))
  const another = shared(async () => keep(await house.chromium()))
  const firefox = shared(async () => keep(await house.firefox()))

  needs('chromium')('with Chromium see and hear each other, and their pages say so', async () => {
    const room = house.newRoom()
    const [ann, ben] = [await chromium(), await another()]
    await ann.join(room)
    await ann.becomes({ visit: 'inside', room: 'created', call: 'offering' })
    expect(await ann.words()).toContain('first one here')

    await ben.join(room)

    await expectCall(ann, ben)
    expect(await ann.buttons()).toEqual(expect.arrayContaining(['Mute', 'Camera off', 'Hang up']))
    expect((await ann.inbound()).audio.energy).toBeGreaterThan(0)
    expect((await ann.pair())?.local.type).not.toBe('relay')
  })

  needs('chromium')('are relayed if one asks for it, whatever the other does', async () => {
    const room = house.newRoom()
    const [ann, ben] = [await chromium(), await another()]
    await ann.join(room)
    await ben.join(room, '?relay=1')

    await expectCall(ann, ben, 3)
    expect((await ben.pair())?.local.type).toBe('relay')
    expect((await ann.pair())?.remote.type).toBe('relay')
    for (const guest of [ann, ben]) await guest.press('Hang up')
  })

  const both = needs('chromium', 'firefox')

  both('with Firefox and Chromium see and hear each other, hang up and call again', async () => {
    await expectTwoCalls(await firefox(), await chromium())
  })

  both('Chromium makes the room, Firefox comes, and they see and hear each other, hang up and call again', async () => {
    await expectTwoCalls(await chromium(), await firefox())
  })

  /** The second comes, goes, and comes again. */
  async function expectTwoCalls(ann: Guest, ben: Guest): Promise<void> {
    const room = house.newRoom()
    await ann.join(room)
    await ann.becomes({ visit: 'inside', room: 'created', call: 'offering' })
    await ben.join(room)
    await expectCall(ann, ben)

    await ben.press('Hang up')
    await ben.becomes({ visit: 'outside', call: 'hangup' })
    await ann.becomes({ visit: 'inside', room: 'created' })
    await ben.press('Rejoin')
    await expectCall(ann, ben, 3)
  }
})
