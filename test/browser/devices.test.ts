import { describe, expect } from 'vitest'
import { needs } from '../needs.ts'
import { expectCall, type Guest } from './guest.ts'
import { House } from './house.ts'
import { unanswered } from './prompt.ts'

const test = needs('chromium')

/** The one sees and hears what the other has, and no more. */
async function expectHeard(by: Guest, what: { audio: boolean; video: boolean }): Promise<void> {
  const before = await by.inbound()
  await expect.poll(async () => {
    const now = await by.inbound()
    return { audio: now.audio.packets > before.audio.packets, video: now.video.frames > before.video.frames }
  }).toEqual(what)
}

describe('a person', () => {
  const house = new House()

  test.each([
    ['first', true], ['second', false],
  ])('without a camera, who comes %s, is heard, sees, and is told so', async (_, isFirst) => {
    const room = house.newRoom()
    const [ann, ben] = [await house.chromium({ devices: 'microphone only' }), await house.chromium()]
    for (const guest of isFirst ? [ann, ben] : [ben, ann]) {
      await guest.arrive(room)
      if (guest === ann) await ann.reads('They will hear you, but not see you.')
      await guest.press('Join')
      await guest.becomes({ visit: 'inside' })
    }

    await Promise.all([ann, ben].map((guest) => guest.becomes({ visit: 'inside', room: 'full', call: 'connected' })))
    expect((await ann.pictures()).different).toBeGreaterThan(1)
    await expectHeard(ben, { audio: true, video: false })
    await ben.reads('Their camera is off')
  })

  test.each([
    ['first', true], ['second', false],
  ])('without any device, who comes %s, sees and hears', async (_, isFirst) => {
    const room = house.newRoom()
    const [ann, ben] = [await house.chromium({ devices: 'none' }), await house.chromium()]
    for (const guest of isFirst ? [ann, ben] : [ben, ann]) {
      await guest.arrive(room)
      if (guest === ann) await ann.reads('they get nothing from you yet')
      await guest.press('Join')
      await guest.becomes({ visit: 'inside' })
    }

    await Promise.all([ann, ben].map((guest) => guest.becomes({ visit: 'inside', room: 'full', call: 'connected' })))
    expect((await ann.pictures()).different).toBeGreaterThan(1)
    await expectHeard(ann, { audio: true, video: true })
    await expectHeard(ben, { audio: false, video: false })
  })

  test('who has not answered the browser has a microphone that cannot be switched yet, and can be once they have', async () => {
    const ann = await house.chromium({ script: unanswered })
    await ann.arrive(house.newRoom())
    const unmute = ann.tab.page.getByRole('button', { name: 'Unmute' })
    await unmute.focus()
    expect(await unmute.getAttribute('aria-disabled')).toBe('true')
    expect(await unmute.evaluate((button) => button === document.activeElement)).toBe(true)

    await ann.tab.run(() => (window as unknown as { answer(): void }).answer(), null)

    await ann.press('Mute')
    await ann.press('Unmute')
    await ann.reads('They will see and hear you.')
  })

  test('who said no to the browser reads what to do, says yes after all, and is seen', async () => {
    const room = house.newRoom()
    const [ann, ben] = [await house.chromium({ devices: 'asked', context: { permissions: [] } }), await house.chromium()]
    await ann.arrive(room)
    await ann.reads(/camera.*(not allowed|blocked|refused)|may not use/is)
    await ann.press('Join')
    await ben.join(room)
    await Promise.all([ann, ben].map((guest) => guest.becomes({ visit: 'inside', room: 'full', call: 'connected' })))
    await expectHeard(ben, { audio: false, video: false })

    await ann.tab.permit(['camera', 'microphone'])

    await expectCall(ann, ben)
  })

  test('who said no in the lobby and yes right there is seen in the mirror, then in the call', async () => {
    const room = house.newRoom()
    const [ann, ben] = [await house.chromium({ devices: 'asked', context: { permissions: [] } }), await house.chromium()]
    await ann.arrive(room)
    await ann.reads('The camera is not allowed')
    await ann.reads('The microphone is not allowed')
    await ann.tab.permit(['camera', 'microphone'])
    await ann.reads('They will see and hear you.')
    expect((await ann.ownPictures()).different).toBeGreaterThan(1)

    await ann.press('Join')
    await ben.join(room)
    await expectCall(ann, ben)
  })
})
