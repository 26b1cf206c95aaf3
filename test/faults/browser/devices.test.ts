import { afterAll, beforeAll, describe, expect } from 'vitest'
import type { Browser } from 'playwright-core'
import { type ChromiumTab, openChromiumTab, startChromium } from '../../browser/chromium.ts'
import { expectCall, BrowserUser } from '../../browser/browserUser.ts'
import { BrowserFixture } from '../../browser/browserFixture.ts'
import { sharedFixture } from '../../browser/fixtureLifecycle.ts'
import type { PuppeteerTab } from '../../browser/puppeteerTab.ts'
import { recordTracksScript, type RecordedTracks, listLiveTrackKinds } from '../../browser/recordedTracks.ts'
import { needs } from '../../needs.ts'
import { SoundServer } from '../soundServer.ts'

/** Devices follow the visit, and say what is the matter with them. */

const test = needs('chromium')
const inFirefox = needs('chromium', 'firefox')
const withSound = needs('chromium', 'pulseaudio')

const refuse = (user: BrowserUser, refusals: Record<string, string>): Promise<void> =>
  user.tab.run(
    (wanted) => void Object.assign((window as unknown as RecordedTracks).captureErrorNames, wanted),
    refusals,
  )

/** Ends the newest track of a kind as browsers do whose device is gone. */
const end = (user: BrowserUser, kind: string): Promise<void> =>
  user.tab.run((wanted) => {
    const track = (window as unknown as RecordedTracks).grantedTracks.findLast((each) => each.kind === wanted)
    track?.stop()
    track?.dispatchEvent(new Event('ended'))
  }, kind)

/** Mutes the newest track of a kind as the system does, or a switch on the device. */
const hush = (user: BrowserUser, kind: string, muted: boolean): Promise<void> =>
  user.tab.run(
    (wanted) => {
      const track = (window as unknown as RecordedTracks).grantedTracks.findLast((each) => each.kind === wanted.kind)
      if (!track) return
      Object.defineProperty(track, 'muted', { configurable: true, value: wanted.muted })
      track.dispatchEvent(new Event(wanted.muted ? 'mute' : 'unmute'))
    },
    { kind, muted },
  )

const connected = (...users: readonly BrowserUser[]) =>
  Promise.all(users.map((user) => user.waitForStates({ membership: 'joined', room: 'full', call: 'connected' })))

