import { mkdirSync, readFileSync } from 'node:fs'
import type { Page } from 'playwright-core'
import { expect } from 'vitest'
import { chartedMachines } from '../../client/pages/statecharts/drawings.ts'
import { en } from '../../client/pages/statecharts/texts/en.ts'
import { describeMachine } from '../../machines/statechart.ts'
import type { Trace } from '../../machines/protocol/trace/types.ts'
import { type TraceEntry, tracedMachines } from '../../machines/protocol/traceEntry.ts'
import { formatTrace } from '../../machines/protocol/trace/traceFile.ts'
import { needs } from '../needs.ts'
import { axeScript, findAccessibilityViolations, visualRules } from './axe.ts'
import type { ChromiumTab } from './chromium.ts'
import type { BrowserUser } from './browserUser.ts'
import { BrowserFixture } from './browserFixture.ts'
import { listFocusStops } from './focusStops.ts'
import { sharedFixture } from './fixtureLifecycle.ts'
import { deadlineMs } from '../deadline.ts'

/** `/machines`: diagrams of the state machines, live beside a call in the same browser, or from a saved trace. */

const test = needs('chromium', 'fonts')
/** `ALBUM=dist/screens` saves screenshots of the page. */
const album = process.env.ALBUM
if (album) mkdirSync(album, { recursive: true })
const desktop = { viewport: { width: 1280, height: 800 }, colorScheme: 'light' } as const
const phone = { viewport: { width: 390, height: 844 }, colorScheme: 'dark' } as const
type Look = typeof desktop | typeof phone

const fixture = new BrowserFixture()
/** The page of a user without a call. */
const alone = sharedFixture(async () => {
  const user = await fixture.chromium({ script: axeScript })
  fixture.keepOpen(user)
  return user
})
/** Ann's signaling connection, and `/machines` in a second tab of Ann and of Ben, who are in a call. */
const live = sharedFixture(async () => {
  const { user: ann, frameProxy } = await fixture.openThroughFrameProxy({ script: axeScript })
  const [room, ben] = [fixture.newRoom(), await fixture.chromium()]
  fixture.keepOpen(ann, ben)
  const atAnn = await beside(ann)
  await atAnn.getByText('No call is open in this browser.').waitFor()
  await ann.join(room)
  await atAnn.getByText('Live from the call').waitFor()
  await ben.join(room)
  await Promise.all([ann, ben].map((user) => user.waitForStates({ room: 'full', call: 'connected' })))
  return { ann, ben, frameProxy, atAnn, atBen: await beside(ben) }
})

test('the first load contains no description of a machine', async () => {
  const read = async (path: string): Promise<string> => (await fetch(fixture.product.url + path)).text()
  const scripts = [...(await read('/')).matchAll(/"(\/assets\/[^"]+\.js)"/g)].map(([, path]) => read(path!))
  expect(scripts.length).toBeGreaterThan(1)
  const code = (await Promise.all(scripts)).join('\n')
  const texts = Object.values(chartedMachines).flatMap((machine) => {
    const { about, states: meanings, events } = describeMachine(machine)
    return [about, ...Object.values(meanings), ...Object.values(events)]
  })
  expect(texts.filter((text) => code.includes(text))).toEqual([])
})

const states = (page: Page, machine: string) =>
  page
    .locator(`[data-machine=${machine}]`)
    .evaluate(({ dataset: { here, there, server } }: HTMLElement) => ({ here, there, server }))
const lit = (page: Page, path: string) => page.locator(`[data-state="${path}"]`).getAttribute('data-lit')

test('every machine has a diagram without axe violations, and a description for the selected state', async () => {
  const { tab } = await visit(desktop)
  await tab.page.getByText('No call is open in this browser.').waitFor()
  await tab.page.getByText(`${Object.keys(chartedMachines).length} state machines define everything`).waitFor()
  for (const look of [desktop, phone]) {
    await show(tab.page, look)
    for (const machine of tracedMachines) {
      await tab.page.locator(`[data-machine=${machine}]`).click()
      await tab.page.getByRole('region', { name: `Diagram of ${en.machines.names[machine]}`, exact: true }).waitFor()
      // The phone layout has the same names and roles.
      expect(await findAccessibilityViolations(tab.page, look === phone ? visualRules : null), machine).toEqual([])
    }
    await tab.page.locator('[data-state=created]').click()
    await tab.page.getByText('Its holder waits, and may have left an offer').waitFor()
    expect(await findAccessibilityViolations(tab.page)).toEqual([])
    expect(await tab.run(() => document.documentElement.scrollWidth <= innerWidth, null)).toBe(true)
  }
})

