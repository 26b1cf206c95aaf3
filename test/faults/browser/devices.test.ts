import { afterAll, beforeAll, describe, expect } from 'vitest'
import type { Browser } from 'playwright-core'
import { type ChromiumTab, openChromiumTab, startChromium } from '../../browser/chromium.ts'
import { expectCall, Guest } from '../../browser/guest.ts'
import { House } from '../../browser/house.ts'
import { shared } from '../../browser/party.ts'
import type { PuppetTab } from '../../browser/puppet.ts'
import { keepTracks, type Kept, lights } from '../../browser/tracks.ts'
import { needs } from '../../needs.ts'
import { SoundServer } from '../soundServer.ts'

/** Devices follow the visit, and say what is the matter with them. */

const test = needs('chromium')
const inFirefox = needs('chromium', 'firefox')
const withSound = needs('chromium', 'pulseaudio')

const refuse = (guest: Guest, refusals: Record<string, string>): Promise<void> =>
  guest.tab.run((wanted) => void Object.assign((window as unknown as Kept).refusals, wanted), refusals)

/** Ends the newest track of a kind as browsers do whose device is gone. */
const end = (guest: Guest, kind: string): Promise<void> => guest.tab.run((wanted) => {
  const track = (window as unknown as Kept).givenTracks.findLast((each) => each.kind === wanted)
  track?.stop()
  track?.dispatchEvent(new Event('ended'))
}, kind)

/** Mutes the newest track of a kind as the system does, or a switch on the device. */
const hush = (guest: Guest, kind: string, muted: boolean): Promise<void> => guest.tab.run((wanted) => {
  const track = (window as unknown as Kept).givenTracks.findLast((each) => each.kind === wanted.kind)
  if (!track) return
  Object.defineProperty(track, 'muted', { configurable: true, value: wanted.muted })
  track.dispatchEvent(new Event(wanted.muted ? 'mute' : 'unmute'))
}, { kind, muted })

const connected = (...guests: readonly Guest[]) =>
  Promise.all(guests.map((guest) => guest.becomes({ visit: 'inside', room: 'full', call: 'connected' })))

