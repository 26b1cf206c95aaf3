import { describe, expect } from 'vitest'
import { needs } from '../needs.ts'
import type { BrowserUser } from './browserUser.ts'
import { BrowserFixture } from './browserFixture.ts'
import type { ChromiumTab } from './chromium.ts'
import { fakeSoundScript, setFakeSound } from './fakeSound.ts'
import { sharedFixture } from './fixtureLifecycle.ts'

const test = needs('chromium')

/** The sound of the peer in the next second of audio: its energy is above that of comfort noise. */
async function hears(user: BrowserUser): Promise<boolean> {
  const before = await user.readInboundStats()
  await expect
    .poll(async () => (await user.readInboundStats()).audio.packets)
    .toBeGreaterThan(before.audio.packets + 40)
  return (await user.readInboundStats()).audio.energy - before.audio.energy > 1e-4
}

/** The filters, the channels and the highest bitrate of the sound that a page sends. */
const readSentSound = () => {
  const senders = window.recordedConnections.at(-1)!.getSenders()
  const { track, ...sender } = { track: senders[0]!.track, parameters: senders[0]!.getParameters() }
  const { echoCancellation, noiseSuppression, autoGainControl, channelCount } = track!.getSettings()
  return {
    filters: [echoCancellation, noiseSuppression, autoGainControl],
    channelCount,
    maxBitrate: sender.parameters.encodings[0]?.maxBitrate,
  }
}

