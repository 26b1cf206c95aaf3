import { afterAll, beforeAll, describe, expect } from 'vitest'
import type { ChromiumTab } from '../../browser/chromium.ts'
import type { BrowserUser } from '../../browser/browserUser.ts'
import { expectCall } from '../../browser/expectCall.ts'
import { BrowserFixture } from '../../browser/browserFixture.ts'
import { sharedFixture } from '../../browser/fixtureLifecycle.ts'
import type { PuppeteerTab } from '../../browser/puppeteerTab.ts'
import { recordTracksScript, listLiveTrackKinds } from '../../browser/recordedTracks.ts'
import { needs } from '../../needs.ts'
import { SoundServer } from '../soundServer.ts'

/** Devices run from lobby to hang-up, and the page reports their faults. */

const test = needs('chromium')
const inFirefox = needs('chromium', 'firefox')
const withSound = needs('chromium', 'pulseaudio')

const refuse = (user: BrowserUser, refusals: Record<string, string>): Promise<void> =>
  user.tab.run((wanted) => void Object.assign(window.captureErrorNames, wanted), refusals)

/** Ends the newest track of a kind, as browsers do when a device is unplugged. */
const end = (user: BrowserUser, kind: string): Promise<void> =>
  user.tab.run((wanted) => {
    const track = window.grantedTracks.findLast((each) => each.kind === wanted)
    track?.stop()
    track?.dispatchEvent(new Event('ended'))
  }, kind)

/** Mutes the newest track of a kind, as the system or a switch on the device does. */
const hush = (user: BrowserUser, kind: string, muted: boolean): Promise<void> =>
  user.tab.run(
    (wanted) => {
      const track = window.grantedTracks.findLast((each) => each.kind === wanted.kind)
      if (!track) return
      Object.defineProperty(track, 'muted', { configurable: true, value: wanted.muted })
      track.dispatchEvent(new Event(wanted.muted ? 'mute' : 'unmute'))
    },
    { kind, muted },
  )

const connected = (...users: readonly BrowserUser[]) =>
  Promise.all(users.map((user) => user.waitForStates({ membership: 'joined', room: 'full', call: 'connected' })))

