import { describe, expect } from 'vitest'
import { needs } from '../needs.ts'
import { expectCall } from './guest.ts'
import { House } from './house.ts'

const test = needs('chromium')

describe('two people with Chromium', () => {
  const house = new House()

  test('are not disturbed by a third, who is told that the room is full', async () => {
    const room = house.newRoom()
    const [ann, ben, eve] = [await house.chromium(), await house.chromium(), await house.chromium()]
    await ann.join(room)
    await ben.join(room)
    await expectCall(ann, ben)

    const noticed = await ann.watched(async () => {
      await eve.join(room)
      await eve.becomes({ visit: 'outside' })
    })

    expect(await eve.words()).toContain('full')
    expect((await eve.inbound()).video.packets).toBe(0)
    expect(noticed).toEqual([])
    await expectCall(ann, ben)
  })

  test('who hang up are outside, while the other stays, and can call again in the same room', async () => {
    const room = house.newRoom()
    const [ann, ben] = [await house.chromium(), await house.chromium()]
    await ann.join(room)
    await ben.join(room)
    await expectCall(ann, ben)

    await ben.press('Hang up')
    await ben.becomes({ visit: 'outside', room: 'empty', call: 'hangup' })
    await ann.becomes({ visit: 'inside', room: 'created', call: 'hangup' })
    expect(await ann.words()).toMatch(/hung up|have left/)
    expect((await ann.states()).visit).toBe('inside')

    await ben.press('Rejoin')
    await expectCall(ann, ben)
  })

  test('who made the room may leave: the other waits in it and hosts a new visitor', async () => {
    const room = house.newRoom()
    const [ann, ben, cleo] = [await house.chromium(), await house.chromium(), await house.chromium()]
    await ann.join(room)
    await ben.join(room)
    await expectCall(ann, ben)

    await ann.press('Hang up')
    await ann.becomes({ visit: 'outside' })
    await ben.becomes({ visit: 'inside', room: 'created', call: 'offering' })
    await cleo.join(room)

    await expectCall(ben, cleo)
    expect((await ann.states()).visit).toBe('outside')
  })

  test('mute and switch the camera off, and the other is told', async () => {
    const room = house.newRoom()
    const [ann, ben] = [await house.chromium(), await house.chromium()]
    await ann.join(room)
    await ben.join(room)
    await expectCall(ann, ben)

    await ann.press('Camera off')
    await ann.press('Mute')

    await ben.reads('Their camera is off')
    expect(await ann.tab.run(() => [...document.querySelectorAll<HTMLVideoElement>('[data-testid=local-video]')]
      .flatMap(({ srcObject }) => (srcObject as MediaStream | null)?.getVideoTracks().map(({ readyState }) => readyState) ?? []), null)).not.toContain('live')
    await ann.press('Camera on')
    await expectCall(ann, ben)
  })
})
