import { readFile } from 'node:fs/promises'
import { describe, expect } from 'vitest'
import { parseTrace } from '../../machines/protocol/trace/traceFile.ts'
import { needs } from '../needs.ts'
import type { ChromiumTab } from './chromium.ts'
import type { BrowserUser } from './browserUser.ts'
import { expectCall } from './expectCall.ts'
import { BrowserFixture } from './browserFixture.ts'
import { sharedFixture } from './fixtureLifecycle.ts'

const test = needs('chromium')
type ChromiumUser = BrowserUser<ChromiumTab>

const fixture = new BrowserFixture()

/** Ann waits alone in a room. */
const alone = sharedFixture(async () => {
  const ann = await fixture.chromium({ context: { viewport: { width: 1280, height: 800 } } })
  await ann.join(fixture.newRoom())
  fixture.keepOpen(ann)
  return ann
})

const call = sharedFixture(async () => {
  const room = fixture.newRoom()
  const [ann, ben] = [await fixture.chromium(), await fixture.chromium()]
  await ann.join(room)
  await ben.join(room)
  await expectCall(ann, ben)
  fixture.keepOpen(ann, ben)
  return { ann, ben, room }
})

async function startCall(): Promise<{ ann: ChromiumUser; ben: ChromiumUser; room: string }> {
  const { ann, ben, room } = await call()
  await Promise.all(
    [ann, ben].map((user) => user.waitForStates({ membership: 'joined', room: 'full', call: 'connected' })),
  )
  expect(await drawer(ann).count()).toBe(0)
  return { ann, ben, room }
}

const drawer = ({ tab }: ChromiumUser) => tab.page.getByRole('dialog', { name: 'Diagnostics' })

/** The outermost machine states in the drawer, by machine. */
const shown = ({ tab }: ChromiumUser): Promise<Record<string, string>> =>
  tab.run(
    () =>
      Object.fromEntries(
        [...document.querySelectorAll<HTMLElement>('dialog [data-machine]')].map(({ dataset }) => [
          dataset.machine ?? '',
          dataset.state?.split('.')[0] ?? '',
        ]),
      ),
    null,
  )

/** Lines of the drawer, newest first, each with its place and text. */
const lines = ({ tab }: ChromiumUser): Promise<string[]> =>
  tab.run(
    () =>
      [...document.querySelectorAll<HTMLElement>('dialog li')].map(
        (line) =>
          `${line.dataset.place} ${line.querySelector('.entry')?.textContent?.replace(/\s+/g, ' ').replace(/ ?→ ?/, ' → ').trim()}`,
      ),
    null,
  )

async function saved(ann: ChromiumUser): Promise<{ name: string; text: string }> {
  const { page } = ann.tab
  const [download] = await Promise.all([page.waitForEvent('download'), ann.press('Save trace')])
  return { name: download.suggestedFilename(), text: await readFile(await download.path(), 'utf8') }
}