describe('the sound of a call', () => {
  const fixture = new BrowserFixture()
  const connected = (...users: readonly BrowserUser[]) =>
    Promise.all(users.map((user) => user.waitForStates({ membership: 'joined', room: 'full', call: 'connected' })))
  /** One call for all tests: Ann’s microphone is a fake that the test controls, Ben’s is Chromium’s. */
  const call = sharedFixture(async () => {
    const room = fixture.newRoom()
    const ann = await fixture.chromium({ script: fakeSoundScript })
    const ben = await fixture.chromium()
    fixture.keepOpen(ann, ben)
    await ann.join(room)
    await ben.join(room)
    await connected(ann, ben)
    return [ann, ben] as const
  })

  const press = ({ tab }: BrowserUser<ChromiumTab>, name: string) =>
    tab.page.getByRole('group').getByRole('button', { name, exact: true }).click()
  async function openSoundSettings(user: BrowserUser<ChromiumTab>): Promise<void> {
    await press(user, 'Devices')
    await user.tab.page.locator('summary', { hasText: 'Sound' }).click()
  }
  const closePanel = (user: BrowserUser<ChromiumTab>) => user.tab.page.keyboard.press('Escape')

  test('a user who speaks while muted reads it, is not heard, and unmutes with the hint', async () => {
    const [ann, ben] = await call()
    await setFakeSound(ann, 'noise')
    await press(ann, 'Mute')
    await expect.poll(() => hears(ben)).toBe(false)
    await setFakeSound(ann, 'speech')
    await ann.waitForText(/You’re muted\.\s+Unmute\s+Dismiss/)
    expect(await hears(ben)).toBe(false)
    await ann.tab.page.locator('.banner').getByRole('button', { name: 'Unmute' }).click()
    await expect.poll(() => ann.visibleText()).not.toContain('Dismiss')
    await expect.poll(() => hears(ben)).toBe(true)
  })

  test('a user whose microphone is silent reads it until there is sound', async () => {
    const [ann, ben] = await call()
    await ann.tab.page.reload()
    await connected(ann, ben)
    await ann.waitForText('Your microphone is silent.')
    await setFakeSound(ann, 'speech')
    await expect.poll(() => ann.visibleText()).not.toContain('Your microphone is silent.')
  })

  test('a muted user sees the level of the microphone in the test, and is not heard', async () => {
    const [ann, ben] = await call()
    await setFakeSound(ann, 'speech')
    await press(ann, 'Mute')
    await openSoundSettings(ann)
    const { page } = ann.tab
    await page.getByRole('button', { name: 'Test microphone' }).click()
    const level = page.getByRole('meter', { name: 'Microphone level' }).last()
    await expect.poll(async () => Number(await level.getAttribute('aria-valuenow'))).toBeGreaterThan(5)
    await expect.poll(() => hears(ben)).toBe(false)
    await closePanel(ann)
    await press(ann, 'Unmute')
  })

  test('push to talk sends while the space bar is held, whichever button was clicked before', async () => {
    const [ann, ben] = await call()
    await setFakeSound(ann, 'speech')
    await openSoundSettings(ann)
    const { page } = ann.tab
    await page.getByLabel('Push to talk').check()
    await closePanel(ann)
    await press(ann, 'Mute')
    await ben.waitForText('Their microphone is off')

    await page.keyboard.down('Space')
    await expect.poll(() => ben.visibleText()).not.toContain('Their microphone is off')
    await expect.poll(() => ann.listButtons()).toContain('Mute')
    await page.keyboard.up('Space')
    await ben.waitForText('Their microphone is off')
    await expect.poll(() => ann.listButtons()).toContain('Unmute')

    await page.keyboard.down('Space')
    await expect.poll(() => ben.visibleText()).not.toContain('Their microphone is off')
    await page.evaluate(() => window.dispatchEvent(new Event('blur')))
    await ben.waitForText('Their microphone is off')
    await page.keyboard.up('Space')

    // A control that was reached by keyboard keeps its key.
    await page.getByRole('group').getByRole('button', { name: 'Unmute' }).focus()
    await page.keyboard.press('Space')
    await expect.poll(() => ann.listButtons()).toContain('Mute')
  })

  test('the button to talk sends while it is held', async () => {
    const [ann, ben] = await call()
    const { page } = ann.tab
    await page.evaluate(() => localStorage.setItem('duet:pushToTalk', 'on'))
    await page.reload()
    await connected(ann, ben)
    await press(ann, 'Mute')
    await ben.waitForText('Their microphone is off')
    await page.getByRole('button', { name: 'Hold to talk' }).hover()
    await page.mouse.down()
    await expect.poll(() => ben.visibleText()).not.toContain('Their microphone is off')
    await page.mouse.up()
    await ben.waitForText('Their microphone is off')
    await press(ann, 'Unmute')
  })

  test('a switch changes a filter of the sent sound, and music mode sends more of it', async () => {
    const [ann, ben] = await call()
    const sent = () => ben.tab.run(readSentSound, null)
    expect(await sent()).toEqual({ filters: [true, true, true], channelCount: 1, maxBitrate: undefined })
    await openSoundSettings(ben)
    const { page } = ben.tab
    await page.getByLabel('Noise suppression').uncheck()
    await expect.poll(sent).toMatchObject({ filters: [true, false, true] })
    await page.getByLabel('Music mode').check()
    expect(await page.getByLabel('Echo cancellation').isDisabled()).toBe(true)
    await expect.poll(sent).toEqual({ filters: [false, false, false], channelCount: 2, maxBitrate: 128_000 })
    // In the next connection Ben answers.
    await ann.tab.page.reload()
    await connected(ann, ben)
    await expect.poll(sent).toMatchObject({ maxBitrate: 128_000 })
    await page.getByLabel('Music mode').uncheck()
    await expect.poll(sent).toEqual({ filters: [true, false, true], channelCount: 1, maxBitrate: undefined })
    await expect.poll(() => hears(ann)).toBe(true)
  })

  test('the volume of the peer changes what a user hears', async () => {
    const [, ben] = await call()
    const { page } = ben.tab
    await page.getByLabel('Their volume').fill('30')
    const readVolumes = () =>
      ben.tab.run(
        () => [...document.querySelectorAll('video')].filter(({ muted }) => !muted).map((each) => each.volume),
        null,
      )
    expect(await readVolumes()).toEqual([0.3])
    expect(await page.getByLabel('Their volume').getAttribute('aria-valuetext')).toBe('30%')
  })

  test('the sound of a shared tab reaches the peer, beside the voice', async () => {
    const room = fixture.newRoom()
    const title = 'A tab with music'
    const [ann, ben] = [await fixture.chromium({ sharedTab: title }), await fixture.chromium()]
    const music = await ann.tab.openAnotherTab()
    await music.open(`${ann.origin}/check`)
    await music.run((name: string) => {
      document.title = name
      const audio = new AudioContext()
      const tone = audio.createOscillator()
      tone.connect(audio.destination)
      tone.start()
    }, title)
    await ann.tab.page.bringToFront()
    await ann.join(room)
    await ben.join(room)
    await connected(ann, ben)
    await press(ann, 'Mute')
    await expect.poll(() => hears(ben)).toBe(false)
    await press(ann, 'Share screen')
    await expect.poll(() => hears(ben)).toBe(true)
    await press(ann, 'Stop sharing')
    await expect.poll(() => hears(ben)).toBe(false)
  })
})
