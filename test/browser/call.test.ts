import { describe, expect } from 'vitest'
import { needs } from '../needs.ts'
import type { BrowserUser } from './browserUser.ts'
import { expectCall } from './expectCall.ts'
import { BrowserFixture } from './browserFixture.ts'
import { sharedFixture } from './fixtureLifecycle.ts'
import { listLiveTrackKinds, recordTracksScript } from './recordedTracks.ts'

const test = needs('chromium')

declare global {
  interface Window {
    /** The times of the click on *Join*, of the join request and of the call screen, in ms. */
    joinTimes: { click?: number; request?: number; screen?: number }
  }
}

/** Runs before the page's own scripts and records the times of a join. */
function recordJoinTimes(): void {
  const times: Window['joinTimes'] = (window.joinTimes = {})
  const isJoin = (target: EventTarget | null): boolean => (target as Element).closest('button')?.textContent === 'Join'
  const onClick = ({ target }: Event): void => {
    if (isJoin(target)) times.click ??= performance.now()
  }
  addEventListener('click', onClick, { capture: true })
  new MutationObserver(() => {
    if (document.querySelector('[data-testid=remote-video]')) times.screen ??= performance.now()
  }).observe(document, { childList: true, subtree: true })
  const { send } = WebSocket.prototype
  WebSocket.prototype.send = function (data) {
    if (String(data).includes('"room.join"')) times.request ??= performance.now()
    send.call(this, data)
  }
}

/** Enough frames for a call that an earlier check sampled in full. */
const few = 3

/** Runs in the page. Returns the accessible description of *Join*. */
function readJoinDescription(): string {
  const ids = document.querySelector('.lobby .join button.primary')?.getAttribute('aria-describedby')?.split(' ') ?? []
  return ids.map((id) => document.getElementById(id)?.textContent ?? '').join(' ')
}