describe('devices', () => {
  const house = new House()

  const call = shared(async () => {
    const room = house.newRoom()
    const ann = await house.chromium({ script: `${keepTracks}\n${twoCameras}`, context: { reducedMotion: 'no-preference' } })
    const ben = await house.chromium()
    await ann.arrive(room)
    await expect.poll(() => lights(ann)).toEqual(['audio', 'video'])
    await ann.press('Join')
    await ben.join(room)
    await expectCall(ann, ben)
    house.keep(ann, ben)
    return { ann, ben, room }
  })

  async function firefox(): Promise<Guest> {
    const guest = await house.firefox()
    const { page } = guest.tab as PuppetTab
    await page.evaluateOnNewDocument(keepTracks)
    return guest
  }

  test('that do not start say so in a call, both in one banner, until it is closed; and start when tried again', async () => {
    const { ann, ben } = await call()
    await connected(ann, ben)
    await refuse(ann, { audio: 'NotReadableError', video: 'NotReadableError' })
    await end(ann, 'audio')
    await end(ann, 'video')
    await ann.reads('Another program is using the camera and microphone.')
    await ann.reads('Not heard')
    await ben.reads('Their microphone is off')
    await ann.press('Close this notice')
    await expect.poll(() => ann.words()).not.toContain('Another program')
    await refuse(ann, { audio: '', video: '' })
    await ann.press('Unmute')
    await ann.press('Camera on')
    await expectCall(ann, ben)
  })

  test('that are muted by a switch or the system are so on both sides, and no more when they are not', async () => {
    const { ann, ben } = await call()
    await connected(ann, ben)
    await hush(ann, 'audio', true)
    await ann.reads('Your microphone is muted by your device or system.')
    await ben.reads('Their microphone is off')
    await hush(ann, 'audio', false)
    await expect.poll(() => ann.words()).not.toContain('by your device or system')
    await expect.poll(() => ben.words()).not.toContain('Their microphone is off')
    await hush(ann, 'video', true)
    await ann.reads('Your camera is switched off by your device or system.')
    await ben.reads('Their camera is off')
    await hush(ann, 'video', false)
    await expect.poll(() => ann.words()).not.toContain('by your device or system')
    await expect.poll(() => ben.words()).not.toContain('Their camera is off')
  })

  test('that are muted keep their mark while the controls are hidden', async () => {
    const { ann, ben } = await call()
    await connected(ann, ben)
    await ann.press('Mute')
    await ann.tab.page.mouse.move(10, 10)
    await ann.tab.run(() => (document.activeElement as HTMLElement | null)?.blur(), null)
    const controls = ann.tab.page.locator('.bottom')
    await expect.poll(() => controls.evaluate((element) => getComputedStyle(element).opacity)).toBe('0')
    expect(await ann.tab.page.getByText('Muted', { exact: true }).evaluate((mark) => mark.checkVisibility({ opacityProperty: true, visibilityProperty: true }))).toBe(true)
    await ann.tab.page.mouse.move(20, 20)
    await ann.press('Unmute')
  })

  test('of one’s choice that do not start leave the one that worked, and say so', async () => {
    const { ann, ben } = await call()
    await connected(ann, ben)
    const worked = await ann.tab.run(() => (window as unknown as Kept).givenTracks.findLast(({ kind }) => kind === 'video')!.label, null)
    await refuse(ann, { second: 'NotReadableError' })
    await ann.press('Devices')
    const picker = ann.tab.page.getByLabel('Camera', { exact: true })
    const first = await picker.inputValue()
    await picker.selectOption('second')
    await ann.reads(`is used by another program. “${worked}” is on instead.`)
    await expectCall(ann, ben)
    await picker.selectOption(first)
    await ann.tab.page.keyboard.press('Escape')
  })

  /** Somebody hangs up and comes back, with all devices on, then with the camera off. */
  async function hangUpAndRejoin(ann: Guest, ben: Guest): Promise<void> {
    await expect.poll(() => lights(ann)).toEqual(['audio', 'video'])
    await ann.press('Mute')
    await ann.press('Hang up')
    await ann.becomes({ visit: 'outside' })
    await expect.poll(() => lights(ann)).toEqual([])
    await ann.press('Rejoin')
    await expectSeen(ann, ben)
    await ben.reads('Their microphone is off')
    expect(await lights(ann)).toEqual(['audio', 'video'])
    await ann.press('Camera off')
    await ann.press('Hang up')
    await ann.press('Rejoin')
    await ben.reads('Their camera is off')
    expect(await lights(ann)).toEqual(['audio'])
    await ann.press('Unmute')
    await ann.press('Camera on')
    await expectSeen(ann, ben)
  }

  /** Ben sees Ann's picture move. */
  async function expectSeen(ann: Guest, ben: Guest): Promise<void> {
    await connected(ann, ben)
    const before = await ben.inbound()
    await expect.poll(async () => (await ben.inbound()).video.frames > before.video.frames).toBe(true)
  }

  test('are off after one hung up, and as they were when one comes back, in chromium', async () => {
    const { ann, ben } = await call()
    await connected(ann, ben)
    await hangUpAndRejoin(ann, ben)
  })

  test('are off for one who is refused, and on again with a try that succeeds', async () => {
    const { ann, ben, room } = await call()
    await connected(ann, ben)
    const eve = await house.chromium({ script: keepTracks })
    await eve.arrive(room)
    await expect.poll(() => lights(eve)).toEqual(['audio', 'video'])
    await eve.press('Join')
    await eve.becomes({ visit: 'outside' })
    await expect.poll(() => lights(eve)).toEqual([])
    await ann.press('Hang up')
    await ann.becomes({ visit: 'outside' })
    await eve.press('Try again')
    await expectCall(eve, ben)
    await eve.press('Hang up')
    await ben.becomes({ room: 'created' })
  })

  inFirefox('are off after one hung up, and as they were when one comes back, in firefox', async () => {
    const { ann, ben, room } = await call()
    if ((await ann.states()).visit === 'inside') await ann.press('Hang up')
    await ben.becomes({ room: 'created' })
    const fox = await firefox()
    await fox.join(room)
    await expectSeen(fox, ben)
    await hangUpAndRejoin(fox, ben)
  })
})

/** Lists a second camera, which is the first one. */
const twoCameras = `{
  const { enumerateDevices } = MediaDevices.prototype
  MediaDevices.prototype.enumerateDevices = async function () {
    return [...await enumerateDevices.call(this), { kind: 'videoinput', deviceId: 'second', label: 'Second', groupId: '' }]
  }
}`