test('Tab reaches every state, and the arrow keys choose machines', async () => {
  const { tab } = await visit(desktop)
  await tab.page.locator('[data-machine=call]').focus()
  await tab.page.keyboard.press('ArrowRight')
  expect(await focused(tab)).toMatch(/^Membership/)
  const reached: string[] = []
  for (let press = 0; press < 20; press++) {
    await tab.page.keyboard.press('Tab')
    const [stop] = (await tab.run(listFocusStops, false)).filter(({ isFocused }) => isFocused)
    // The states of a group may cover it.
    const isGroup = await tab.run(() => document.activeElement?.matches('.group') ?? false, null)
    expect(stop, stop?.name).toMatchObject({ isMarked: true, ...(!isGroup && { isSeen: true }) })
    reached.push(await focused(tab))
  }
  for (const path of ['lobby', 'joining', 'joined', 'joined.online', 'left.rejected'])
    expect(reached).toContainEqual(expect.stringMatching(`^${path}: `))
  await tab.page.locator('[data-state=lobby]').focus()
  await tab.page.keyboard.press('Enter')
  expect(await tab.page.locator('.explanation').innerText()).toMatch(/with a preview[^]*user\.joined[^]*joining/)
})

test('the banner and quality states are highlighted for both sides', async () => {
  const { frameProxy, atAnn, atBen } = await live()
  const isLit = (page: Page, path: string, places: string) =>
    expect.poll(() => lit(page, path), { message: path }).toBe(places)
  const areLit = (path: string, places: string) => Promise.all([atAnn, atBen].map((page) => isLit(page, path, places)))

  await Promise.all([atAnn, atBen].map((page) => page.locator('[data-machine=quality]').click()))
  await areLit('good', 'here there')
  await areLit('poor', '')
  await Promise.all([atAnn, atBen].map((page) => page.locator('[data-machine=statusBanner]').click()))
  for (const part of ['transport', 'peer', 'signaling']) await areLit(`${part}.hidden`, 'here there')

  frameProxy.cut()
  await Promise.all([isLit(atAnn, 'signaling.shown', 'here'), isLit(atBen, 'peer.shown', 'here')])
  await isLit(atAnn, 'signaling.hidden', 'there')
  await isLit(atBen, 'peer.hidden', 'there')
  for (const page of [atAnn, atBen]) await isLit(page, 'transport.hidden', 'here there')
  expect(await states(atAnn, 'statusBanner')).toMatchObject({ here: 'transport.hidden, peer.hidden, signaling.shown' })
  if (album) await atAnn.screenshot({ path: `${album}/machines-notice-live.png`, fullPage: true })
  expect(await findAccessibilityViolations(atAnn)).toEqual([])

  frameProxy.restore()
  for (const part of ['transport', 'peer', 'signaling']) await areLit(`${part}.hidden`, 'here there')
  await Promise.all([atAnn, atBen].map((page) => page.locator('[data-machine=call]').click()))
})

