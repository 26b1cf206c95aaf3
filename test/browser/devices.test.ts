import { describe, expect } from 'vitest'
import { needs } from '../needs.ts'
import type { ChromiumOptions, ChromiumTab } from './chromium.ts'
import { expectCall, type Guest } from './guest.ts'
import { House } from './house.ts'
import { shared } from './party.ts'
import { unanswered } from './prompt.ts'
import { keepTracks, lights } from './tracks.ts'

const test = needs('chromium')

/** The one sees and hears what the other has, and no more. */
async function expectHeard(by: Guest, what: { audio: boolean; video: boolean }): Promise<void> {
  const before = await by.inbound()
  await expect.poll(async () => {
    const now = await by.inbound()
    return { audio: now.audio.packets > before.audio.packets, video: now.video.frames > before.video.frames }
  }).toEqual(what)
}

const connected = (...guests: readonly Guest[]) =>
  Promise.all(guests.map((guest) => guest.becomes({ visit: 'inside', room: 'full', call: 'connected' })))

describe('a person', () => {
  const house = new House()
  const staying = async (options: ChromiumOptions) => {
    const guest = await house.chromium(options)
    house.keep(guest)
    return guest
  }
  /** Each of them has one page for all tests, and comes to a new room in each. */
  const withBoth = shared(() => staying({}))
  const withoutCamera = shared(() => staying({ devices: 'microphone only' }))
  const withoutDevices = shared(() => staying({ devices: 'none' }))
  const asked = shared(() => staying({ devices: 'asked', script: keepTracks, context: { permissions: [] } }))

  /** The browser has not allowed this person anything, nor been asked. */
  async function forbid({ tab }: Guest<ChromiumTab>): Promise<void> {
    await tab.page.context().clearPermissions()
    await tab.permit([])
  }

  test.each([
    ['first', true], ['second', false],
  ])('without a camera, who comes %s, is heard, sees, and is told so', async (_, isFirst) => {
    const room = house.newRoom()
    const [ann, ben] = [await withoutCamera(), await withBoth()]
    for (const guest of isFirst ? [ann, ben] : [ben, ann]) {
      await guest.arrive(room)
      if (guest === ann) await ann.reads('They will hear you, but not see you.')
      await guest.press('Join')
      await guest.becomes({ visit: 'inside' })
    }

    await connected(ann, ben)
    expect((await ann.pictures()).different).toBeGreaterThan(1)
    await expectHeard(ben, { audio: true, video: false })
    await ben.reads('Their camera is off')
  })

  test.each([
    ['first', true], ['second', false],
  ])('without any device, who comes %s, sees and hears', async (_, isFirst) => {
    const room = house.newRoom()
    const [ann, ben] = [await withoutDevices(), await withBoth()]
    for (const guest of isFirst ? [ann, ben] : [ben, ann]) {
      await guest.arrive(room)
      if (guest === ann) await ann.reads('they get nothing from you yet')
      await guest.press('Join')
      await guest.becomes({ visit: 'inside' })
    }

    await connected(ann, ben)
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

  test('who said no in the lobby and yes right there is seen in the mirror, then in the call', async () => {
    const room = house.newRoom()
    const [ann, ben] = [await asked(), await withBoth()]
    await forbid(ann)
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

  const callOfAsked = shared(async () => {
    const room = house.newRoom()
    const [ann, ben] = [await asked(), await withBoth()]
    await forbid(ann)
    await ann.arrive(room)
    await ann.reads(/camera.*(not allowed|blocked|refused)|may not use/is)
    await ann.press('Join')
    await ben.join(room)
    await connected(ann, ben)
    await expectHeard(ben, { audio: false, video: false })

    await ann.tab.permit(['camera', 'microphone'])

    await expectCall(ann, ben)
    return [ann, ben] as const
  })

  test('who said no to the browser reads what to do, says yes after all, and is seen', async () => {
    await callOfAsked()
  })

  test('who forbids the devices in a call reads how to allow them, and they come back by themselves', async () => {
    const [ann, ben] = await callOfAsked()
    await connected(ann, ben)
    await forbid(ann)
    await ann.reads('The camera and microphone are not allowed here.')
    await ben.reads('Their camera is off')
    await expect.poll(() => lights(ann)).toEqual([])
    expect(await ann.words()).not.toContain('went away')
    await ann.tab.permit(['camera', 'microphone'])
    await expectCall(ann, ben)
    await expect.poll(() => ann.words()).not.toContain('not allowed')
  })
})