describe('the diagnostics drawer', () => {
  test('the drawer is loaded on first use, opens and closes by keys, and restores the focus', async () => {
    const ann = await alone()
    await ann.waitForStates({ room: 'created', call: 'offering' })
    const { page } = ann.tab
    await page.setViewportSize({ width: 1000, height: 700 })
    const loaded = () => ann.tab.requestedUrls.filter((url) => /Diagnostics/.test(url)).length
    expect(loaded()).toBe(0)

    await page.getByRole('button', { name: 'Mute' }).focus()
    await page.keyboard.press('d')
    await drawer(ann).waitFor()
    expect(loaded()).toBeGreaterThan(0)
    for (let step = 0; step < 12; step++) {
      await page.keyboard.press('Tab')
      // Past the drawer's last stop the browser UI briefly has the focus. The page behind never has it.
      expect(
        await ann.tab.run(
          () => document.activeElement === document.body || document.activeElement?.closest('dialog') !== null,
          null,
        ),
      ).toBe(true)
    }
    await page.keyboard.press('Escape')
    await drawer(ann).waitFor({ state: 'detached' })
    expect(await ann.tab.run(() => document.activeElement?.textContent, null)).toContain('Mute')

    await ann.press('Devices')
    await ann.press('Diagnostics')
    await drawer(ann).waitFor()
    expect(await shown(ann)).toMatchObject({
      membership: 'joined',
      room: 'created',
      call: 'offering',
      signaling: 'connected',
      microphone: 'live',
      camera: 'live',
      screen: 'off',
    })
    expect(await drawer(ann).locator('[data-connection=none]').count()).toBe(1)
    await ann.press('Close diagnostics')
    await drawer(ann).waitFor({ state: 'detached' })
    expect(await ann.tab.run(() => document.activeElement?.textContent, null)).toContain('Devices')
  })

  test('the drawer leaves the call visible on a wide window and offers Hang up on a narrow one', async () => {
    const ann = await alone()
    await ann.waitForStates({ room: 'created', call: 'offering' })
    const { page } = ann.tab
    await page.setViewportSize({ width: 1280, height: 800 })
    const hangUp = page.getByRole('button', { name: 'Hang up' })
    await page.getByRole('button', { name: 'Mute' }).focus()
    await page.keyboard.press('d')
    await drawer(ann).waitFor()
    const rightOf = async (locator: typeof hangUp) => {
      const { x = NaN, width = NaN } = (await locator.boundingBox()) ?? {}
      return x + width
    }
    await expect.poll(async () => (await rightOf(hangUp)) < (await drawer(ann).boundingBox())!.x).toBe(true)
    await page.getByRole('button', { name: 'Mute' }).click()
    await page.getByRole('button', { name: 'Unmute' }).waitFor()

    await page.setViewportSize({ width: 390, height: 844 })
    const inside = drawer(ann).getByRole('button', { name: 'Hang up' })
    await inside.waitFor()
    expect(await ann.tab.run(() => document.activeElement?.textContent, null)).toContain('Close')
    await page.setViewportSize({ width: 1280, height: 800 })
    await inside.waitFor({ state: 'detached' })
    await drawer(ann).getByRole('button', { name: 'Close' }).focus()
    await page.keyboard.press('Escape')
    await drawer(ann).waitFor({ state: 'detached' })

    await page.setViewportSize({ width: 390, height: 844 })
    await page.keyboard.press('d')
    await inside.waitFor()
    // A layout that shifts with the focus would move the button under the finger.
    expect(await drawer(ann).evaluate(({ scrollWidth, clientWidth }) => scrollWidth - clientWidth)).toBe(0)
    await inside.click()
    await ann.waitForStates({ membership: 'left' })
  })

  test('a page sends its trace to the peer only while the peer’s drawer is open', async () => {
    const { ann, ben } = await startCall()
    await Promise.all([
      ann.tab.run(countFrames, '"type":"trace.subscribe","enabled":false'),
      ben.tab.run(countFrames, '"type":"trace.entries"'),
    ])
    await ben.press('Mute')
    await ann.waitForText('Their microphone is off')
    expect(await frames(ben)).toBe(0)
    await ben.press('Unmute')

    await ann.tab.page.keyboard.press('d')
    await expect.poll(() => frames(ben)).toBeGreaterThan(0)
    await ann.tab.page.keyboard.press('Escape')
    await drawer(ann).waitFor({ state: 'detached' })
    // test/client/trace/recorder.test.ts proves with a fake clock that the peer's page sends nothing more.
    await expect.poll(() => frames(ann)).toBe(1)
  })

  test('a saved trace can be parsed and contains no secrets or addresses', async () => {
    const { ann, room } = await startCall()
    const secrets = await ann.tab.run(
      // Without the policy of the room, which a trace may show.
      () =>
        [...Object.entries({ ...sessionStorage }), ...Object.entries({ ...localStorage })].flatMap(([name, value]) =>
          name.includes('policy:') ? [] : [value as string],
        ),
      null,
    )
    expect(secrets.some((secret) => /^[\w-]{43}$/.test(secret))).toBe(true)
    await ann.tab.page.keyboard.press('d')
    await drawer(ann).waitFor()
    await expect
      .poll(() => lines(ann))
      .toEqual(expect.arrayContaining([expect.stringMatching(/^there/), expect.stringMatching(/^server/)]))

    const { name, text } = await saved(ann)
    expect(name).toMatch(/^duet-trace-[\d-]+\.json$/)
    const { entries } = parseTrace(text)
    expect(new Set(entries.map(({ place }) => place))).toEqual(new Set(['here', 'there', 'server']))
    expect(entries).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ place: 'here', machine: 'membership', event: 'xstate.init', state: 'lobby.alone' }),
      ]),
    )
    for (const secret of [...secrets, room]) expect(text).not.toContain(secret)
    expect(text).not.toMatch(
      /candidate:|a=fingerprint|a=ice|v=0|\b\d{1,3}(\.\d{1,3}){3}\b|[0-9a-f]{1,4}(:[0-9a-f]{0,4}){3,}/i,
    )
    await ann.tab.page.keyboard.press('Escape')
    await drawer(ann).waitFor({ state: 'detached' })
  })

  test('the drawer shows the page’s states, the connection, and events of both pages and the server', async () => {
    const { ann, ben } = await startCall()
    await ann.tab.page.keyboard.press('d')
    await drawer(ann).waitFor()

    const { membership, room, call } = await ann.readStates()
    expect(await shown(ann)).toMatchObject({ membership, room, call })
    expect(await drawer(ann).locator('[data-machine=statusBanner] code').allInnerTexts()).toEqual([
      'transport.hidden',
      'peer.hidden',
      'signaling.hidden',
    ])
    await drawer(ann).locator('[data-machine=quality][data-state=good]').waitFor()
    await expect.poll(() => drawer(ann).locator('[data-connection]').getAttribute('data-connection')).toBe('direct')
    await expect
      .poll(async () => {
        const port = (await ann.readCandidatePair())?.local.port
        return port !== undefined && (await drawer(ann).locator('[data-connection]').innerText()).includes(String(port))
      })
      .toBe(true)
    expect(await drawer(ann).locator('[data-connection]').innerText()).toMatch(/\d ms/)

    // The drawer also shows the peer's earlier events.
    await expect
      .poll(() => lines(ann))
      .toEqual(
        expect.arrayContaining([
          expect.stringMatching(/^here Call answer\.received → offering\.connecting/),
          expect.stringMatching(/^server Room answer\.relayed → ready .*seat b/),
          expect.stringMatching(/^there Call offer\.received → answering\.creatingAnswer/),
        ]),
      )
    // Other events may follow at once, so the line need not stay among the newest.
    const countMutes = async (): Promise<number> =>
      (await lines(ann)).filter((line) => line.startsWith('there Microphone user.muted → live.muted')).length
    const before = await countMutes()
    await ben.press('Mute')
    await expect.poll(countMutes).toBe(before + 1)
    await expect.poll(() => ben.listButtons()).toContain('Unmute')
    await drawer(ann).getByRole('button', { name: 'Them' }).click()
    expect(new Set((await lines(ann)).map((line) => line.split(' ')[0]))).toEqual(new Set(['there']))

    await ben.press('Hang up')
    await expect.poll(() => shown(ann)).toMatchObject({ membership: 'left', call: 'hangup' })
    await drawer(ann).getByRole('button', { name: 'Server' }).click()
    await expect
      .poll(() => lines(ann))
      .toEqual(expect.arrayContaining([expect.stringMatching(/^server Room media\.started → full/)]))
  })
})

/** Runs in the page: counts the sent frames that contain these words. */
function countFrames(words: string): void {
  const counted = window as unknown as { framesSent: number }
  counted.framesSent = 0
  const { send } = WebSocket.prototype
  WebSocket.prototype.send = function (this: WebSocket, frame: string) {
    if (frame.includes(words)) counted.framesSent += 1
    send.call(this, frame)
  } as typeof send
}

const frames = ({ tab }: ChromiumUser): Promise<number> =>
  tab.run(() => (window as unknown as { framesSent: number }).framesSent, null)