test('beside a call the page shows and follows the states of both sides and the room', async () => {
  const { ann, ben, atAnn: page } = await live()
  const shows = async (machine: string, wanted: Awaited<ReturnType<typeof states>>) =>
    expect.poll(() => states(page, machine)).toEqual(wanted)
  await shows('call', { here: 'connected.flowing.stable', there: 'connected.flowing.stable', server: undefined })
  await shows('membership', { here: 'joined.online', there: 'joined.online', server: undefined })
  await shows('room', { here: undefined, there: undefined, server: 'full' })
  await expect.poll(() => lit(page, 'connected.flowing.stable')).toBe('here there')
  expect(await lit(page, 'hangup')).toBe('')
  expect(await findAccessibilityViolations(page)).toEqual([])

  // Each line arrives by itself, without a request for all lines.
  const listens = (isSilent: boolean) =>
    page.evaluate((silent) => {
      const { prototype } = BroadcastChannel
      const store = prototype as { kept?: typeof prototype.postMessage }
      store.kept ??= prototype.postMessage
      prototype.postMessage = silent ? () => undefined : store.kept
    }, isSilent)
  await listens(true)
  await ann.press('Mute')
  await shows('microphone', { here: 'live.muted', there: 'live.unmuted', server: undefined })
  await ben.press('Mute')
  await shows('microphone', { here: 'live.muted', there: 'live.muted', server: undefined })

  await listens(false)

  await page.getByRole('button', { name: 'Pause' }).click()
  const slider = page.getByRole('slider', { name: 'Position in the trace' })
  const pausedAt = Number(await slider.inputValue())
  await ann.press('Unmute')
  await page.getByText(/^[1-9]\d* newer entr(y|ies)$/).waitFor()
  expect(await states(page, 'microphone')).toMatchObject({ here: 'live.muted' })
  expect(Number(await slider.inputValue())).toBe(pausedAt)
  await slider.focus()
  await page.keyboard.press('Home')
  await shows('microphone', { here: undefined, there: undefined, server: undefined })
  await page.keyboard.press('End')
  await shows('microphone', { here: 'live.muted', there: 'live.muted', server: undefined })
  await page.getByRole('button', { name: 'Back to live' }).click()
  await shows('microphone', { here: 'live.unmuted', there: 'live.muted', server: undefined })

  await ann.press('Hang up')
  await expect.poll(() => states(page, 'call')).toMatchObject({ here: 'hangup' })
  expect(await states(page, 'membership')).toMatchObject({ here: 'left.byUser' })
  expect(await ann.readStates()).toMatchObject({ membership: 'left', call: 'hangup' })
  // Of membership, and then of the call.
  await page.locator('li[data-event="user.hungUp"]').nth(1).waitFor()

  await ann.tab.page.close()
  await page.getByText('The call’s tab is closed').waitFor({ timeout: deadlineMs })
})

test('the user can choose between several calls', async () => {
  const ann = await alone()
  await ann.join(fixture.newRoom())
  const second = await ann.tab.page.context().newPage()
  await second.goto(`${fixture.product.url}/r/${fixture.newRoom()}`)
  const page = await beside(ann)
  await page.getByLabel('Call', { exact: true }).waitFor()
  await ann.waitForStates({ membership: 'joined' })
  const found: unknown[] = []
  for (const index of [0, 1]) {
    await page.getByLabel('Call', { exact: true }).selectOption({ index })
    found.push((await states(page, 'membership')).here)
  }
  expect(found.sort()).toEqual(['joined.online', 'lobby.alone'])
  await Promise.all([second, page].map((each) => each.close()))
})

const createEntry = (
  at: number,
  place: TraceEntry['place'],
  machine: TraceEntry['machine'],
  event: string,
  state: string,
  facts: TraceEntry['fields'] = {},
): TraceEntry => ({ atMs: at, place, machine, event, fields: facts, state })
const trace: Trace = {
  version: 1,
  startedAt: '2026-11-22T20:00:00.000Z',
  entries: [
    createEntry(0, 'here', 'call', 'xstate.init', 'idle'),
    createEntry(100, 'here', 'signaling', 'join.accepted', 'connected.joined', { seat: 'b' }),
    createEntry(110, 'here', 'call', 'join.accepted', 'answering.awaitingOffer', { seat: 'b' }),
    createEntry(120, 'server', 'room', 'offer.relayed', 'ready', { seat: 'a' }),
    createEntry(130, 'here', 'call', 'offer.received', 'answering.creatingAnswer'),
    createEntry(400, 'there', 'call', 'transport.connected', 'connected.flowing.stable'),
    createEntry(410, 'here', 'call', 'transport.connected', 'connected.flowing.stable'),
    createEntry(420, 'here', 'call', 'user.hungUp', 'hangup'),
  ],
}
const troubled: TraceEntry[] = [
  createEntry(430, 'here', 'statusBanner', 'xstate.init', 'transport.hidden, peer.hidden, signaling.hidden'),
  createEntry(440, 'there', 'statusBanner', 'xstate.init', 'transport.hidden, peer.hidden, signaling.hidden'),
  createEntry(450, 'here', 'quality', 'sample.taken', 'good'),
  createEntry(460, 'there', 'quality', 'sample.taken', 'good'),
  createEntry(500, 'there', 'quality', 'sample.taken', 'poor'),
  createEntry(600, 'here', 'statusBanner', 'transport.lost', 'transport.suspected, peer.hidden, signaling.hidden'),
  createEntry(
    700,
    'here',
    'statusBanner',
    'after.transportBannerDelay',
    'transport.shown, peer.hidden, signaling.hidden',
  ),
  createEntry(710, 'there', 'statusBanner', 'signaling.lost', 'transport.hidden, peer.hidden, signaling.pending'),
]
/** Opens the sandbox in the page of a user without a call. */
async function openSandbox(look: Look): Promise<Page> {
  const {
    tab: { page },
  } = await visit(look)
  await page.getByRole('button', { name: 'Open the sandbox' }).click()
  return page
}

