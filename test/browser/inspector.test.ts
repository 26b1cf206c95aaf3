import { describe, expect } from 'vitest'
import type { Page } from 'playwright-core'
import { needs } from '../needs.ts'
import type { ChromiumTab } from './chromium.ts'
import type { Guest } from './guest.ts'
import { House } from './house.ts'
import { shared } from './party.ts'

const test = needs('chromium')
type Visitor = Guest<ChromiumTab>

interface Inspected { type: string; name?: string; sessionId: string; event?: { type: string }; snapshot?: { value: unknown }; definition?: string }

/** In place of the page at stately.ai, which is online only: says that it is there, and keeps what it is told. */
const stand = `<!doctype html><title>inspector</title><script>
  window.heard = []
  addEventListener('message', ({ data }) => heard.push(data))
  opener.postMessage({ type: '@statelyai.connected' }, '*')
</script>`

/** The inspector's window, once the page has opened it. */
async function inspectorOf({ tab }: Visitor, opens: () => Promise<void>): Promise<Page> {
  await tab.page.context().route('https://stately.ai/**', (route) => route.fulfill({ contentType: 'text/html', body: stand }))
  const [opened] = await Promise.all([tab.page.waitForEvent('popup'), opens()])
  return opened
}

const heard = (inspector: Page): Promise<Inspected[]> => inspector.evaluate(() => (window as unknown as { heard: Inspected[] }).heard)
const actors = async (inspector: Page): Promise<string[]> => (await heard(inspector)).filter(({ type }) => type === '@xstate.actor').map(({ sessionId }) => sessionId)
const events = async (inspector: Page, actor: string): Promise<string[]> =>
  (await heard(inspector)).filter(({ type, sessionId }) => type === '@xstate.event' && sessionId === actor).map(({ event }) => event?.type ?? '')

async function expectHarmless(inspector: Page, secrets: string[]): Promise<void> {
  const text = JSON.stringify(await heard(inspector))
  for (const secret of secrets) expect(text).not.toContain(secret)
  expect(text).not.toMatch(/candidate:\d|a=fingerprint|a=ice|v=0\\r|\b\d{1,3}(\.\d{1,3}){3}\b|fake_device|[\w-]{43}/)
}

describe('the inspector', () => {
  const house = new House()

  const visitor = shared(async () => {
    const ann = await house.chromium()
    house.keep(ann)
    return ann
  })

  test('is not so much as loaded unless it is asked for, nor is its window let out of sight then', async () => {
    const ann = await visitor()
    const before = ann.tab.requests.length
    await ann.join(house.newRoom())
    await ann.becomes({ room: 'created', call: 'offering' })
    expect(ann.tab.requests.slice(before).filter((url) => /inspector|stately/.test(url))).toEqual([])
    const policy = async (path: string) => (await fetch(house.product.url + path)).headers.get('cross-origin-opener-policy')
    expect([await policy('/r/den'), await policy('/r/den?inspect=1'), await policy('/?inspect=10')]).toEqual(['same-origin', 'same-origin-allow-popups', 'same-origin'])
  })

  test('is opened by nobody but the person: a link that asks for it can be declined', async () => {
    const ann = await visitor()
    await ann.arrive(house.newRoom(), '?inspect=1')
    await ann.press('No, thanks')
    await ann.press('Join')
    await ann.becomes({ room: 'created', call: 'offering' })
    await ann.press('Mute')
    expect(await ann.words()).not.toContain('stately')
    expect(ann.tab.page.context().pages()).toHaveLength(1)
  })

  test('shows no rooms of a server that was not started for that', async () => {
    const ann = await visitor()
    const before = ann.tab.requests.length
    await ann.visit('/?inspect=1')
    await expect.poll(() => ann.tab.requests.slice(before).some((url) => /Ask-/.test(url))).toBe(true)
    expect(ann.tab.page.context().pages()).toHaveLength(1)
  })

  test('gets the machines of the page and its room at the server, live, and nothing that could be used', async () => {
    const room = `canary-${house.newRoom()}`
    const [ann, ben] = [await visitor(), await house.chromium()]
    await ann.arrive(room, '?inspect=1')
    await ann.reads('a page of another company')
    expect(ann.tab.page.context().pages()).toHaveLength(1)
    const inspector = await inspectorOf(ann, () => ann.press('Open stately.ai'))
    await ann.press('Join')
    await ben.join(room)
    await Promise.all([ann, ben].map((guest) => guest.becomes({ room: 'full', call: 'connected' })))
    await expect.poll(() => actors(inspector)).toEqual(expect.arrayContaining(['visit', 'call', 'link', 'microphone', 'camera', 'screen', 'notice', 'quality', 'server:room']))
    await expect.poll(() => events(inspector, 'call')).toEqual(expect.arrayContaining(['xstate.init', 'offer.made', 'answer.received', 'path.opened']))
    await expect.poll(() => events(inspector, 'server:room')).toEqual(expect.arrayContaining(['visitor.entered', 'offer.relayed', 'answer.relayed', 'media.flowed']))
    const all = await heard(inspector)
    expect(all.filter(({ sessionId }) => sessionId === 'call').at(-1)?.snapshot?.value).toEqual({ connected: { flowing: 'settled' } })
    expect(all.filter(({ sessionId }) => sessionId === 'notice').at(-1)?.snapshot?.value).toEqual({ path: 'fine', peer: 'fine', link: 'fine' })
    expect(JSON.parse(all.find(({ sessionId, type }) => sessionId === 'call' && type === '@xstate.actor')?.definition ?? '{}')).toMatchObject({ states: { connected: {} } })
    const kept = (await ann.tab.run(() => Object.values({ ...sessionStorage }) as string[], null)).filter((each) => /^[\w-]{43}$/.test(each))
    expect(kept).not.toEqual([])
    await expectHarmless(inspector, [...kept, room])
  })
})

describe('the inspector of a server that was started with --inspect', () => {
  const house = new House({}, { args: ['--inspect'] })

  test('gets all of its rooms', async () => {
    const [owner, ann] = [await house.chromium(), await house.chromium()]
    await owner.tab.open(`${house.product.adminUrl}/?inspect=1`)
    const inspector = await inspectorOf(owner, () => owner.press('Open stately.ai'))
    await ann.join('canary-one')
    await ann.becomes({ room: 'created', call: 'offering' })
    await expect.poll(() => events(inspector, 'room 1')).toEqual(expect.arrayContaining(['visitor.entered', 'offer.relayed']))
    await ann.press('Hang up')
    await ann.becomes({ visit: 'outside' })
    await ann.join('canary-two')
    await expect.poll(() => actors(inspector)).toEqual(['room 1', 'room 2'])
    await expectHarmless(inspector, ['canary'])
    expect(house.product.log.join('\n')).toMatch(/Stately Inspector.*\/\?inspect=1/)
  })
})
