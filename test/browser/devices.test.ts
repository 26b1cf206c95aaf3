import { describe, expect } from 'vitest'
import { needs } from '../needs.ts'
import { coverPage, readTitles, recordSignals } from './attention.ts'
import type { ChromiumOptions, ChromiumTab } from './chromium.ts'
import type { BrowserUser } from './browserUser.ts'
import { expectCall } from './expectCall.ts'
import { BrowserFixture } from './browserFixture.ts'
import { sharedFixture } from './fixtureLifecycle.ts'
import { deferPromptScript } from './permissionPrompt.ts'
import { recordTracksScript, listLiveTrackKinds } from './recordedTracks.ts'

const test = needs('chromium')

/** Expects that `by` receives exactly these kinds of media. */
async function expectReceived(by: BrowserUser, what: { audio: boolean; video: boolean }): Promise<void> {
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

describe('a user’s devices', () => {
  const fixture = new BrowserFixture()
  const staying = async (options: ChromiumOptions) => {
    const user = await fixture.chromium(options)
    fixture.keepOpen(user)
    return user
  }
  /** Each user keeps one page for all tests, and joins a new room in each test. */
  const withBoth = sharedFixture(() => staying({}))
  const withoutCamera = sharedFixture(() => staying({ devices: 'microphone only' }))
  const withoutDevices = sharedFixture(() => staying({ devices: 'none' }))
  const asked = sharedFixture(() =>
    staying({ devices: 'asked', script: recordTracksScript, context: { permissions: [] } }),
  )

  /** Resets the permissions: the user has neither granted nor been asked for anything. */
  async function forbid({ tab }: BrowserUser<ChromiumTab>): Promise<void> {
    await tab.page.context().clearPermissions()
    await tab.grantPermissions([])
  }

  test.each([
    ['first', true],
    ['second', false],
  ])(
    'a user without a camera who joins %s sends audio, sees the peer, and reads that nobody sees them',
    async (_, isFirst) => {
      const room = fixture.newRoom()
      const [ann, ben] = [await withoutCamera(), await withBoth()]
      for (const user of isFirst ? [ann, ben] : [ben, ann]) {
        await user.openLobby(room)
        if (user === ann) await ann.waitForText('They’ll hear you, but not see you.')
        await user.press('Join')
        await user.waitForStates({ membership: 'joined' })
      }

      await connected(ann, ben)
      expect((await ann.sampleRemoteVideo()).different).toBeGreaterThan(1)
      await expectReceived(ben, { audio: true, video: false })
      await ben.waitForText('Their camera is off')
    },
  )

  test.each([
    ['first', true],
    ['second', false],
  ])('a user without any device who joins %s sees and hears the peer', async (_, isFirst) => {
    const room = fixture.newRoom()
    const [ann, ben] = [await withoutDevices(), await withBoth()]
    for (const user of isFirst ? [ann, ben] : [ben, ann]) {
      await user.openLobby(room)
      if (user === ann) await ann.waitForText('they won’t see or hear you')
      await user.press('Join')
      await user.waitForStates({ membership: 'joined' })
    }

    await connected(ann, ben)
    expect((await ann.sampleRemoteVideo()).different).toBeGreaterThan(1)
    await expectReceived(ann, { audio: true, video: true })
    await expectReceived(ben, { audio: false, video: false })
  })

  test('the microphone button is disabled until the user answers the permission prompt', async () => {
    const ann = await fixture.chromium({ script: deferPromptScript })
    await ann.openLobby(fixture.newRoom())
    const unmute = ann.tab.page.getByRole('button', { name: 'Unmute' })
    await unmute.focus()
    expect(await unmute.getAttribute('aria-disabled')).toBe('true')
    expect(await unmute.evaluate((button) => button === document.activeElement)).toBe(true)

    await ann.tab.run(() => (window as unknown as { answer(): void }).answer(), null)

    await ann.press('Mute')
    await ann.press('Unmute')
    await ann.waitForText('They’ll see and hear you.')
  })

  test('a user who grants the devices in the lobby after a refusal is seen in preview and call', async () => {
    const room = fixture.newRoom()
    const [ann, ben] = [await asked(), await withBoth()]
    await forbid(ann)
    await ann.openLobby(room)
    await ann.waitForText('Camera and microphone access is blocked')
    // One message for both, and no list that looks empty.
    expect((await ann.visibleText()).match(/access is blocked/g)).toHaveLength(1)
    await ann.waitForText('Permission needed')
    expect(await ann.visibleText()).not.toContain('No devices found')
    await ann.tab.grantPermissions(['camera', 'microphone'])
    await ann.waitForText('They’ll see and hear you.')
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
    await ann.waitForText(/camera.*access is blocked/is)
    await ann.press('Join')
    await ben.join(room)
    await connected(ann, ben)
    await expectReceived(ben, { audio: false, video: false })

    await ann.tab.grantPermissions(['camera', 'microphone'])

    await expectCall(ann, ben)
    return [ann, ben] as const
  })

  test('a user who refused the devices grants them during the call and is seen', async () => {
    await callOfAsked()
  })

  test('a user who revokes the devices in a call reads what to do, and granting them restores both', async () => {
    const [ann, ben] = await callOfAsked()
    await connected(ann, ben)
    await forbid(ann)
    await ann.waitForText('Camera and microphone access is blocked.')
    await ben.waitForText('Their camera is off')
    await expect.poll(() => listLiveTrackKinds(ann)).toEqual([])
    expect(await ann.visibleText()).not.toMatch(/(camera|microphone) disconnected|was disconnected/i)
    await ann.tab.grantPermissions(['camera', 'microphone'])
    await expectCall(ann, ben)
    await expect.poll(() => ann.visibleText()).not.toContain('access is blocked')
  })

  test('a user who allows notifications in the lobby gets one while the page is hidden', async () => {
    const room = fixture.newRoom()
    const [ann, ben] = [await asked(), await withBoth()]
    await ann.tab.page.context().clearPermissions()
    await ann.openLobby(room)
    await ann.tab.page.getByText('Sounds and notifications').click()
    await ann.tab.grantPermissions(['camera', 'microphone', 'notifications'])
    await ann.press('Allow notifications')
    const toggle = ann.tab.page.getByLabel('Notify me while this page is hidden')
    expect(await toggle.isChecked()).toBe(true)
    await ann.press('Join')
    await ann.waitForStates({ room: 'created' })

    await recordSignals(ann)
    await coverPage(ann, true)
    await ben.join(room)
    await connected(ann, ben)
    await expect.poll(async () => (await readTitles(ann)).notifications).toEqual(['They joined the call'])
    await coverPage(ann, false)
    expect((await readTitles(ann)).notifications).toEqual([])

    await ann.press('Devices')
    await toggle.uncheck()
    await coverPage(ann, true)
    await ben.press('Hang up')
    await ann.waitForStates({ membership: 'left' })
    expect(await readTitles(ann)).toEqual({ notifications: [], page: expect.stringMatching(/^\(1\)/) })
  })
})
