import { once } from 'node:events'
import { createServer, request, type IncomingMessage, type RequestListener, type Server } from 'node:http'
import { createServer as createHttpsServer } from 'node:https'
import { connect, type AddressInfo, type Socket } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { WebSocketServer } from 'ws'
import { parsePublicUrl } from '../../../../server/config/publicUrl.ts'
import { checkConnection } from '../../../../server/tools/doctor/checkConnection.ts'
import { examineUrl } from '../../../../server/tools/doctor/doctor.ts'
import { occupyPort } from '../../../usedPort.ts'
import { startServerFixture } from '../../serverFixture.ts'
import { issueChain } from './issueChain.ts'
import { linesOf } from './linesOf.ts'

async function listen(server: Server): Promise<number> {
  const sockets = new Set<Socket>()
  server.on('connection', (socket: Socket) => void sockets.add(socket))
  server.listen(0, '127.0.0.1')
  onTestFinished(() => {
    server.close()
    for (const socket of sockets) socket.destroy()
  })
  await once(server, 'listening')
  return (server.address() as AddressInfo).port
}

interface ProxyOptions {
  drops?: 'upgrade' | 'x-forwarded-for' | 'host'
}

/** A reverse proxy. `upstream.port` is set later: the server needs the URL of the proxy first. */
async function startProxy({ drops }: ProxyOptions): Promise<{ port: number; upstream: { port: number } }> {
  const upstream = { port: 0 }
  const forward = ({ headers, socket }: IncomingMessage) => ({
    ...headers,
    ...(drops === 'host' && { host: `127.0.0.1:${upstream.port}` }),
    'x-forwarded-for':
      drops === 'x-forwarded-for' ? '' : [headers['x-forwarded-for'], socket.remoteAddress].filter(Boolean).join(', '),
  })
  const respond: RequestListener = (incoming, response) => {
    const { upgrade: _, connection: __, ...headers } = forward(incoming)
    const outgoing = request({ port: upstream.port, host: '127.0.0.1', path: incoming.url, headers })
    outgoing.on('error', () => response.writeHead(502).end())
    outgoing.on('response', (answer) => {
      response.writeHead(answer.statusCode ?? 0, answer.headers)
      answer.pipe(response)
    })
    outgoing.end()
  }
  const proxy = createServer(respond)
  if (drops !== 'upgrade')
    proxy.on('upgrade', (incoming, socket: Socket) => {
      const tunnel = connect(upstream.port, '127.0.0.1')
      const lines = Object.entries(forward(incoming)).map(([name, value]) => `${name}: ${String(value)}\r\n`)
      tunnel.write(`GET ${incoming.url} HTTP/1.1\r\n${lines.join('')}\r\n`)
      socket.on('error', () => tunnel.destroy()).pipe(tunnel)
      tunnel.on('error', () => socket.destroy()).pipe(socket)
    })
  return { port: await listen(proxy), upstream }
}

/** Examines a server behind a proxy, once it has visited itself through the proxy. */
async function examineBehind(options: ProxyOptions, env: Record<string, string> = {}) {
  const { port, upstream } = await startProxy(options)
  const publicUrl = `http://localhost:${port}`
  const { server, clock, waitForLog } = await startServerFixture(
    {},
    { DUET_PUBLIC_URL: publicUrl, DUET_TRUSTED_PROXIES: '127.0.0.1', ...env },
  )
  // The first visit came before the proxy knew its upstream.
  await waitForLog('public URL does not reach this server from here')
  upstream.port = server.port
  clock.advance(60_000)
  await waitForLog(
    options.drops || env.DUET_TRUSTED_PROXIES === '' ? 'reverse proxy not set up' : 'reverse proxy set up',
  )
  return examineUrl(parsePublicUrl(publicUrl))
}

test('a proxy that forwards everything is ok, and a TURN server where nothing listens is not', async () => {
  const turnPort = await occupyPort()
  const findings = await examineBehind(
    {},
    { DUET_TURN_URLS: `turn:127.0.0.1:${turnPort}?transport=udp`, DUET_TURN_SECRET: 'a long enough secret 123' },
  )
  const lines = ['public name', 'public URL', 'proxy headers', 'WebSocket'].flatMap((check) => linesOf(findings, check))
  expect(lines.filter((line) => !line.startsWith('ok: '))).toEqual([])
  expect(lines).toHaveLength(4)
  expect(linesOf(findings, 'TURN')).toEqual([
    expect.stringMatching(/^failed: turn:.* fails at the step binding: nothing listens there .*Open the ports/),
  ])
  expect(linesOf(findings, 'clock')).toEqual([expect.stringMatching(/^skipped: .* have one clock/)])
})

