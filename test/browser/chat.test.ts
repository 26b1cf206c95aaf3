import { describe, expect } from 'vitest'
import { contentLimits } from '../../machines/protocol/contentLimits.ts'
import { deadlineMs } from '../deadline.ts'
import { needs } from '../needs.ts'
import { axeScript, findAccessibilityViolations } from './axe.ts'
import { BrowserFixture } from './browserFixture.ts'
import { BrowserUser } from './browserUser.ts'
import { expectTexts, openChat, say } from './chatPanel.ts'
import { expectCall } from './expectCall.ts'
import { sharedFixture } from './fixtureLifecycle.ts'
import { SharedRoom } from './sharedRoom.ts'

const test = needs('chromium')
const withFirefox = needs('chromium', 'firefox')
const fixture = new BrowserFixture()
/** Enough frames for a call whose media other files test in full. */
const few = 3

declare global {
  interface Window {
    /** The data channels of the page, oldest first. */
    channels: RTCDataChannel[]
  }
}

/** Runs before the page's own scripts: records the data channels that the page opens. */
const keepChannels = `
  window.channels = []
  const make = RTCPeerConnection.prototype.createDataChannel
  RTCPeerConnection.prototype.createDataChannel = function (...given) {
    const channel = make.apply(this, given)
    window.channels.push(channel)
    return channel
  }`

const keep = <T extends BrowserUser>(user: T): T => (fixture.keepOpen(user), user)
const anns = sharedFixture(async () => keep(await fixture.chromium({ script: axeScript })))
const bens = sharedFixture(async () => keep(await fixture.chromium({ script: keepChannels })))
const firefox = sharedFixture(async () => keep(await fixture.firefox()))
const rooms = sharedFixture(async () => new SharedRoom(fixture.newRoom()))

/** A new call of two users whose chats are open. */
async function chat<T extends BrowserUser, U extends BrowserUser>(first: T, second: U): Promise<[T, U]> {
  await (await rooms()).meet(first, second)
  for (const user of [first, second]) {
    await user.waitForStates({ call: 'connected' })
    await openChat(user)
  }
  return [first, second]
}

withFirefox.each(['Chromium', 'Firefox'])('texts go both ways, and %s is the first in the room', async (browser) => {
  const [one, other] = [await anns(), await firefox()]
  const [ann, ben] = browser === 'Chromium' ? await chat(one, other) : await chat(other, one)
  await expectTexts(ann, [])
  await say(ann, 'Hello\nthere')
  await expectTexts(ben, ['peer: Hello\nthere'])
  await say(ben, 'שלום 👩‍🚀')
  await expectTexts(ann, ['own: Hello\nthere', 'peer: שלום 👩‍🚀'])
  await expectTexts(ben, ['peer: Hello\nthere', 'own: שלום 👩‍🚀'])
})