test('in the sandbox a user sends events, sees guards, actions and the context, and takes steps back', async () => {
  const page = await openSandbox(desktop)
  const state = page.locator('[data-sandbox-state]')
  const send = (event: string) => page.getByRole('button', { name: `Send ${event}`, exact: true }).click()
  const row = (event: string) => page.locator(`[data-offered="${event}"]`)
  expect(await state.innerText()).toBe('idle')
  await send('join.accepted')
  expect(await state.innerText()).toBe('offering.creatingOffer')
  expect(await lit(page, 'offering.creatingOffer')).toBe('here')
  await page.getByText('send createOffer to peerConnection').waitFor()
  expect(await page.locator('[data-path=seat]').innerText()).toMatch(/seat: "a"\s+changed/)
  await page.locator('.edge.taken').first().waitFor()

  // By keyboard.
  await row('offer.created').locator('summary').focus()
  await page.keyboard.press('Enter')
  await row('offer.created').locator('[data-branch][data-taken=true] [data-guard=isAlone][data-true=true]').waitFor()
  await page.keyboard.press('Tab')
  await page.keyboard.press('ControlOrMeta+A')
  await page.keyboard.type('[1]')
  await page.getByText('That isn’t a JSON object.').waitFor()
  await send('offer.created')
  expect(await state.innerText()).toBe('offering.creatingOffer')
  await row('offer.created').locator('textarea').fill('{ "connection": "a9.9", "negotiation": 1 }')
  await row('offer.created').locator('[data-guard=isPendingOffer][data-true=false]').first().waitFor()
  await row('offer.created').locator('textarea').fill('{ "connection": "a1.1", "negotiation": 1, "sdp": "v=0" }')
  await send('offer.created')
  expect(await state.innerText()).toBe('offering.waitingForPeer')
  await row('after.offerMaxAge').getByText('after 240s').waitFor()
  await send('after.offerMaxAge')
  expect(await state.innerText()).toBe('offering.creatingOffer')
  await page.getByRole('button', { name: 'Undo' }).click()
  expect(await state.innerText()).toBe('offering.waitingForPeer')

  for (const [size, look] of Object.entries({ desktop, phone })) {
    await show(page, look)
    await row('peer.joined').locator('summary').click()
    if (album) await page.screenshot({ path: `${album}/machines-sandbox-${size}.png`, fullPage: true })
    expect(await findAccessibilityViolations(page, look === phone ? visualRules : null), size).toEqual([])
    expect(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), size).toBe(true)
  }
  await page.getByRole('button', { name: 'Start over' }).click()
  expect(await state.innerText()).toBe('idle')
  for (const machine of ['signaling', 'camera', 'statusBanner', 'room', 'quality']) {
    await page.locator(`[data-machine=${machine}]`).click()
    await page.locator('[data-offered]').first().waitFor()
  }
  await page.getByRole('button', { name: 'Close the sandbox' }).click()
  await page.getByText('No call is open in this browser.').waitFor()
})

test('a machine is exported as JSON, Mermaid and SVG, and the SVG needs nothing of the page', async () => {
  const page = await openSandbox(desktop)
  await page.getByRole('button', { name: 'Send join.accepted' }).click()
  const download = async (format: string) => {
    const [downloaded] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('button', { name: `Download: ${format}` }).click(),
    ])
    return { name: downloaded.suggestedFilename(), text: readFileSync(await downloaded.path(), 'utf8') }
  }
  const json = await download('Definition (JSON)')
  expect([json.name, Object.keys(JSON.parse(json.text) as object)]).toEqual([
    'duet-call.json',
    expect.arrayContaining(['id', 'initial', 'states', 'on']),
  ])
  const mermaid = await download('Mermaid')
  expect([mermaid.name, mermaid.text.split('\n')[0]]).toEqual(['duet-call.mmd', 'stateDiagram-v2'])
  const svg = await download('Drawing (SVG)')
  expect(svg.name).toBe('duet-call.svg')
  expect(svg.text).not.toMatch(/ class=| style=|var\(| data-|https?:(?!\/\/www\.w3\.org\/2000\/svg)/)

  const outside = await page.context().newPage()
  await outside.goto(`data:image/svg+xml,${encodeURIComponent(svg.text)}`)
  const drawn = await outside.evaluate(() => ({
    title: document.title || document.querySelector('title')?.textContent,
    fills: new Set([...document.querySelectorAll('rect')].map((rect) => getComputedStyle(rect).fill)).size,
    arrows: document.querySelectorAll('path[marker-end]').length,
  }))
  expect(drawn).toMatchObject({ title: 'Diagram of Call' })
  // Boxes, groups, the active state and its mark.
  expect(drawn.fills).toBeGreaterThan(3)
  expect(drawn.arrows).toBeGreaterThan(20)
  if (album) await outside.screenshot({ path: `${album}/machines-export.png` })
  await outside.close()
})

