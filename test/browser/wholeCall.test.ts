import { describe, expect } from 'vitest'
import { needs } from '../needs.ts'
import type { BrowserUser } from './browserUser.ts'
import { expectCall } from './expectCall.ts'
import { expectSharedScreen } from './sharedScreen.ts'
import { BrowserFixture } from './browserFixture.ts'
import { sharedFixture } from './fixtureLifecycle.ts'

/** One whole call in each browser, and one through the relay: the short browser suite of `npm test`. */

describe('a whole call', () => {
  const fixture = new BrowserFixture({ DUET_PREPARE: 'on' })
  /** Each test opens another room in the same pages. */
  const keep = <T extends BrowserUser>(user: T): T => (fixture.keepOpen(user), user)
  const chromium = sharedFixture(async () => keep(await fixture.chromium()))
  const another = sharedFixture(async () => keep(await fixture.chromium()))
  const firefox = sharedFixture(async () => keep(await fixture.firefox()))

  needs('chromium')('two Chromium users see and hear each other, and their pages show it', async () => {
    const room = fixture.newRoom()
    const [ann, ben] = [await chromium(), await another()]
    await ann.join(room)
    await ann.waitForStates({ membership: 'joined', room: 'created', call: 'offering' })
    await ann.waitForText('first one here')

    await ben.join(room)

    await expectCall(ann, ben)
    await expect.poll(() => ann.listButtons()).toEqual(expect.arrayContaining(['Mute', 'Camera off', 'Hang up']))
    expect((await ann.readInboundStats()).audio.energy).toBeGreaterThan(0)
    // A call may start through the relay, because that pair is found as quickly.
    await expect.poll(async () => (await ann.readCandidatePair())?.local.type ?? 'relay').not.toBe('relay')
  })

  needs('chromium')('`?relay=1` on one page relays the media of both', async () => {
    const room = fixture.newRoom()
    const [ann, ben] = [await chromium(), await another()]
    await ann.join(room)
    await ben.join(room, '?relay=1')

    await expectCall(ann, ben, 3)
    await expect.poll(async () => (await ben.readCandidatePair())?.local.type).toBe('relay')
    await expect.poll(async () => (await ann.readCandidatePair())?.remote.type).toBe('relay')
    await ann.press('Hang up')
    await ben.waitForStates({ membership: 'left' })
  })

  const both = needs('chromium', 'firefox')

  both(
    'Chromium joins a room of Firefox: both see and hear each other, share a screen, hang up and call again',
    async () => {
      await expectTwoCalls(await firefox(), await chromium())
    },
  )

  both(
    'Firefox joins a room of Chromium: both see and hear each other, share a screen, hang up and call again',
    async () => {
      await expectTwoCalls(await chromium(), await firefox())
    },
  )

  /** Ben joins, both share a screen, Ben hangs up, and both call again. */
  async function expectTwoCalls(ann: BrowserUser, ben: BrowserUser): Promise<void> {
    const room = fixture.newRoom()
    await ann.join(room)
    await ann.waitForStates({ membership: 'joined', room: 'created', call: 'offering' })
    await ben.join(room)
    await expectCall(ann, ben)
    await expectSharedScreen(ann, ben)
    await expectSharedScreen(ben, ann)

    await ben.press('Hang up')
    for (const user of [ann, ben]) await user.waitForStates({ membership: 'left', call: 'hangup' })
    await ann.waitForText(/They hung up · \d+:\d\d/)
    for (const user of [ann, ben]) await user.press('Call again')
    await expectCall(ann, ben, 3)
  }
})
