import { describe, expect } from 'vitest'
import type { Page } from 'playwright-core'
import { needs } from '../needs.ts'
import type { ChromiumTab } from './chromium.ts'
import type { BrowserUser } from './browserUser.ts'
import { BrowserFixture } from './browserFixture.ts'
import { sharedFixture } from './fixtureLifecycle.ts'

const test = needs('chromium')
type ChromiumUser = BrowserUser<ChromiumTab>

interface Inspected {
  type: string
  name?: string
  sessionId: string
  sourceId?: string
  event?: { type: string }
  snapshot?: { value: unknown }
  definition?: string
}

/** Replaces the page at stately.ai, which is online only: reports a connection and records all messages. */
const inspectorStub = `<!doctype html><title>inspector</title><script>
  window.received = []
  addEventListener('message', ({ data }) => received.push(data))
  opener.postMessage({ type: '@statelyai.connected' }, '*')
</script>`

/** Returns the inspector's window after the page has opened it. */
async function openInspector({ tab }: ChromiumUser, opens: () => Promise<void>): Promise<Page> {
  await tab.page
    .context()
    .route('https://stately.ai/**', (route) => route.fulfill({ contentType: 'text/html', body: inspectorStub }))
  const [opened] = await Promise.all([tab.page.waitForEvent('popup'), opens()])
  return opened
}

const received = (inspector: Page): Promise<Inspected[]> =>
  inspector.evaluate(() => (window as unknown as { received: Inspected[] }).received)
const actors = async (inspector: Page): Promise<string[]> =>
  (await received(inspector)).filter(({ type }) => type === '@xstate.actor').map(({ sessionId }) => sessionId)
const events = async (inspector: Page, actor: string): Promise<string[]> =>
  (await received(inspector))
    .filter(({ type, sessionId }) => type === '@xstate.event' && sessionId === actor)
    .map(({ event }) => event?.type ?? '')

/** The arrows of the sequence diagram. */
const sources = async (inspector: Page): Promise<string[]> =>
  (await received(inspector)).flatMap(({ type, sessionId, sourceId }) =>
    type === '@xstate.event' && sourceId !== undefined ? [`${sourceId} → ${sessionId}`] : [],
  )

async function expectHarmless(inspector: Page, secrets: string[]): Promise<void> {
  const text = JSON.stringify(await received(inspector))
  for (const secret of secrets) expect(text).not.toContain(secret)
  expect(text).not.toMatch(/candidate:\d|a=fingerprint|a=ice|v=0\\r|\b\d{1,3}(\.\d{1,3}){3}\b|fake_device|[\w-]{43}/)
}