const file = { name: 'yesterday.json', mimeType: 'application/json', buffer: Buffer.from(formatTrace(trace)) }

test('a change of the language keeps the opened trace, its position and the selected state', async () => {
  const {
    tab: { page },
  } = await visit(desktop)
  await page.locator('input[type=file]').setInputFiles(file)
  await page.getByRole('slider').fill('7')
  await page.getByRole('tab', { name: 'Status banner' }).click()
  await page.locator('[data-state="peer.hidden"]').click()
  const menu = page.getByRole('combobox')
  const texts = { Deutsch: 'Es gibt nichts zu zeigen.', English: 'There’s nothing to show.' }
  for (const [label, text] of Object.entries(texts)) {
    await menu.selectOption({ label })
    await page.getByText(text).waitFor()
    expect(await page.locator('main').getAttribute('data-machines')).toBe('saved')
    expect(await page.getByRole('slider').inputValue()).toBe('7')
    await page.getByText(file.name).waitFor()
  }
  await page.getByRole('button', { name: 'Close the trace' }).click()
  await page.reload()
  await page.getByText('No call is open in this browser.').waitFor()
})

test('the slider and the playback clock step through a saved trace', async () => {
  const {
    tab: { page },
  } = await visit(desktop)
  await page.locator('input[type=file]').setInputFiles(file)
  const slider = page.getByRole('slider', { name: 'Position in the trace' })
  await slider.focus()
  const at = async (key: string, position: number, here: string, there?: string) => {
    await page.keyboard.press(key)
    await expect.poll(() => slider.inputValue()).toBe(String(position))
    expect(await states(page, 'call')).toEqual({ here, there, server: undefined })
    expect(await page.locator('li[data-at]').count()).toBe(position)
    expect(await lit(page, here)).toContain('here')
  }
  await at('End', 8, 'hangup', 'connected.flowing.stable')
  await at('ArrowLeft', 7, 'connected.flowing.stable', 'connected.flowing.stable')
  await page.keyboard.press('Home')
  await expect.poll(() => slider.inputValue()).toBe('0')
  expect(await states(page, 'call')).toEqual({ here: undefined, there: undefined, server: undefined })
  for (const step of [1, 2]) await at('ArrowRight', step, 'idle')
  await at('ArrowRight', 3, 'answering.awaitingOffer')
  // This side has seat b, so its lane is on the right. The relayed event came from the left lane.
  expect((await page.locator('.lane').allInnerTexts()).map((text) => text.trim())).toEqual([
    'A, there',
    'Server',
    'B, here',
  ])
  await page.keyboard.press('ArrowRight')
  await page.locator('li[data-event="offer.relayed"] .arrow.right').waitFor()

  await page.getByRole('button', { name: '4× faster' }).click()
  await page.getByRole('button', { name: 'Play' }).click()
  await page.getByText('Entry 8 of 8').waitFor()
  await page.getByRole('button', { name: 'Play' }).waitFor()
  expect((await states(page, 'call')).here).toBe('hangup')
  await page.getByRole('button', { name: 'Close the trace' }).click()
  await page.getByText('No call is open in this browser.').waitFor()
})

test('a dropped trace file is loaded, and a broken one is reported', async () => {
  const {
    tab: { page },
  } = await visit(desktop)
  const drop = (text: string) =>
    page.evaluate((content) => {
      const dataTransfer = new DataTransfer()
      dataTransfer.items.add(new File([content], 'dropped.json'))
      window.dispatchEvent(new DragEvent('drop', { dataTransfer, cancelable: true }))
    }, text)
  await drop('{"version":1')
  await page.getByText('This file couldn’t be read. This is not a trace').waitFor()
  await drop(formatTrace(trace))
  await page.getByText('dropped.json, started').waitFor()
  expect(await page.getByText('couldn’t be read').count()).toBe(0)
})