describe('device faults', () => {
  const fixture = new BrowserFixture()

  const call = sharedFixture(async () => {
    const room = fixture.newRoom()
    const ann = await fixture.chromium({
      script: `${recordTracksScript}\n${twoCameras}`,
      context: { reducedMotion: 'no-preference' },
    })
    const ben = await fixture.chromium()
    await ann.openLobby(room)
    await expect.poll(() => listLiveTrackKinds(ann)).toEqual(['audio', 'video'])
    await ann.press('Join')
    await ben.join(room)
    await expectCall(ann, ben)
    fixture.keepOpen(ann, ben)
    return { ann, ben, room }
  })

  async function firefox(): Promise<BrowserUser> {
    const user = await fixture.firefox()
    const { page } = user.tab as PuppeteerTab
    await page.evaluateOnNewDocument(recordTracksScript)
    return user
  }

  test('devices that fail to start are reported in one banner and start on retry', async () => {
    const { ann, ben } = await call()
    await connected(ann, ben)
    await refuse(ann, { audio: 'NotReadableError', video: 'NotReadableError' })
    await end(ann, 'audio')
    await end(ann, 'video')
    await ann.waitForText('Another app is using the camera and microphone.')
    await ann.waitForText('No sound')
    await ben.waitForText('Their microphone is off')
    await ann.press('Close this notice')
    await expect.poll(() => ann.visibleText()).not.toContain('Another app')
    await refuse(ann, { audio: '', video: '' })
    await ann.press('Unmute')
    await ann.press('Camera on')
    await expectCall(ann, ben)
  })

  test('devices muted by a switch or the system show as muted on both sides until they are unmuted', async () => {
    const { ann, ben } = await call()
    await connected(ann, ben)
    await hush(ann, 'audio', true)
    await ann.waitForText('Your microphone is muted by your device or system.')
    await ben.waitForText('Their microphone is off')
    await hush(ann, 'audio', false)
    await expect.poll(() => ann.visibleText()).not.toContain('by your device or system')
    await expect.poll(() => ben.visibleText()).not.toContain('Their microphone is off')
    await hush(ann, 'video', true)
    await ann.waitForText('Your camera is switched off by your device or system.')
    await ben.waitForText('Their camera is off')
    await hush(ann, 'video', false)
    await expect.poll(() => ann.visibleText()).not.toContain('by your device or system')
    await expect.poll(() => ben.visibleText()).not.toContain('Their camera is off')
  })

  test('muted devices keep their mark while the controls are hidden', async () => {
    const { ann, ben } = await call()
    await connected(ann, ben)
    await ann.press('Mute')
    await ann.tab.page.mouse.move(10, 10)
    await ann.tab.run(() => (document.activeElement as HTMLElement | null)?.blur(), null)
    const controls = ann.tab.page.locator('.bottom')
    await expect.poll(() => controls.evaluate((element) => getComputedStyle(element).opacity)).toBe('0')
    expect(
      await ann.tab.page
        .getByText('Muted', { exact: true })
        .evaluate((mark) => mark.checkVisibility({ opacityProperty: true, visibilityProperty: true })),
    ).toBe(true)
    await ann.tab.page.mouse.move(20, 20)
    await ann.press('Unmute')
  })

  test('a chosen device that does not start is reported, and the working one stays on', async () => {
    const { ann, ben } = await call()
    await connected(ann, ben)
    const worked = await ann.tab.run(() => window.grantedTracks.findLast(({ kind }) => kind === 'video')!.label, null)
    await refuse(ann, { second: 'NotReadableError' })
    await ann.press('Devices')
    const picker = ann.tab.page.getByLabel('Camera', { exact: true })
    const first = await picker.inputValue()
    await picker.selectOption('second')
    await ann.waitForText(`is in use by another app. Using “${worked}” instead.`)
    await expectCall(ann, ben)
    await picker.selectOption(first)
    await ann.tab.page.keyboard.press('Escape')
  })

  /** Ben hangs up and rejoins, first with all devices on, then with the camera off. */
  async function hangUpAndRejoin(ann: BrowserUser, ben: BrowserUser): Promise<void> {
    await expect.poll(() => listLiveTrackKinds(ann)).toEqual(['audio', 'video'])
    await ann.press('Mute')
    await ann.press('Hang up')
    await ann.waitForStates({ membership: 'left' })
    await expect.poll(() => listLiveTrackKinds(ann)).toEqual([])
    for (const user of [ben, ann]) await user.rejoin()
    await expectSeen(ann, ben)
    await ben.waitForText('Their microphone is off')
    expect(await listLiveTrackKinds(ann)).toEqual(['audio', 'video'])
    await ann.press('Camera off')
    await ann.press('Hang up')
    for (const user of [ben, ann]) await user.rejoin()
    await ben.waitForText('Their camera is off')
    expect(await listLiveTrackKinds(ann)).toEqual(['audio'])
    await ann.press('Unmute')
    await ann.press('Camera on')
    await expectSeen(ann, ben)
  }

  /** Expects that Ben sees moving video of Ann. */
  async function expectSeen(ann: BrowserUser, ben: BrowserUser): Promise<void> {
    await connected(ann, ben)
    const before = await ben.readInboundStats()
    await expect.poll(async () => (await ben.readInboundStats()).video.frames > before.video.frames).toBe(true)
  }

  test('devices stop after a hang-up and return to their state on rejoin, in chromium', async () => {
    const { ann, ben } = await call()
    await connected(ann, ben)
    await hangUpAndRejoin(ann, ben)
  })

  test('devices stop after a rejected join and start again when a retry succeeds', async () => {
    const { ann, ben, room } = await call()
    await connected(ann, ben)
    const eve = await fixture.chromium({ script: recordTracksScript })
    await eve.openLobby(room)
    await expect.poll(() => listLiveTrackKinds(eve)).toEqual(['audio', 'video'])
    await eve.press('Join')
    await eve.waitForStates({ membership: 'left' })
    await expect.poll(() => listLiveTrackKinds(eve)).toEqual([])
    await ann.press('Hang up')
    await ben.rejoin()
    await eve.press('Try again')
    await expectCall(eve, ben)
    await eve.press('Hang up')
    await ben.rejoin()
    await ben.waitForStates({ room: 'created' })
  })

  inFirefox('devices stop after a hang-up and return to their state on rejoin, in firefox', async () => {
    const { ann, ben, room } = await call()
    if ((await ann.readStates()).membership === 'joined') {
      await ann.press('Hang up')
      await ben.rejoin()
    }
    await ben.waitForStates({ room: 'created' })
    const fox = await firefox()
    await fox.join(room)
    await expectSeen(fox, ben)
    await hangUpAndRejoin(fox, ben)
  })
})

/** Lists a second camera, which is a copy of the first. */
const twoCameras = `{
  const { enumerateDevices } = MediaDevices.prototype
  MediaDevices.prototype.enumerateDevices = async function () {
    return [...await enumerateDevices.call(this), { kind: 'videoinput', deviceId: 'second', label: 'Second', groupId: '' }]
  }
}`

