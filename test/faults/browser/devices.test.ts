import { afterAll, beforeAll, describe, expect } from 'vitest'
import type { Browser } from 'playwright-core'
import { type ChromiumTab, openChromiumTab, startChromium } from '../../browser/chromium.ts'
import { expectCall, Guest } from '../../browser/guest.ts'
import { House } from '../../browser/house.ts'
import type { PuppetTab } from '../../browser/puppet.ts'
import { needs } from '../../needs.ts'
import { SoundServer } from '../soundServer.ts'

/** Devices follow the visit, and say what is the matter with them. */

const test = needs('chromium')
const inFirefox = needs('chromium', 'firefox')
const withSound = needs('chromium', 'pulseaudio')

/** Runs before the page's own scripts: keeps each track that the page is given, and refuses or changes it as a test wants. */
const keepTracks = `if (navigator.mediaDevices) {
  const given = window.givenTracks = []
  const refusals = window.refusals = {}
  const devices = navigator.mediaDevices
  const ask = devices.getUserMedia.bind(devices)
  devices.getUserMedia = async (wanted) => {
    const asked = [...['audio', 'video'].filter((kind) => wanted[kind]), wanted.video?.deviceId?.exact]
    const refusal = asked.map((each) => refusals[each]).find(Boolean)
    if (refusal) throw new DOMException('refused', refusal)
    const stream = await ask(wanted)
    given.push(...stream.getTracks())
    return stream
  }
}`

interface Kept { givenTracks: MediaStreamTrack[]; refusals: Record<string, string> }

/** The kinds of the tracks that are live in a page: whose light is on. */
const lights = (guest: Guest): Promise<string[]> =>
  guest.tab.run(() => (window as unknown as Kept).givenTracks.filter(({ readyState }) => readyState === 'live').map(({ kind }) => kind).sort(), null)

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

