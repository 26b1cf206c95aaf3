import { describe, expect } from 'vitest'
import { needs } from '../needs.ts'
import { expectCall, type Guest } from './guest.ts'
import { House } from './house.ts'
import { shared } from './party.ts'

const test = needs('chromium')
/** After the call was looked at once. */
const few = 3

describe('two people with Chromium', () => {
  const house = new House()
  /** All tests but the last leave it as it is. */
  const call = shared(async () => {
    const room = house.newRoom()
    const [ann, ben] = [await house.chromium(), await house.chromium()]
    house.keep(ann, ben)
    await ann.join(room)
    await ann.becomes({ room: 'created' })
    await ben.join(room)
    await expectCall(ann, ben)
    return { ann, ben, room }
  })
  const stranger = shared(async () => {
    const guest: Guest = await house.chromium()
    house.keep(guest)
    return guest
  })

  test('are not disturbed by a third, who is told that the room is full', async () => {
    const { ann, ben, room } = await call()
    const eve = await stranger()

    const noticed = await ann.watched(async () => {
      await eve.join(room)
      await eve.becomes({ visit: 'outside' })
    })

    expect(await eve.words()).toContain('full')
    expect((await eve.inbound()).video.packets).toBe(0)
    expect(noticed).toEqual([])
    await expectCall(ann, ben, few)
  })

  test('mute and switch the camera off, and the other is told', async () => {
    const { ann, ben } = await call()
    await ann.becomes({ call: 'connected' })

    await ann.press('Camera off')
    await ann.press('Mute')

    await ben.reads('Their camera is off')
    expect(await ann.tab.run(() => [...document.querySelectorAll<HTMLVideoElement>('[data-testid=local-video]')]
      .flatMap(({ srcObject }) => (srcObject as MediaStream | null)?.getVideoTracks().map(({ readyState }) => readyState) ?? []), null)).not.toContain('live')
    await ann.press('Camera on')
    await expectCall(ann, ben)
    await ann.press('Unmute')
  })

  test('who hang up are outside, while the other stays, and can call again in the same room', async () => {
    const { ann, ben } = await call()
    await ben.becomes({ call: 'connected' })

    await ben.press('Hang up')
    await ben.becomes({ visit: 'outside', room: 'empty', call: 'hangup' })
    await ann.becomes({ visit: 'inside', room: 'created', call: 'hangup' })
    expect(await ann.words()).toMatch(/hung up|have left/)
    expect((await ann.states()).visit).toBe('inside')

    await ben.press('Rejoin')
    await expectCall(ann, ben, few)
  })

  test('who made the room may leave: the other waits in it and hosts a new visitor', async () => {
    const { ann, ben, room } = await call()
    const cleo = await stranger()
    await ann.becomes({ call: 'connected' })

    await ann.press('Hang up')
    await ann.becomes({ visit: 'outside' })
    await ben.becomes({ visit: 'inside', room: 'created', call: 'offering' })
    await cleo.join(room)

    await expectCall(ben, cleo, few)
    expect((await ann.states()).visit).toBe('outside')
  })
})
