import { describe, expect } from 'vitest'
import { needs } from '../needs.ts'
import { expectCall, type BrowserUser } from './browserUser.ts'
import { BrowserFixture } from './browserFixture.ts'
import { sharedFixture } from './fixtureLifecycle.ts'

const test = needs('chromium')
/** After the call was looked at once. */
const few = 3

describe('two people with Chromium', () => {
  const fixture = new BrowserFixture()
  /** All tests but the last leave it as it is. */
  const call = sharedFixture(async () => {
    const room = fixture.newRoom()
    const [ann, ben] = [await fixture.chromium(), await fixture.chromium()]
    fixture.keepOpen(ann, ben)
    await ann.join(room)
    await ann.waitForStates({ room: 'created' })
    await ben.join(room)
    await expectCall(ann, ben)
    return { ann, ben, room }
  })
  const stranger = sharedFixture(async () => {
    const user: BrowserUser = await fixture.chromium()
    fixture.keepOpen(user)
    return user
  })

  test('are not disturbed by a third, who is told that the room is full', async () => {
    const { ann, ben, room } = await call()
    const eve = await stranger()

    const noticed = await ann.recordStates(async () => {
      await eve.join(room)
      await eve.waitForStates({ membership: 'left' })
    })

    expect(await eve.visibleText()).toContain('full')
    expect((await eve.readInboundStats()).video.packets).toBe(0)
    expect(noticed).toEqual([])
    await expectCall(ann, ben, few)
  })

  test('mute and switch the camera off, and the other is told', async () => {
    const { ann, ben } = await call()
    await ann.waitForStates({ call: 'connected' })

    await ann.press('Camera off')
    await ann.press('Mute')

    await ben.waitForText('Their camera is off')
    expect(
      await ann.tab.run(
        () =>
          [...document.querySelectorAll<HTMLVideoElement>('[data-testid=local-video]')].flatMap(
            ({ srcObject }) =>
              (srcObject as MediaStream | null)?.getVideoTracks().map(({ readyState }) => readyState) ?? [],
          ),
        null,
      ),
    ).not.toContain('live')
    await ann.press('Camera on')
    await expectCall(ann, ben)
    await ann.press('Unmute')
  })

  test('who hang up are outside, while the other stays, and can call again in the same room', async () => {
    const { ann, ben } = await call()
    await ben.waitForStates({ call: 'connected' })

    await ben.press('Hang up')
    await ben.waitForStates({ membership: 'left', room: 'empty', call: 'hangup' })
    await ann.waitForStates({ membership: 'joined', room: 'created', call: 'hangup' })
    expect(await ann.visibleText()).toMatch(/hung up|have left/)
    expect((await ann.readStates()).membership).toBe('joined')

    await ben.press('Rejoin')
    await expectCall(ann, ben, few)
  })

  test('who made the room may leave: the other waits in it and hosts a new visitor', async () => {
    const { ann, ben, room } = await call()
    const cleo = await stranger()
    await ann.waitForStates({ call: 'connected' })

    await ann.press('Hang up')
    await ann.waitForStates({ membership: 'left' })
    await ben.waitForStates({ membership: 'joined', room: 'created', call: 'offering' })
    await cleo.join(room)

    await expectCall(ben, cleo, few)
    expect((await ann.readStates()).membership).toBe('left')
  })
})