describe('devices', () => {
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

  test('that do not start say so in a call, both in one banner, until it is closed; and start when tried again', async () => {
    const { ann, ben } = await call()
    await connected(ann, ben)
    await refuse(ann, { audio: 'NotReadableError', video: 'NotReadableError' })
    await end(ann, 'audio')
    await end(ann, 'video')
    await ann.waitForText('Another program is using the camera and microphone.')
    await ann.waitForText('Not heard')
    await ben.waitForText('Their microphone is off')
    await ann.press('Close this notice')
    await expect.poll(() => ann.visibleText()).not.toContain('Another program')
    await refuse(ann, { audio: '', video: '' })
    await ann.press('Unmute')
    await ann.press('Camera on')
    await expectCall(ann, ben)
  })

  test('that are muted by a switch or the system are so on both sides, and no more when they are not', async () => {
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

  test('that are muted keep their mark while the controls are hidden', async () => {
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

  test('of one’s choice that do not start leave the one that worked, and say so', async () => {
    const { ann, ben } = await call()
    await connected(ann, ben)
    const worked = await ann.tab.run(
      () => (window as unknown as RecordedTracks).grantedTracks.findLast(({ kind }) => kind === 'video')!.label,
      null,
    )
    await refuse(ann, { second: 'NotReadableError' })
    await ann.press('Devices')
    const picker = ann.tab.page.getByLabel('Camera', { exact: true })
    const first = await picker.inputValue()
    await picker.selectOption('second')
    await ann.waitForText(`is used by another program. “${worked}” is on instead.`)
    await expectCall(ann, ben)
    await picker.selectOption(first)
    await ann.tab.page.keyboard.press('Escape')
  })

  /** Somebody hangs up and comes back, with all devices on, then with the camera off. */
  async function hangUpAndRejoin(ann: BrowserUser, ben: BrowserUser): Promise<void> {
    await expect.poll(() => listLiveTrackKinds(ann)).toEqual(['audio', 'video'])
    await ann.press('Mute')
    await ann.press('Hang up')
    await ann.waitForStates({ membership: 'left' })
    await expect.poll(() => listLiveTrackKinds(ann)).toEqual([])
    await ann.press('Rejoin')
    await expectSeen(ann, ben)
    await ben.waitForText('Their microphone is off')
    expect(await listLiveTrackKinds(ann)).toEqual(['audio', 'video'])
    await ann.press('Camera off')
    await ann.press('Hang up')
    await ann.press('Rejoin')
    await ben.waitForText('Their camera is off')
    expect(await listLiveTrackKinds(ann)).toEqual(['audio'])
    await ann.press('Unmute')
    await ann.press('Camera on')
    await expectSeen(ann, ben)
  }

  /** Ben sees Ann's picture move. */
  async function expectSeen(ann: BrowserUser, ben: BrowserUser): Promise<void> {
    await connected(ann, ben)
    const before = await ben.readInboundStats()
    await expect.poll(async () => (await ben.readInboundStats()).video.frames > before.video.frames).toBe(true)
  }

  test('are off after one hung up, and as they were when one comes back, in chromium', async () => {
    const { ann, ben } = await call()
    await connected(ann, ben)
    await hangUpAndRejoin(ann, ben)
  })

  test('are off for one who is refused, and on again with a try that succeeds', async () => {
    const { ann, ben, room } = await call()
    await connected(ann, ben)
    const eve = await fixture.chromium({ script: recordTracksScript })
    await eve.openLobby(room)
    await expect.poll(() => listLiveTrackKinds(eve)).toEqual(['audio', 'video'])
    await eve.press('Join')
    await eve.waitForStates({ membership: 'left' })
    await expect.poll(() => listLiveTrackKinds(eve)).toEqual([])
    await ann.press('Hang up')
    await ann.waitForStates({ membership: 'left' })
    await eve.press('Try again')
    await expectCall(eve, ben)
    await eve.press('Hang up')
    await ben.waitForStates({ room: 'created' })
  })

  inFirefox('are off after one hung up, and as they were when one comes back, in firefox', async () => {
    const { ann, ben, room } = await call()
    if ((await ann.readStates()).membership === 'joined') await ann.press('Hang up')
    await ben.waitForStates({ room: 'created' })
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
  const fixture = new BrowserFixture()
  let sound: SoundServer
  let browser: Browser
  beforeAll(async () => {
    sound = await SoundServer.start()
    browser = await startChromium('none', { isFullBrowser: true, env: sound.env })
  })
  afterAll(async () => {
    await browser?.close()
    await sound?.stop()
  })

  /** One whose computer has that sound server. */
  const person = sharedFixture(
    async () => new BrowserUser(await openChromiumTab(browser, { script: recordTracksScript }), fixture.product.url),
  )

  /** In a call, with a microphone of their choice. */
  const call = sharedFixture(async () => {
    const room = fixture.newRoom()
    const [ann, ben] = [await person(), await fixture.chromium()]
    await ann.openLobby(room)
    await choose(ann, 'Handset')
    await ann.waitForText('They will hear you')
    await ann.press('Join')
    await ben.join(room)
    await connected(ann, ben)
    await expectHeard(ben)
    expect(await sentFrom(ann)).toBe('Handset')
    await ann.press('Devices')
    fixture.keepOpen(ben)
    return [ann, ben] as const
  })

  /** Plugs a microphone in, and chooses it. */
  async function choose(ann: BrowserUser<ChromiumTab>, microphone: string): Promise<void> {
    sound.plug(microphone)
    await picker(ann).selectOption({ label: microphone })
  }

  const picker = (ann: BrowserUser<ChromiumTab>) => ann.tab.page.getByLabel('Microphone', { exact: true })

  /** What is sent comes from there. */
  const sentFrom = (user: BrowserUser): Promise<string> =>
    user.tab.run(
      () =>
        (window as unknown as { recordedConnections: RTCPeerConnection[] }).recordedConnections
          .at(-1)
          ?.getSenders()
          .find(({ track }) => track?.kind === 'audio')?.track?.label ?? '',
      null,
    )

  /** The newest track, and whether a second of sound came from it. */
  const heardFrom = (user: BrowserUser): Promise<{ label: string; isHeard: boolean }> =>
    user.tab.run(() => {
      const track = (window as unknown as RecordedTracks).grantedTracks.at(-1) as
        (MediaStreamTrack & { stats?: { totalFrames: number } }) | undefined
      return { label: track?.label ?? '', isHeard: (track?.stats?.totalFrames ?? 0) > 48_000 }
    }, null)

  async function expectHeard(by: BrowserUser): Promise<void> {
    const before = await by.readInboundStats()
    await expect.poll(async () => (await by.readInboundStats()).audio.packets > before.audio.packets + 25).toBe(true)
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
    await ann.openLobby(fixture.newRoom())
    await choose(ann, 'Lavalier')
    await expect.poll(() => heardFrom(ann)).toMatchObject({ label: 'Lavalier', isHeard: true })
    sound.stall('Lavalier')
    await ann.waitForText(/you used or chose stopped working\. “.+” is on instead/)
    expect(await picker(ann).evaluate((select) => (select as HTMLSelectElement).selectedOptions[0]?.label)).not.toBe(
      'Lavalier',
    )
  })

  withSound(
    'that delivers nothing any more is replaced by another within some seconds, and the person is told',
    async () => {
      const [ann, ben] = await callWith('Headset')
      sound.stall('Headset')
      await ann.waitForText(/you used or chose stopped working\. “.+” is on instead/)
      expect(await sentFrom(ann)).not.toBe('Headset')
      await expectHeard(ben)
    },
  )

  withSound('that is gone without a word is replaced by another, and taken back when it returns', async () => {
    const [ann, ben] = await callWith('Earbuds')
    sound.unplug('Earbuds')
    await ann.waitForText(/you used or chose went away\. “.+” is on instead/)
    expect(await sentFrom(ann)).not.toBe('Earbuds')
    await expectHeard(ben)
    sound.plug('Earbuds')
    await expect.poll(() => sentFrom(ann)).toBe('Earbuds')
    await expectHeard(ben)
  })
})
