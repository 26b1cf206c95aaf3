import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect } from 'vitest'
import { needs } from '../needs.ts'
import { BrowserFixture } from './browserFixture.ts'
import { BrowserUser } from './browserUser.ts'
import { expectCall } from './expectCall.ts'
import { openChromiumFrame, openFirefoxFrame } from './framedTab.ts'
import type { Tab } from './tab.ts'

const test = needs('chromium', 'firefox')

const example = readFileSync(new URL('../../deploy/examples/embed.html', import.meta.url), 'utf8')

/** Pages at 127.0.0.1 may embed Duet at localhost: another origin and another site. Pages at localhost may not. */
const fixture = new BrowserFixture(
  { DUET_FRAME_ANCESTORS: 'http://127.0.0.1:*' },
  {
    checks: {
      listOrigins: () => ['127.0.0.1', 'localhost'].map((host) => siteUrl(host, '')),
      isExpectedError: (complaint) => /frame-ancestors|target origin|recipient window/.test(complaint),
    },
  },
)

/** A site with the example page. Each path is its own room. */
let site: Server
beforeAll(async () => {
  site = createServer(({ url = '' }, response) => {
    const page = example.replace('https://call.example.org', fixture.product.url).replace('appointment-7', url.slice(1))
    response.writeHead(200, { 'Content-Type': 'text/html' }).end(page)
  }).listen(0, '127.0.0.1')
  await once(site, 'listening')
})
afterAll(() => void site.close())

const siteUrl = (host: string, room: string): string => `http://${host}:${(site.address() as AddressInfo).port}/${room}`

/** A visitor of the site, and the same person inside the frame. */
interface EmbeddedUser {
  host: BrowserUser
  framed: BrowserUser
}

async function openChromiumUser(room: string): Promise<EmbeddedUser> {
  const host = await fixture.chromium()
  await host.tab.open(siteUrl('127.0.0.1', room))
  return { host, framed: new BrowserUser(await openChromiumFrame(host.tab), fixture.product.url) }
}

async function openFirefoxUser(room: string): Promise<EmbeddedUser> {
  const host = await fixture.firefox()
  await host.tab.open(siteUrl('127.0.0.1', room))
  return { host, framed: new BrowserUser(await openFirefoxFrame(host.tab), fixture.product.url) }
}

/** The events that the page of the site received, in order. */
const readEvents = (tab: Tab): Promise<string[]> =>
  tab.run(() => [...document.querySelectorAll('#events li')].map(({ textContent }) => textContent ?? ''), null)

declare global {
  interface Window {
    /** The first message after `recordMessage`. */
    receivedMessage: Promise<unknown>
  }
}

function recordMessage(): void {
  const received = new Promise((resolve) => addEventListener('message', ({ data }) => resolve(data), { once: true }))
  Object.assign(window, { receivedMessage: received })
}

describe('a room in a frame of another site', () => {
  test('connects two people in both browsers, and the site gets the events and hangs up', async () => {
    const room = fixture.newRoom()
    const [ann, ben] = await Promise.all([openChromiumUser(room), openFirefoxUser(room)])
    for (const { host, framed } of [ann, ben]) {
      await host.waitForText('duet-ready {}')
      expect(await readEvents(host.tab)).toEqual(['duet-ready {}'])
      await framed.waitForText('Join')
      await framed.press('Join')
      await host.waitForText(`duet-joined {"room":"${room}"}`)
    }
    await expectCall(ann.framed, ben.framed)
    for (const { framed } of [ann, ben]) {
      const isUnasked = await framed.tab.run(() => dispatchEvent(new Event('beforeunload', { cancelable: true })), null)
      expect(isUnasked).toBe(true)
    }
    // The site gave the name.
    await ben.framed.waitForText('Anna')

    await ann.host.press('Hang up')
    await ann.host.waitForText('duet-left {"reason":"byUser"}')
    await ben.host.waitForText('duet-left {"reason":"byPeer"}')
    expect(await readEvents(ann.host.tab)).toEqual([
      'duet-ready {}',
      `duet-joined {"room":"${room}"}`,
      'duet-left {"reason":"byUser"}',
    ])
    expect(fixture.product.output()).not.toContain('request rejected')
  })

  test.for(['Chromium', 'Firefox'] as const)('ignores messages of other windows in %s', async (browser) => {
    const room = fixture.newRoom()
    const { host, framed } = await (browser === 'Chromium' ? openChromiumUser(room) : openFirefoxUser(room))
    await host.waitForText('duet-ready {}')
    await framed.press('Join')
    await host.waitForText('duet-joined')
    const before = await readEvents(host.tab)

    // Another frame of the site, of the same origin, forges a message to each side.
    for (const { tab } of [host, framed]) await tab.run(recordMessage, null)
    await host.tab.run(() => {
      const other = document.body.appendChild(document.createElement('iframe'))
      const target = document.querySelector('duet-call')?.shadowRoot?.querySelector('iframe')?.contentWindow
      Object.assign(other.contentWindow as object, { target })
      const script = other.contentDocument!.createElement('script')
      script.textContent = `target.postMessage({ duet: 1, type: 'leave' }, '*'); parent.postMessage({ duet: 1, type: 'left', reason: 'byUser' }, '*')`
      other.contentDocument!.body.append(script)
    }, null)
    const readMessage = ({ tab }: BrowserUser): Promise<unknown> => tab.run(() => window.receivedMessage, null)
    expect(await readMessage(framed)).toEqual({ duet: 1, type: 'leave' })
    expect(await readMessage(host)).toEqual({ duet: 1, type: 'left', reason: 'byUser' })
    expect(await framed.readStates()).toMatchObject({ membership: 'joined' })

    // Another room on the same page has the same origin. Its events are its own.
    await host.tab.run(
      (name) =>
        new Promise((resolve) => {
          const other = document.createElement('duet-call')
          other.setAttribute('room', name)
          other.addEventListener('duet-ready', resolve, { once: true })
          document.body.append(other)
        }).then(() => undefined),
      fixture.newRoom(),
    )
    expect(await readEvents(host.tab)).toEqual(before)
  })

  test('opens links in a new tab', async () => {
    const host = await fixture.chromium()
    await host.tab.open(siteUrl('127.0.0.1', fixture.newRoom()))
    const framed = new BrowserUser(await openChromiumFrame(host.tab), fixture.product.url)
    await host.waitForText('duet-ready {}')
    await framed.press('Join')
    await host.waitForText('duet-joined')
    await host.press('Hang up')
    await framed.waitForText('Leave')
    const { page } = host.tab
    const [opened] = await Promise.all([
      page.context().waitForEvent('page'),
      page.frameLocator('duet-call iframe').getByRole('link', { name: 'Leave' }).click(),
    ])
    await opened.waitForURL(`${fixture.product.url}/`)
    await framed.waitForText('Leave')
  })
})

test('a site that the setting does not name shows nothing of Duet in either browser, and gets an error', async () => {
  const hosts = [await fixture.chromium(), await fixture.firefox()]
  await Promise.all(hosts.map(({ tab }) => tab.open(siteUrl('localhost', fixture.newRoom()))))
  for (const host of hosts) {
    await host.waitForText('duet-error {"code":"no-answer"}')
    expect(await readEvents(host.tab)).toEqual(['duet-error {"code":"no-answer"}'])
    // The browser discards the page before it loads its code.
    expect(host.tab.requestedUrls.some((url) => url.endsWith('/embed.js'))).toBe(true)
    expect(host.tab.requestedUrls.filter((url) => url.includes('/assets/'))).toEqual([])
  }
})
