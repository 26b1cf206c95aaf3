import { describe, expect } from 'vitest'
import { needs } from '../needs.ts'
import { expectCall } from './guest.ts'
import { House } from './house.ts'

/** One whole call in each browser, and one through the relay: what `npm test` shows of the product as people meet it. */

describe('two people', () => {
  const house = new House()

  needs('chromium')('with Chromium see and hear each other, and their pages say so', async () => {
    const room = house.newRoom()
    const [ann, ben] = [await house.chromium(), await house.chromium()]
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
    const [ann, ben] = [await house.chromium(), await house.chromium()]
    await ann.join(room)
    await ben.join(room, '?relay=1')

    await expectCall(ann, ben)
    expect((await ben.pair())?.local.type).toBe('relay')
    expect((await ann.pair())?.remote.type).toBe('relay')
  })

  needs('chromium', 'firefox')('with Firefox and Chromium see and hear each other, hang up and call again', async () => {
    const room = house.newRoom()
    const [ann, ben] = [await house.firefox(), await house.chromium()]
    await ann.join(room)
    await ann.becomes({ visit: 'inside', room: 'created', call: 'offering' })
    await ben.join(room)

    await expectCall(ann, ben)

    await ben.press('Hang up')
    await ben.becomes({ visit: 'outside', call: 'hangup' })
    await ann.becomes({ visit: 'inside', room: 'created' })
    await ben.press('Rejoin')
    await expectCall(ann, ben)
  })
})