describe('a call between two Chromium users', () => {
  const fixture = new BrowserFixture()
  /** Every test but the last leaves this call connected. */
  const call = sharedFixture(async () => {
    const room = fixture.newRoom()
    const script = `${recordTracksScript}
(${String(recordJoinTimes)})()`
    const [ann, ben] = [await fixture.chromium({ script: recordTracksScript }), await fixture.chromium({ script })]
    fixture.keepOpen(ann, ben)
    await ann.join(room)
    await ann.waitForStates({ room: 'created' })
    await ben.join(room)
    await expectCall(ann, ben)
    return { ann, ben, room }
  })
  const thirdVisitor = sharedFixture(async () => {
    const user: BrowserUser = await fixture.chromium()
    fixture.keepOpen(user)
    return user
  })

  test('the join request leaves at the click: nothing is loaded or rendered before it', async () => {
    const { ben } = await call()
    const { times, loadTimes } = await ben.tab.run(
      () => ({
        times: window.joinTimes,
        loadTimes: performance.getEntriesByType('resource').map(({ startTime }) => startTime),
      }),
      null,
    )
    const { click = NaN, request = NaN, screen = NaN } = times
    expect([click, request, screen].toSorted((one, other) => one - other)).toEqual([click, request, screen])
    expect(loadTimes.filter((time) => time >= click && time <= request)).toEqual([])
  })

  test('a third visitor reads that the room is full and does not disturb the call', async () => {
    const { ann, ben, room } = await call()
    const eve = await thirdVisitor()

    const noticed = await ann.recordStates(async () => {
      await eve.openLobby(room)
      await eve.waitForText('You can join as soon as someone leaves')
      expect(await eve.tab.run(readJoinDescription, null)).toContain('This room is full right now')
      await eve.press('Join')
      await eve.waitForStates({ membership: 'left' })
    })

    await eve.waitForText('This room is full')
    expect((await eve.readInboundStats()).video.packets).toBe(0)
    expect(noticed).toEqual([])
    await expectCall(ann, ben, few)
  })

  test('a name keeps its spaces while it is typed', async () => {
    const user = await fixture.chromium()
    await user.openLobby(fixture.newRoom())
    const field = user.tab.page.getByLabel('Your name (optional)')
    await field.pressSequentially('Ann B')
    await field.press('Backspace')
    await field.pressSequentially('C ')
    expect(await field.inputValue()).toBe('Ann C ')
    await field.blur()
    expect(await field.inputValue()).toBe('Ann C')
  })

  test('Tab reaches the main controls first, and their icons have a solid background in forced colours', async () => {
    const { ann } = await call()
    const first = ['Mute', 'Camera off', 'Share screen', 'Chat', 'Room', 'Devices', 'Hang up']
    await expect.poll(async () => (await ann.listButtons()).slice(0, first.length)).toEqual(first)
    await ann.tab.page.emulateMedia({ forcedColors: 'active' })
    const background = await ann.tab.run(
      () => getComputedStyle(document.querySelector('.call-controls')!).backgroundColor,
      null,
    )
    await ann.tab.page.emulateMedia({ forcedColors: 'none' })
    expect(background).toMatch(/^rgb\(/)
  })

  test('a press swaps the videos, a drag moves the small one, and the panel hides and mirrors the own one', async () => {
    const { ann } = await call()
    const { page } = ann.tab
    const small = page.locator('.tile.small')
    const widthOf = async (id: string) => (await page.getByTestId(id).boundingBox())?.width ?? 0

    await page.getByRole('button', { name: /^Your video, bottom right/ }).click()
    await page.getByRole('button', { name: /^Their video, bottom right/ }).waitFor()
    await expect.poll(async () => (await widthOf('local-video')) > 2 * (await widthOf('remote-video'))).toBe(true)
    await page.getByRole('button', { name: /^Their video, bottom right/ }).press('Enter')
    await page.getByRole('button', { name: /^Your video, bottom right/ }).press('ArrowLeft')
    await page.getByRole('button', { name: /^Your video, bottom left/ }).waitFor()
    // `hover` waits until the tile rests.
    await small.hover({ position: { x: 20, y: 20 } })
    const { x } = (await small.boundingBox())!
    await page.mouse.down()
    await page.mouse.move(x + 60, 90, { steps: 3 })
    await page.mouse.up()
    await page.getByRole('button', { name: /^Your video, top left/ }).waitFor()

    await page.getByRole('button', { name: 'View' }).click()
    await page.getByLabel('Side by side').check()
    await expect.poll(async () => Math.abs((await widthOf('local-video')) - (await widthOf('remote-video')))).toBe(0)
    await page.getByLabel('Side by side').uncheck()
    await page.getByLabel('Mirror your video').uncheck()
    expect(await page.getByTestId('local-video').evaluate((video) => getComputedStyle(video).scale)).toBe('none')
    await page.getByLabel('Mirror your video').check()
    await page.getByRole('button', { name: 'Move the small video' }).click()
    await page.getByRole('button', { name: /^Your video, top right/ }).waitFor()
    await page.getByLabel('Hide your video').check()
    await expect.poll(() => page.getByTestId('local-video').isVisible()).toBe(false)
    await page.keyboard.press('Escape')
    await page.getByRole('button', { name: 'Show your video' }).click()
    await page.getByRole('button', { name: /^Your video, top right/ }).waitFor()
    expect(await page.evaluate(() => Object.keys(localStorage))).not.toContain('duet:mirror')
  })

  test('the peer’s page shows that a user muted and switched the camera off', async () => {
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

  test('a hang-up ends the call on both sides, releases all devices, and both can call again', async () => {
    const { ann, ben } = await call()
    await ben.waitForStates({ call: 'connected' })

    await ben.press('Hang up')
    for (const user of [ann, ben]) {
      await user.waitForStates({ membership: 'left', room: 'empty', call: 'hangup' })
      await expect.poll(() => listLiveTrackKinds(user)).toEqual([])
    }
    await ben.waitForText(/You hung up · \d+:\d\d/)
    await ann.waitForText(/They hung up · \d+:\d\d/)

    await ann.press('Call again')
    await ann.waitForStates({ membership: 'joined', room: 'created', call: 'offering' })
    expect((await ben.readStates()).membership).toBe('left')
    await ben.press('Call again')
    await expectCall(ann, ben, few)
  })

  test('when the room’s creator leaves, the peer can wait there for a new visitor', async () => {
    const { ann, ben, room } = await call()
    const cleo = await thirdVisitor()
    await ann.waitForStates({ call: 'connected' })

    await ann.press('Hang up')
    for (const user of [ann, ben]) await user.waitForStates({ membership: 'left' })
    await ben.press('Call again')
    await cleo.join(room)

    await expectCall(ben, cleo, few)
    expect((await ann.readStates()).membership).toBe('left')
  })
})