describe('the inspector', () => {
  const fixture = new BrowserFixture()

  const openUser = sharedFixture(async () => {
    const ann = await fixture.chromium()
    fixture.keepOpen(ann)
    return ann
  })

  test('without `?inspect=1` the page loads no inspector and keeps its opener policy `same-origin`', async () => {
    const ann = await openUser()
    const before = ann.tab.requestedUrls.length
    await ann.join(fixture.newRoom())
    await ann.waitForStates({ room: 'created', call: 'offering' })
    expect(ann.tab.requestedUrls.slice(before).filter((url) => /inspector|stately/.test(url))).toEqual([])
    const policy = async (path: string) =>
      (await fetch(fixture.product.url + path)).headers.get('cross-origin-opener-policy')
    const paths = ['/r/den', '/r/den?inspect=1', '/?inspect=10', '/machines', '/r/machines']
    expect(await Promise.all(paths.map(policy))).toEqual([
      'same-origin',
      'same-origin-allow-popups',
      'same-origin',
      'same-origin-allow-popups',
      'same-origin',
    ])
  })

  test('a link with `?inspect=1` opens the inspector only if the user agrees', async () => {
    const ann = await openUser()
    await ann.openLobby(fixture.newRoom(), '?inspect=1')
    await ann.press('No, thanks')
    await ann.press('Join')
    await ann.waitForStates({ room: 'created', call: 'offering' })
    await ann.press('Mute')
    expect(await ann.visibleText()).not.toContain('stately')
    expect(ann.tab.page.context().pages()).toHaveLength(1)
  })

  test('a server without `--inspect` offers no inspector of its rooms', async () => {
    const ann = await openUser()
    const before = ann.tab.requestedUrls.length
    await ann.openPath('/?inspect=1')
    await expect.poll(() => ann.tab.requestedUrls.slice(before).some((url) => /InspectPrompt-/.test(url))).toBe(true)
    expect(ann.tab.page.context().pages()).toHaveLength(1)
  })

  test('the inspector receives the page’s machines and its room live, without secrets', async () => {
    const room = `canary-${fixture.newRoom()}`
    const [ann, ben] = [await openUser(), await fixture.chromium()]
    await ann.openLobby(room, '?inspect=1')
    await ann.waitForText('a page run by another company')
    expect(ann.tab.page.context().pages()).toHaveLength(1)
    const inspector = await openInspector(ann, () => ann.press('Open stately.ai'))
    await ann.press('Join')
    await ben.join(room)
    await Promise.all([ann, ben].map((user) => user.waitForStates({ room: 'full', call: 'connected' })))
    await expect
      .poll(() => actors(inspector))
      .toEqual(
        expect.arrayContaining([
          'membership',
          'call',
          'signaling',
          'microphone',
          'camera',
          'screen',
          'statusBanner',
          'quality',
          'server:room',
        ]),
      )
    await expect
      .poll(() => events(inspector, 'call'))
      .toEqual(expect.arrayContaining(['xstate.init', 'offer.created', 'answer.received', 'transport.connected']))
    await expect
      .poll(() => events(inspector, 'server:room'))
      .toEqual(expect.arrayContaining(['visitor.joined', 'offer.relayed', 'answer.relayed', 'media.started']))
    const all = await received(inspector)
    expect(all.filter(({ sessionId }) => sessionId === 'call').at(-1)?.snapshot?.value).toEqual({
      connected: { flowing: 'stable' },
    })
    expect(all.filter(({ sessionId }) => sessionId === 'statusBanner').at(-1)?.snapshot?.value).toEqual({
      transport: 'hidden',
      peer: 'hidden',
      signaling: 'hidden',
    })
    expect(
      JSON.parse(
        all.find(({ sessionId, type }) => sessionId === 'call' && type === '@xstate.actor')?.definition ?? '{}',
      ),
    ).toMatchObject({ states: { connected: {} } })
    const kept = (await ann.tab.run(() => Object.values({ ...sessionStorage }) as string[], null)).filter((each) =>
      /^[\w-]{43}$/.test(each),
    )
    expect(kept).not.toEqual([])
    await expectHarmless(inspector, [...kept, room])
    // Arrows of the sequence diagram: between machines, and between the page and the server.
    expect(await sources(inspector)).toEqual(
      expect.arrayContaining(['membership → signaling', 'signaling → call', 'server:room → signaling']),
    )
    expect(await sources(inspector)).toContain('signaling → server:room')
    await inspector.close()

    // The button beside the live call.
    const machines = await ann.tab.page.context().newPage()
    await machines.goto(`${ann.origin}/machines`)
    const button = machines.getByRole('button', { name: 'Stately Inspector' })
    await button.click()
    await machines.getByText('It receives no names of people or rooms').waitFor()
    expect(await machines.evaluate(() => document.activeElement?.textContent)).toBe('Open stately.ai')
    await machines.getByRole('button', { name: 'No, thanks' }).click()
    expect(await button.evaluate((each) => each === document.activeElement)).toBe(true)
    await button.click()
    const [second] = await Promise.all([
      machines.waitForEvent('popup'),
      machines.getByRole('button', { name: 'Open stately.ai' }).click(),
    ])
    await expect.poll(() => actors(second)).toEqual(expect.arrayContaining(['call', 'there:call', 'server:room']))
    expect(await sources(second)).toEqual(expect.arrayContaining(['signaling → call', 'server:room → there:signaling']))
    await ann.press('Mute')
    await expect.poll(() => events(second, 'microphone')).toEqual(expect.arrayContaining(['user.muted']))
    await expectHarmless(second, [...kept, room])
    await machines.close()
  })
})

describe('the inspector of a server with --inspect', () => {
  const fixture = new BrowserFixture({}, { args: ['--inspect'] })

  test('the inspector receives all rooms', async () => {
    const [owner, ann] = [await fixture.chromium(), await fixture.chromium()]
    await owner.tab.open(`${fixture.product.adminUrl}/?inspect=1`)
    const inspector = await openInspector(owner, () => owner.press('Open stately.ai'))
    await ann.join('canary-one')
    await ann.waitForStates({ room: 'created', call: 'offering' })
    await expect
      .poll(() => events(inspector, 'room 1'))
      .toEqual(expect.arrayContaining(['visitor.joined', 'offer.relayed']))
    await ann.press('Hang up')
    await ann.waitForStates({ membership: 'left' })
    await ann.join('canary-two')
    await expect.poll(() => actors(inspector)).toEqual(['room 1', 'room 2'])
    await expectHarmless(inspector, ['canary'])
    expect(fixture.product.output()).toMatch(/"inspectorUrl":"http[^"]*\/\?inspect=1"/)
  })
})