describe('a microphone of a sound server', () => {
  let sound: SoundServer
  beforeAll(async () => {
    sound = await SoundServer.start()
  })
  // The fixture's hook runs first and closes the browser.
  afterAll(() => sound?.stop())
  const fixture = new BrowserFixture()

  /** A user whose computer runs that sound server. */
  const person = sharedFixture(async () => {
    const user = await fixture.chromium({
      devices: 'none',
      isFullBrowser: true,
      env: sound.env,
      script: recordTracksScript,
    })
    fixture.keepOpen(user)
    return user
  })

  /** A call in which Ann can choose a microphone. */
  const call = sharedFixture(async () => {
    const room = fixture.newRoom()
    const [ann, ben] = [await person(), await fixture.chromium()]
    await ann.openLobby(room)
    await choose(ann, 'Handset')
    await ann.waitForText('They’ll hear you')
    await ann.press('Join')
    await ben.join(room)
    await connected(ann, ben)
    await expectAudio(ben)
    expect(await sentFrom(ann)).toBe('Handset')
    await ann.press('Devices')
    fixture.keepOpen(ben)
    return [ann, ben] as const
  })

  /** Plugs a microphone in and chooses it. */
  async function choose(ann: BrowserUser<ChromiumTab>, microphone: string): Promise<void> {
    sound.plug(microphone)
    await picker(ann).selectOption({ label: microphone })
  }

  const picker = (ann: BrowserUser<ChromiumTab>) => ann.tab.page.getByLabel('Microphone', { exact: true })

  /** Label of the track that is sent. */
  const sentFrom = (user: BrowserUser): Promise<string> =>
    user.tab.run(
      () =>
        window.recordedConnections
          .at(-1)
          ?.getSenders()
          .find(({ track }) => track?.kind === 'audio')?.track?.label ?? '',
      null,
    )

  /** Label of the newest track, and whether it delivered sound within a second. */
  const newestTrackOf = (user: BrowserUser): Promise<{ label: string; hasSound: boolean }> =>
    user.tab.run(() => {
      const track = window.grantedTracks.at(-1) as (MediaStreamTrack & { stats?: { totalFrames: number } }) | undefined
      return { label: track?.label ?? '', hasSound: (track?.stats?.totalFrames ?? 0) > 48_000 }
    }, null)

  async function expectAudio(by: BrowserUser): Promise<void> {
    const before = await by.readInboundStats()
    await expect.poll(async () => (await by.readInboundStats()).audio.packets > before.audio.packets + 25).toBe(true)
  }

  /** Returns the call after Ann has chosen this microphone and Ben hears it. */
  async function callWith(microphone: string): Promise<Awaited<ReturnType<typeof call>>> {
    const both = await call()
    const [ann, ben] = both
    await choose(ann, microphone)
    await expect.poll(() => sentFrom(ann)).toBe(microphone)
    await expectAudio(ben)
    return both
  }

  withSound('a silent microphone in the lobby is replaced by another, and the page says so', async () => {
    const ann = await person()
    await ann.openLobby(fixture.newRoom())
    await choose(ann, 'Lavalier')
    await expect.poll(() => newestTrackOf(ann)).toMatchObject({ label: 'Lavalier', hasSound: true })
    sound.stall('Lavalier')
    await ann.waitForText(/Your selected microphone stopped working\. Using “.+” instead/)
    expect(await picker(ann).evaluate((select) => (select as HTMLSelectElement).selectedOptions[0]?.label)).not.toBe(
      'Lavalier',
    )
  })

  withSound('a microphone that falls silent in a call is replaced within seconds, and the page says so', async () => {
    const [ann, ben] = await callWith('Headset')
    sound.stall('Headset')
    await ann.waitForText(/Your selected microphone stopped working\. Using “.+” instead/)
    expect(await sentFrom(ann)).not.toBe('Headset')
    await expectAudio(ben)
  })

  withSound('a microphone that disappears is replaced by another and used again when it returns', async () => {
    const [ann, ben] = await callWith('Earbuds')
    sound.unplug('Earbuds')
    await ann.waitForText(/Your selected microphone was disconnected\. Using “.+” instead/)
    expect(await sentFrom(ann)).not.toBe('Earbuds')
    await expectAudio(ben)
    sound.plug('Earbuds')
    await expect.poll(() => sentFrom(ann)).toBe('Earbuds')
    await expectAudio(ben)
  })
})
