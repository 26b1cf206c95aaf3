import { expect } from 'vitest'
import { needs } from '../needs.ts'
import { BrowserFixture } from './browserFixture.ts'
import { expectCall } from './expectCall.ts'

const test = needs('chromium')

/** The prefix alone matters here: pages at any accepted host get it. */
const fixture = new BrowserFixture({ DUET_PUBLIC_URL: 'https://example.org/duet' })

test('below a path prefix two people meet, and every link, chunk and request stays below it', async () => {
  const [ann, ben] = [await fixture.chromium(), await fixture.chromium()]
  await ann.openPath('/duet')
  await ann.waitForText('Start a call')
  expect(await ann.tab.run(() => location.pathname, undefined)).toBe('/duet/')
  const image = await ann.tab.run(
    () => document.querySelector('meta[property="og:image"]')?.getAttribute('content'),
    undefined,
  )
  expect(image).toBe('https://example.org/duet/preview.png')

  await ann.openPath('/duet/check')
  await ann.waitForText('The server responds in')
  const links = await ann.tab.run(() => [...document.links].map(({ pathname }) => pathname), undefined)
  expect(links).toContain('/duet/')

  const room = fixture.newRoom()
  await ann.openPath(`/duet//R/${room}`)
  await ann.waitForStates({ membership: 'lobby' })
  expect(await ann.tab.run(() => location.pathname, undefined)).toBe(`/duet/r/${room}`)
  await ann.press('Join')
  await ann.waitForStates({ room: 'created' })
  // The link appears when the page knows under which addresses others reach the server.
  await ann.waitForText(`/duet/r/${room}`)
  await ben.openPath(`/duet/r/${room}`)
  await ben.press('Join')
  await expectCall(ann, ben)

  const paths = [...ann.tab.requestedUrls, ...ben.tab.requestedUrls]
    .map((url) => new URL(url))
    .filter(({ protocol, port }) => /^(http|ws)/.test(protocol) && port === new URL(fixture.product.url).port)
    .map(({ pathname }) => pathname)
  expect(paths.length).toBeGreaterThan(10)
  expect(paths.filter((path) => path !== '/duet' && !path.startsWith('/duet/'))).toEqual([])
})
