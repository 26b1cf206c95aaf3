import { describe, expect } from 'vitest'
import { needs } from '../needs.ts'
import type { ChromiumOptions, ChromiumTab } from './chromium.ts'
import { expectCall, type BrowserUser } from './browserUser.ts'
import { BrowserFixture } from './browserFixture.ts'
import { sharedFixture } from './fixtureLifecycle.ts'
import { deferPromptScript } from './permissionPrompt.ts'
import { recordTracksScript, listLiveTrackKinds } from './recordedTracks.ts'

const test = needs('chromium')

/** The one sees and hears what the other has, and no more. */
async function expectHeard(by: BrowserUser, what: { audio: boolean; video: boolean }): Promise<void> {
  const before = await by.readInboundStats()
  await expect
    .poll(async () => {
      const now = await by.readInboundStats()
      return { audio: now.audio.packets > before.audio.packets, video: now.video.frames > before.video.frames }
    })
    .toEqual(what)
}

const connected = (...users: readonly BrowserUser[]) =>
  Promise.all(users.map((user) => user.waitForStates({ membership: 'joined', room: 'full', call: 'connected' })))

describe('a person', () => {
  const fixture = new BrowserFixture()
  const staying = async (options: ChromiumOptions) => {
    const user = await fixture.chromium(options)
    fixture.keepOpen(user)
    return user
  }
  /** Each of them has one page for all tests, and comes to a new room in each. */
  const withBoth = sharedFixture(() => staying({}))
  const withoutCamera = sharedFixture(() => staying({ devices: 'microphone only' }))
  const withoutDevices = sharedFixture(() => staying({ devices: 'none' }))
  const asked = sharedFixture(() =>
    staying({ devices: 'asked', script: recordTracksScript, context: { permissions: [] } }),
  )

  /** The browser has not allowed this person anything, nor been asked. */
  async function forbid({ tab }: BrowserUser<ChromiumTab>): Promise<void> {
    await tab.page.context().clearPermissions()
    await tab.grantPermissions([])
  }

  test.each([
    ['first', true],
    ['second', false],
  ])('without a camera, who comes %s, is heard, sees, and is told so', async (_, isFirst) => {
    const room = fixture.newRoom()
    const [ann, ben] = [await withoutCamera(), await withBoth()]
    for (const user of isFirst ? [ann, ben] : [ben, ann]) {
      await user.openLobby(room)
      if (user === ann) await ann.waitForText('They will hear you, but not see you.')
      await user.press('Join')
      await user.waitForStates({ membership: 'joined' })
    }

    await connected(ann, ben)
    expect((await ann.sampleRemoteVideo()).different).toBeGreaterThan(1)
    await expectHeard(ben, { audio: true, video: false })
    await ben.waitForText('Their camera is off')
  })

  test.each([
    ['first', true],
    ['second', false],
  ])('without any device, who comes %s, sees and hears', async (_, isFirst) => {
    const room = fixture.newRoom()
    const [ann, ben] = [await withoutDevices(), await withBoth()]
    for (const user of isFirst ? [ann, ben] : [ben, ann]) {
      await user.openLobby(room)
      if (user === ann) await ann.waitForText('they get nothing from you yet')
      await user.press('Join')
      await user.waitForStates({ membership: 'joined' })
    }

    await connected(ann, ben)
    expect((await ann.sampleRemoteVideo()).different).toBeGreaterThan(1)
    await expectHeard(ann, { audio: true, video: true })
    await expectHeard(ben, { audio: false, video: false })
  })

  test('who has not answered the browser has a microphone that cannot be switched yet, and can be once they have', async () => {
    const ann = await fixture.chromium({ script: deferPromptScript })
    await ann.openLobby(fixture.newRoom())
    const unmute = ann.tab.page.getByRole('button', { name: 'Unmute' })
    await unmute.focus()
    expect(await unmute.getAttribute('aria-disabled')).toBe('true')
    expect(await unmute.evaluate((button) => button === document.activeElement)).toBe(true)

    await ann.tab.run(() => (window as unknown as { answer(): void }).answer(), null)

    await ann.press('Mute')
    await ann.press('Unmute')
    await ann.waitForText('They will see and hear you.')
  })

  test('who said no in the lobby and yes right there is seen in the mirror, then in the call', async () => {
    const room = fixture.newRoom()
    const [ann, ben] = [await asked(), await withBoth()]
    await forbid(ann)
    await ann.openLobby(room)
    await ann.waitForText('The camera is not allowed')
    await ann.waitForText('The microphone is not allowed')
    await ann.tab.grantPermissions(['camera', 'microphone'])
    await ann.waitForText('They will see and hear you.')
    expect((await ann.sampleLocalVideo()).different).toBeGreaterThan(1)

    await ann.press('Join')
    await ben.join(room)
    await expectCall(ann, ben)
  })

  const callOfAsked = sharedFixture(async () => {
    const room = fixture.newRoom()
    const [ann, ben] = [await asked(), await withBoth()]
    await forbid(ann)
    await ann.openLobby(room)
    await ann.waitForText(/camera.*(not allowed|blocked|refused)|may not use/is)
    await ann.press('Join')
    await ben.join(room)
    await connected(ann, ben)
    await expectHeard(ben, { audio: false, video: false })

    await ann.tab.grantPermissions(['camera', 'microphone'])

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
    await ann.waitForText('The camera and microphone are not allowed here.')
    await ben.waitForText('Their camera is off')
    await expect.poll(() => listLiveTrackKinds(ann)).toEqual([])
    expect(await ann.visibleText()).not.toContain('went away')
    await ann.tab.grantPermissions(['camera', 'microphone'])
    await expectCall(ann, ben)
    await expect.poll(() => ann.visibleText()).not.toContain('not allowed')
  })
})