test('a diagram larger than its frame is panned by hand and zoomed by keys', async () => {
  const {
    tab: { page },
  } = await visit(desktop)
  const frame = page.locator('.frame')
  const at = () =>
    frame.evaluate(({ scrollLeft, scrollTop, scrollWidth, clientWidth, scrollHeight, clientHeight }) => ({
      left: scrollLeft,
      top: scrollTop,
      isWhole: scrollWidth <= clientWidth && scrollHeight <= clientHeight,
      height: scrollHeight,
    }))
  const { x, y } = (await frame.boundingBox())!
  // The start of the diagram is visible.
  const before = await at()
  const { x: first, y: top } = (await page.locator('[data-state=idle] .box').boundingBox())!
  const { width, height: high } = (await frame.boundingBox())!
  expect([first > x && first < x + width, top > y && top < y + high, before.isWhole]).toEqual([true, true, false])
  await page.mouse.move(x + 400, y + 200)
  await page.mouse.down()
  await page.mouse.move(x + 500, y + 50)
  await page.mouse.up()
  expect(await at()).toMatchObject({ left: before.left - 100, top: before.top + 150 })

  await frame.focus()
  await page.keyboard.press('0')
  await expect.poll(async () => (await at()).isWhole).toBe(true)
  await page.keyboard.press('+')
  await expect.poll(async () => (await at()).isWhole).toBe(false)
  const { height } = await at()
  await page.keyboard.press('-')
  await expect.poll(async () => (await at()).height).toBeLessThan(height)
})

test('the page looks as designed on desktop and phone, in light and dark mode', async () => {
  const {
    tab: { page },
  } = await visit(desktop)
  await page
    .locator('input[type=file]')
    .setInputFiles({
      ...file,
      buffer: Buffer.from(formatTrace({ ...trace, entries: [...trace.entries.slice(0, -1), ...troubled] })),
    })
  for (const machine of ['call', 'statusBanner', 'quality']) {
    await page.locator(`[data-machine=${machine}]`).click()
    await page.getByRole('slider').focus()
    for (const [size, look] of Object.entries({ desktop, phone })) {
      await show(page, look)
      await page.keyboard.press('End')
      if (album) await page.screenshot({ path: `${album}/machines-${machine}-${size}.png`, fullPage: true })
      expect(
        await findAccessibilityViolations(page, look === phone ? visualRules : null),
        `${machine}, ${size}`,
      ).toEqual([])
      expect(await overlaps(page), `${machine}, ${size}`).toEqual([])
    }
  }
})

/** Opens the page without a call. */
async function visit(look: Look): Promise<BrowserUser<ChromiumTab>> {
  const user = await alone()
  await show(user.tab.page, look)
  await user.openPath('/machines')
  await user.tab.page.locator('[data-state]').first().waitFor()
  return user
}

async function show(page: Page, { viewport, colorScheme }: Look): Promise<void> {
  await page.setViewportSize(viewport)
  await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' })
}

/** Opens the page in another tab of this user's browser. */
async function beside({ tab, origin }: BrowserUser<ChromiumTab>): Promise<Page> {
  const page = await tab.page.context().newPage()
  page.on('pageerror', (error) => tab.consoleErrors.push(String(error)))
  page.on('console', (message) => message.type() === 'error' && tab.consoleErrors.push(message.text()))
  page.on('request', (request) => tab.requestedUrls.push(request.url()))
  await page.goto(`${origin}/machines`)
  return page
}

const focused = ({ page }: ChromiumTab) =>
  page.evaluate(
    () => document.activeElement?.getAttribute('aria-label') ?? document.activeElement?.textContent?.trim() ?? '',
  )

/** Returns pairs of names and labels whose painted boxes overlap. */
const overlaps = (page: Page) =>
  page.evaluate(() => {
    const texts = [...document.querySelectorAll<SVGTextElement>('.frame text')].map((text) => ({
      text: text.textContent,
      box: text.getBoundingClientRect(),
      isMark: text.closest('.mark') !== null,
    }))
    return texts.flatMap(({ text, box: a, isMark }, at) =>
      texts
        .slice(at + 1)
        .filter(
          ({ box: b, isMark: isOtherMark }) =>
            !isMark &&
            !isOtherMark &&
            a.left < b.right - 1 &&
            b.left < a.right - 1 &&
            a.top < b.bottom - 4 &&
            b.top < a.bottom - 4,
        )
        .map((other) => `${text} / ${other.text}`),
    )
  })