describe('devices', () => {
  const house = new House()

  async function chromium(): Promise<Guest<ChromiumTab>> {
    return house.chromium({ script: keepTracks })
  }

  async function firefox(): Promise<Guest> {
    const guest = await house.firefox()
    const { page } = guest.tab as PuppetTab
    await page.evaluateOnNewDocument(keepTracks)
    return guest
  }

  async function call(ann: Guest, ben: Guest): Promise<void> {
    const room = house.newRoom()
    await ann.join(room)
    await ben.join(room)
    await expectCall(ann, ben)
  }

  inFirefox.for(['chromium', 'firefox'] as const)('are off after one hung up, and as they were when one comes back, in %s', async (browser) => {
    const [ann, ben] = [browser === 'chromium' ? await chromium() : await firefox(), await chromium()]
    await call(ann, ben)
    expect(await lights(ann)).toEqual(['audio', 'video'])
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
  })

  /** Ben sees Ann's picture move. */
  async function expectSeen(ann: Guest, ben: Guest): Promise<void> {
    await Promise.all([ann, ben].map((guest) => guest.becomes({ visit: 'inside', room: 'full', call: 'connected' })))
    const before = await ben.inbound()
    await expect.poll(async () => (await ben.inbound()).video.frames > before.video.frames).toBe(true)
  }

  test('are off for one who is refused, and on again with a try that succeeds', async () => {
    const [ann, ben, eve] = [await chromium(), await chromium(), await chromium()]
    const room = house.newRoom()
    for (const guest of [ann, ben]) await guest.join(room)
    await expectCall(ann, ben)
    await eve.arrive(room)
    await expect.poll(() => lights(eve)).toEqual(['audio', 'video'])
    await eve.press('Join')
    await eve.becomes({ visit: 'outside' })
    await expect.poll(() => lights(eve)).toEqual([])
    await ann.press('Hang up')
    await ann.becomes({ visit: 'outside' })
    await eve.press('Try again')
    await expectCall(eve, ben)
  })

  test('that do not start say so in a call, both in one banner, until it is closed; and start when tried again', async () => {
    const [ann, ben] = [await chromium(), await chromium()]
    const room = house.newRoom()
    await ann.arrive(room)
    await expect.poll(() => lights(ann)).toEqual(['audio', 'video'])
    await ann.press('Join')
    await ben.join(room)
    await expectCall(ann, ben)
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

  test('of one’s choice that do not start leave the one that worked, and say so', async () => {
    const [ann, ben] = [await house.chromium({ script: `${keepTracks}\n${twoCameras}` }), await chromium()]
    await call(ann, ben)
    const worked = await ann.tab.run(() => (window as unknown as Kept).givenTracks.findLast(({ kind }) => kind === 'video')!.label, null)
    await refuse(ann, { second: 'NotReadableError' })
    await ann.press('Devices')
    await ann.tab.page.getByLabel('Camera', { exact: true }).selectOption('second')
    await ann.reads(`is used by another program. “${worked}” is on instead.`)
    await expectCall(ann, ben)
  })

  test('that are muted by a switch or the system are so on both sides, and no more when they are not', async () => {
    const [ann, ben] = [await chromium(), await chromium()]
    await call(ann, ben)
    await hush(ann, 'audio', true)
    await ann.reads('Your microphone is muted by your device or system.')
    await ben.reads('Their microphone is off')
    await hush(ann, 'audio', false)
    await expect.poll(() => ann.words()).not.toContain('by your device or system')
    await expect.poll(() => ben.words()).not.toContain('Their microphone is off')
    await hush(ann, 'video', true)
    await ann.reads('Your camera is switched off by your device or system.')
    await ben.reads('Their camera is off')
  })

  test('that the person forbids in a call say how to allow them, and come back by themselves', async () => {
    const ann = await house.chromium({ devices: 'asked', context: { permissions: [] }, script: keepTracks })
    const ben = await chromium()
    await ann.tab.permit(['camera', 'microphone'])
    await call(ann, ben)
    await ann.tab.page.context().clearPermissions()
    await ann.tab.permit([])
    await ann.reads('The camera and microphone are not allowed here.')
    await ben.reads('Their camera is off')
    await expect.poll(() => lights(ann)).toEqual([])
    expect(await ann.words()).not.toContain('went away')
    await ann.tab.permit(['camera', 'microphone'])
    await expectCall(ann, ben)
    await expect.poll(() => ann.words()).not.toContain('not allowed')
  })

  test('that are muted keep their mark while the controls are hidden', async () => {
    const [ann, ben] = [await house.chromium({ script: keepTracks, context: { reducedMotion: 'no-preference' } }), await chromium()]
    await call(ann, ben)
    await ann.press('Mute')
    await ann.tab.page.mouse.move(10, 10)
    await ann.tab.run(() => (document.activeElement as HTMLElement | null)?.blur(), null)
    const controls = ann.tab.page.locator('.bottom')
    await expect.poll(() => controls.evaluate((element) => getComputedStyle(element).opacity)).toBe('0')
    expect(await ann.tab.page.getByText('Muted', { exact: true }).evaluate((mark) => mark.checkVisibility({ opacityProperty: true, visibilityProperty: true }))).toBe(true)
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

  /** One in a call whose microphone is that one, which was just plugged in. */
  async function callWith(microphone: string): Promise<[ann: Guest<ChromiumTab>, ben: Guest]> {
    sound.plug(microphone)
    const room = house.newRoom()
    const [ann, ben] = [new Guest(await openChromiumTab(browser), house.product.url), await house.chromium()]
    await ann.arrive(room)
    await ann.tab.page.getByLabel('Microphone', { exact: true }).selectOption({ label: microphone })
    await ann.reads('They will hear you')
    await ann.press('Join')
    await ben.join(room)
    await Promise.all([ann, ben].map((guest) => guest.becomes({ room: 'full', call: 'connected' })))
    await expectHeard(ben)
    expect(await sentFrom(ann)).toBe(microphone)
    return [ann, ben]
  }

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

  withSound('that delivers nothing any more is replaced by another within some seconds, and the person is told', async () => {
    const [ann, ben] = await callWith('Headset')
    sound.stall('Headset')
    await ann.reads(/you used or chose stopped working\. “.+” is on instead/)
    expect(await sentFrom(ann)).not.toBe('Headset')
    await expectHeard(ben)
    await ann.tab.close()
  })

  withSound('that delivers nothing in the lobby is replaced by another, and the person is told', async () => {
    sound.plug('Lavalier')
    const ann = new Guest(await openChromiumTab(browser, { script: keepTracks }), house.product.url)
    await ann.arrive(house.newRoom())
    const picker = ann.tab.page.getByLabel('Microphone', { exact: true })
    await picker.selectOption({ label: 'Lavalier' })
    await expect.poll(() => heardFrom(ann)).toMatchObject({ label: 'Lavalier', isHeard: true })
    sound.stall('Lavalier')
    await ann.reads(/you used or chose stopped working\. “.+” is on instead/)
    expect(await picker.evaluate((select) => (select as HTMLSelectElement).selectedOptions[0]?.label)).not.toBe('Lavalier')
    await ann.tab.close()
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
    await ann.tab.close()
  })
})
