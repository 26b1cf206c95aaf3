import { once } from 'node:events'
import { createServer, type IncomingMessage, request } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, onTestFinished } from 'vitest'
import { BrowserFixture } from '../../browser/browserFixture.ts'
import { needs } from '../../needs.ts'

/** Misconfigured reverse proxies: the page loads, but its WebSocket fails. The page names the cause. */

const test = needs('chromium')
const fixture = new BrowserFixture()

type Headers = IncomingMessage['headers']

/**
 * Starts a proxy in front of the product.
 * @param change changes the request headers
 * @returns the origin of the proxy
 */
async function startProxy(change: (headers: Headers, path: string) => Headers): Promise<string> {
  const ask = ({ method, url = '/', headers }: IncomingMessage) =>
    request({
      host: '127.0.0.1',
      port: fixture.product.port,
      method,
      path: url,
      headers: change(headers, url),
      agent: false,
    })
  const proxy = createServer((incoming, response) => {
    const onward = ask(incoming)
      .on('response', (answer) => {
        response.writeHead(answer.statusCode ?? 502, answer.headers)
        answer.pipe(response)
      })
      .on('error', () => response.destroy())
    incoming.pipe(onward)
  })
  proxy.on('upgrade', (incoming, socket) => {
    socket.on('error', () => undefined)
    ask(incoming)
      .on('response', ({ statusCode }) =>
        socket.end(`HTTP/1.1 ${statusCode} No\r\nContent-Length: 0\r\nConnection: close\r\n\r\n`),
      )
      .on('error', () => socket.destroy())
      .end()
  })
  proxy.listen(0, '127.0.0.1')
  await once(proxy, 'listening')
  onTestFinished(() => {
    proxy.closeAllConnections()
    proxy.close()
  })
  return `http://localhost:${(proxy.address() as AddressInfo).port}`
}

const isLine = (path: string): boolean => path.startsWith('/trpc') || path === '/healthz'

const mistakes: [name: string, change: (headers: Headers, path: string) => Headers, words: string][] = [
  [
    'that replaces Host',
    (headers) => ({ ...headers, host: '127.0.0.1' }),
    'The server doesn’t accept pages from this address',
  ],
  [
    'that sends the server an unknown Host',
    (headers, path) => (isLine(path) ? { ...headers, host: 'elsewhere.example' } : headers),
    'The server isn’t set up for this address',
  ],
  [
    'that drops Upgrade',
    ({ upgrade: _upgrade, connection: _connection, ...headers }) => headers,
    'a proxy or firewall blocks the WebSocket',
  ],
]

test('a page behind a misconfigured proxy names the cause and links to the check', async () => {
  // Most of the time is waiting, so the pages wait concurrently.
  const pages = await Promise.all(
    mistakes.map(async ([name, change, words]) => {
      const origin = await startProxy(change)
      const { tab } = await fixture.chromium()
      await tab.open(`${origin}/r/${fixture.newRoom()}`)
      await expect
        .poll(() => tab.run(() => document.body.innerText, null), { message: `a proxy ${name}` })
        .toContain(words)
      expect(await tab.page.getByRole('link', { name: 'Test your connection' }).getAttribute('href'), name).toBe(
        '/check',
      )
      return tab
    }),
  )
  // The browser's WebSocket errors are expected, and the proxy's origin is the page's own.
  for (const { consoleErrors, requestedUrls } of pages) {
    consoleErrors.length = 0
    requestedUrls.length = 0
  }
})