describe('between two Chromium pages', () => {
  test('markup stays text, and only web addresses are links that leak nothing', async () => {
    const [ann, ben] = await chat(await anns(), await bens())
    const hostile = '<img src=x onerror="document.title=\'owned\'"> javascript:alert(1) see https://example.org/a?b.'
    await say(ben, hostile)
    await expectTexts(ann, [`peer: ${hostile}`])
    const found = await ann.tab.run(
      () => ({
        title: document.title,
        images: document.querySelectorAll('[role=log] img').length,
        links: [...document.querySelectorAll<HTMLAnchorElement>('[role=log] a')].map(({ href, rel, target }) => ({
          href,
          rel,
          target,
        })),
      }),
      null,
    )
    expect(found).toMatchObject({
      images: 0,
      links: [{ href: 'https://example.org/a?b', rel: 'noopener noreferrer', target: '_blank' }],
    })
    expect(found.title).not.toContain('owned')
    expect(await findAccessibilityViolations(ann.tab.page)).toEqual([])
  })

  test('Enter sends, Shift+Enter begins a line, and Enter of an input method does neither', async () => {
    const [ann, ben] = await chat(await anns(), await bens())
    const field = ann.tab.page.getByRole('textbox', { name: 'Message' })
    await field.fill('one')
    await field.dispatchEvent('keydown', { key: 'Enter', isComposing: true })
    await field.dispatchEvent('keydown', { key: 'Enter', keyCode: 229 })
    expect(await field.inputValue()).toBe('one')
    await field.press('Shift+Enter')
    await field.pressSequentially('two')
    await field.press('Enter')
    await expectTexts(ben, ['peer: one\ntwo'])
    expect(await field.inputValue()).toBe('')
  })

  test('a closed chat counts and announces texts, the panel covers no video, and Escape closes it', async () => {
    const [ann, ben] = await chat(await anns(), await bens())
    const { page } = ann.tab
    await page.getByRole('textbox', { name: 'Message' }).press('Escape')
    await expect.poll(() => page.getByRole('dialog', { name: 'Chat' }).count()).toBe(0)
    for (const text of ['one', 'two']) await say(ben, text)
    const button = page.getByRole('button', { name: '2 unread Chat' })
    await button.waitFor()
    expect(await button.evaluate((element) => element === document.activeElement)).toBe(true)
    await expect.poll(() => page.locator('[aria-live=polite]', { hasText: 'Them: two' }).count()).toBe(1)
    await button.press('Enter')
    await expectTexts(ann, ['peer: one', 'peer: two'])
    await page.getByRole('button', { name: 'Chat', exact: true }).waitFor()
    const overlap = await page.evaluate(() => {
      const panel = document.querySelector('[popover]:popover-open')!.getBoundingClientRect()
      const screen = document.querySelector('.call-screen')!.getBoundingClientRect()
      const width = Math.min(panel.right, screen.right) - Math.max(panel.left, screen.left)
      const height = Math.min(panel.bottom, screen.bottom) - Math.max(panel.top, screen.top)
      return Math.max(0, width) * Math.max(0, height)
    })
    expect(overlap).toBe(0)
  })

  test(
    'the chat survives a reload and a new connection, and no text is lost or doubled',
    async () => {
      const [ann, ben] = await chat(await anns(), await bens())
      await say(ann, 'before')
      await expectTexts(ben, ['peer: before'])
      await ann.tab.page.reload()
      await ann.waitForStates({ call: 'connected' })
      await openChat(ann)
      await expectTexts(ann, ['own: before'])
      await say(ben, 'after the reload')
      await expectTexts(ann, ['own: before', 'peer: after the reload'])

      // The connection is gone, and each page writes before there is another.
      await ben.tab.run(() => window.recordedConnections.at(-1)!.close(), null)
      await say(ben, 'from Ben')
      await say(ann, 'from Ann')
      await expectTexts(ben, ['peer: before', 'own: after the reload', 'own: from Ben', 'peer: from Ann'])
      await expectTexts(ann, ['own: before', 'peer: after the reload', 'own: from Ann', 'peer: from Ben'])
      await expectCall(ann, ben, few)
    },
    8 * deadlineMs,
  )

  test(
    'a tab that takes the call over shows the chat, and gives it back',
    async () => {
      const [ann, ben] = await chat(await anns(), await bens())
      await say(ann, 'in the first tab')
      await say(ben, 'to the first tab')
      await expectTexts(ann, ['own: in the first tab', 'peer: to the first tab'])
      const second = new BrowserUser(await ann.tab.openAnotherTab(), ann.origin)
      await second.openPath(new URL(ann.tab.page.url()).pathname)
      await second.press('Switch to this tab')
      await second.waitForStates({ call: 'connected' })
      await openChat(second)
      await expectTexts(second, ['own: in the first tab', 'peer: to the first tab'])
      await say(ben, 'to the second tab')
      await say(second, 'in the second tab')
      const all = [
        'own: in the first tab',
        'peer: to the first tab',
        'peer: to the second tab',
        'own: in the second tab',
      ]
      await expectTexts(second, all)
      await ann.press('Switch to this tab')
      await ann.waitForStates({ call: 'connected' })
      await openChat(ann)
      await expectTexts(ann, all)
      await second.tab.page.close()
    },
    8 * deadlineMs,
  )

  test('another person sees nothing of the chat', async () => {
    const [ann, ben] = await chat(await anns(), await bens())
    await say(ann, 'for Ben only')
    await expectTexts(ben, ['peer: for Ben only'])
    await ben.press('Hang up')
    await ann.waitForStates({ membership: 'left' })
    const stored = () => ann.tab.run(() => JSON.stringify(sessionStorage), null)
    expect(await stored()).not.toContain('for Ben only')
    await chat(ann, ben)
    await expectTexts(ann, [])
    await expectTexts(ben, [])
  })

  test('a flood closes the chat only', async () => {
    const [ann, ben] = await chat(await anns(), await bens())
    await ben.tab.run(flood, 5_000)
    await ann.waitForText('They sent too many messages, so the chat is closed')
    await expectCall(ann, ben, few)
  })

  test(
    '10,000 texts neither grow the page nor its memory',
    async () => {
      const [ann, ben] = await chat(await anns(), await bens())
      const session = await ann.tab.page.context().newCDPSession(ann.tab.page)
      await session.send('Performance.enable')
      const measure = async () => {
        await session.send('HeapProfiler.collectGarbage')
        const { metrics } = await session.send('Performance.getMetrics')
        const read = (wanted: string) => metrics.find(({ name }) => name === wanted)?.value ?? NaN
        return { nodes: read('Nodes'), heapBytes: read('JSHeapUsedSize') }
      }
      // The rate limit of Ann's page counts on this clock.
      await ann.tab.run(() => {
        const now = performance.now.bind(performance)
        performance.now = () => now() * 1_000
      }, null)
      const count = 10_000
      await ben.tab.run(sendTexts, { from: 1, count: contentLimits.chatKeptTexts })
      await ann.waitForText(`text ${contentLimits.chatKeptTexts}.`)
      const before = await measure()
      await ben.tab.run(sendTexts, {
        from: contentLimits.chatKeptTexts + 1,
        count: count - contentLimits.chatKeptTexts,
      })
      await ann.waitForText(`text ${count}.`)
      await ann.waitForText('Older messages are gone.')
      const after = await measure()
      expect(await ann.tab.page.locator('[role=log] .entry').count()).toBe(contentLimits.chatKeptTexts)
      expect(after.nodes / before.nodes).toBeLessThan(1.3)
      expect(after.heapBytes / before.heapBytes).toBeLessThan(1.3)
      await session.detach()
    },
    8 * deadlineMs,
  )
})

/** Runs in the page. Sends this many messages over the chat channel as fast as it takes them. */
async function flood(count: number): Promise<void> {
  const channel = window.channels.findLast(({ label }) => label === 'chat')!
  for (let n = 0; n < count && channel.readyState === 'open'; n++) {
    channel.send(JSON.stringify({ type: 'text', seq: n + 1, text: 'flood', ageMs: 0 }))
    while (channel.readyState === 'open' && channel.bufferedAmount > 100_000)
      await new Promise((resolve) => setTimeout(resolve, 5))
  }
}

/** Runs in the page. Sends numbered texts over the chat channel. */
async function sendTexts({ from, count }: { from: number; count: number }): Promise<void> {
  const channel = window.channels.findLast(({ label }) => label === 'chat')!
  for (let seq = from; seq < from + count; seq++) {
    channel.send(JSON.stringify({ type: 'text', seq, text: `text ${seq}.`, ageMs: 0 }))
    while (channel.bufferedAmount > 100_000) await new Promise((resolve) => setTimeout(resolve, 5))
  }
}