describe('a microphone of a sound server', () => {
  const house = new House()
  let sound: SoundServer
  let browser: Browser
  beforeAll(async () => {
    sound = await SoundServer.start()
    browser = await startChromium('none', { isWhole: true, env: sound.env })
  })
  afterAll(async () => {
    await browser?.close()
    await sound?.stop()
  })

  /** One whose computer has that sound server. */
  const person = shared(async () => new Guest(await openChromiumTab(browser, { script: keepTracks }), house.product.url))

  /** In a call, with a microphone of their choice. */
  const call = shared(async () => {
    const room = house.newRoom()
    const [ann, ben] = [await person(), await house.chromium()]
    await ann.arrive(room)
    await choose(ann, 'Handset')
    await ann.reads('They will hear you')
    await ann.press('Join')
    await ben.join(room)
    await connected(ann, ben)
    await expectHeard(ben)
    expect(await sentFrom(ann)).toBe('Handset')
    await ann.press('Devices')
    house.keep(ben)
    return [ann, ben] as const
  })

  /** Plugs a microphone in, and chooses it. */
  async function choose(ann: Guest<ChromiumTab>, microphone: string): Promise<void> {
    sound.plug(microphone)
    await picker(ann).selectOption({ label: microphone })
  }

  const picker = (ann: Guest<ChromiumTab>) => ann.tab.page.getByLabel('Microphone', { exact: true })

  /** What is sent comes from there. */
  const sentFrom = (guest: Guest): Promise<string> => guest.tab.run(() =>
    (window as unknown as { madeConnections: RTCPeerConnection[] }).madeConnections.at(-1)?.getSenders().find(({ track }) => track?.kind === 'audio')?.track?.label ?? '', null)

  /** The newest track, and whether a second of sound came from it. */
  const heardFrom = (guest: Guest): Promise<{ label: string; isHeard: boolean }> => guest.tab.run(() => {
    const track = (window as unknown as Kept).givenTracks.at(-1) as MediaStreamTrack & { stats?: { totalFrames: number } } | undefined
    return { label: track?.label ?? '', isHeard: (track?.stats?.totalFrames ?? 0) > 48_000 }
  }, null)

  async function expectHeard(by: Guest): Promise<void> {
    const before = await by.inbound()
    await expect.poll(async () => (await by.inbound()).audio.packets > before.audio.packets + 25).toBe(true)
  }

  /** The call, in which Ann has chosen this microphone and Ben hears it. */
  async function callWith(microphone: string): Promise<Awaited<ReturnType<typeof call>>> {
    const both = await call()
    const [ann, ben] = both
    await choose(ann, microphone)
    await expect.poll(() => sentFrom(ann)).toBe(microphone)
    await expectHeard(ben)
    return both
  }

  withSound('that delivers nothing in the lobby is replaced by another, and the person is told', async () => {
    const ann = await person()
    await ann.arrive(house.newRoom())
    await choose(ann, 'Lavalier')
    await expect.poll(() => heardFrom(ann)).toMatchObject({ label: 'Lavalier', isHeard: true })
    sound.stall('Lavalier')
    await ann.reads(/you used or chose stopped working\. “.+” is on instead/)
    expect(await picker(ann).evaluate((select) => (select as HTMLSelectElement).selectedOptions[0]?.label)).not.toBe('Lavalier')
  })

  withSound('that delivers nothing any more is replaced by another within some seconds, and the person is told', async () => {
    const [ann, ben] = await callWith('Headset')
    sound.stall('Headset')
    await ann.reads(/you used or chose stopped working\. “.+” is on instead/)
    expect(await sentFrom(ann)).not.toBe('Headset')
    await expectHeard(ben)
  })

  withSound('that is gone without a word is replaced by another, and taken back when it returns', async () => {
    const [ann, ben] = await callWith('Earbuds')
    sound.unplug('Earbuds')
    await ann.reads(/you used or chose went away\. “.+” is on instead/)
    expect(await sentFrom(ann)).not.toBe('Earbuds')
    await expectHeard(ben)
    sound.plug('Earbuds')
    await expect.poll(() => sentFrom(ann)).toBe('Earbuds')
    await expectHeard(ben)
  })
})