test.each<[ProxyOptions['drops'] | 'trust', string, RegExp]>([
  ['upgrade', 'proxy headers', /^failed: The proxy drops or changes Upgrade\. .*must forward the Upgrade/],
  ['upgrade', 'WebSocket', /^failed: .*got the status \d+\. The reverse proxy must forward the Upgrade/],
  ['x-forwarded-for', 'proxy headers', /^failed: The proxy drops or changes X-Forwarded-For\. .*must append/],
  ['host', 'proxy headers', /^failed: The proxy drops or changes Host\. .*must forward the Host/],
  ['trust', 'proxy headers', /^failed: Duet does not trust the proxy\. .*DUET_TRUSTED_PROXIES/],
])('a proxy without %s is found by the check %s', async (fault, check, line) => {
  const findings = await (fault === 'trust'
    ? examineBehind({}, { DUET_TRUSTED_PROXIES: '' })
    : examineBehind({ drops: fault }))
  expect(linesOf(findings, check)).toContainEqual(expect.stringMatching(line))
})

test('a relay with a private address is a warning for visitors from the internet', async () => {
  const { server } = await startServerFixture(
    {},
    { DUET_TURN: 'embedded', DUET_TURN_PORT: '0', DUET_TURN_RELAY_PORTS: '62300-62400', DUET_TURN_SELF_TEST: 'no' },
  )
  const turnLines = async (isInInternet: boolean): Promise<string[]> =>
    linesOf(await checkConnection(server.url, server.url, isInInternet), 'TURN')
  expect(await turnLines(true)).toEqual(
    Array(3).fill(expect.stringMatching(/^warning: .* does not reach\. .*DUET_TURN_EXTERNAL_IP/)),
  )
  expect(await turnLines(false)).toEqual(Array(3).fill(expect.stringMatching(/^ok: /)))
})

const setupResponse = JSON.stringify({ proxyFaults: [] })

test.each<[string, RequestListener, string, RegExp]>([
  ['a status 502', (_, response) => void response.writeHead(502).end(), 'public URL', /^failed: .*502.*Start Duet/],
  ['another program', (_, response) => void response.end('hello'), 'public URL', /^failed: .*200, and not with Duet/],
  [
    'a clock one hour ahead',
    (_, response) => void response.setHeader('Date', new Date(Date.now() + 3_600_000).toUTCString()).end(setupResponse),
    'clock',
    /^failed: .* by -3\d{3} s\. Synchronize/,
  ],
  [
    'a clock 20 s behind',
    (_, response) => void response.setHeader('Date', new Date(Date.now() - 20_000).toUTCString()).end(setupResponse),
    'clock',
    /^warning: .* by \d+ s\. Synchronize/,
  ],
])('%s at the public URL is found', async (_, respond, check, line) => {
  const port = await listen(createServer(respond))
  const findings = await examineUrl(parsePublicUrl(`http://127.0.0.1:${port}`))
  expect(linesOf(findings, check)).toEqual([expect.stringMatching(line)])
})

test('a name that does not resolve and a port where nothing listens are found', async () => {
  expect(linesOf(await examineUrl(parsePublicUrl('http://duet.invalid')), 'public name')).toEqual([
    expect.stringMatching(/^failed: duet\.invalid does not resolve/),
  ])
  const server = createServer()
  const port = await listen(server)
  await new Promise((resolve) => server.close(resolve))
  expect(linesOf(await examineUrl(parsePublicUrl(`http://127.0.0.1:${port}`)), 'public URL')).toEqual([
    expect.stringMatching(/^failed: .* does not answer: .*ECONNREFUSED.*hairpinning/),
  ])
})

test.each<[string, string[], number, RegExp]>([
  ['another name', ['call.duet.example'], 90, /^failed: Browsers reject the certificate: /],
  ['an unknown authority', ['localhost'], 90, /^failed: Browsers reject the certificate: .*NODE_EXTRA_CA_CERTS/],
  ['a past date', ['localhost'], -0.5, /^failed: The certificate expired on \d{4}-\d\d-\d\d/],
])('a certificate with %s is found at the public URL', async (_, names, days, line) => {
  const { leaf, key } = issueChain(names, days)
  const port = await listen(createHttpsServer({ cert: leaf, key }, (_, response) => void response.end()))
  const findings = await examineUrl(parsePublicUrl(`https://localhost:${port}`))
  expect(linesOf(findings, 'certificate')).toEqual([expect.stringMatching(line)])
})

test('a server that opens a WebSocket and never answers is a finding, and no wait without end', async () => {
  const sockets = new WebSocketServer({ noServer: true })
  const server = createServer()
  server.on('upgrade', (incoming, socket, head) => sockets.handleUpgrade(incoming, socket, head, () => undefined))
  const url = `http://127.0.0.1:${await listen(server)}`
  expect(linesOf(await checkConnection(url, url, false, 50), 'WebSocket')).toEqual([
    expect.stringMatching(/^failed: .* cannot open its WebSocket: no answer within 0\.05 s/),
  ])
})
