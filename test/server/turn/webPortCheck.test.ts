import { readFileSync } from 'node:fs'
import { createServer as createHttpsServer } from 'node:https'
import { connect, type AddressInfo, type Server } from 'node:net'
import { createServer as createTlsServer } from 'node:tls'
import { afterAll, expect, onTestFinished, test } from 'vitest'
import { createLog } from '../../../server/common/log.ts'
import { WebPortCheck } from '../../../server/turn/webPortCheck.ts'
import { makeCertificates } from '../certificates.ts'
import { ManualClock } from '../manualClock.ts'
import { startServerFixture } from '../serverFixture.ts'

const { file, remove } = makeCertificates('proxy')
const tls = { cert: readFileSync(file('proxy.crt')), key: readFileSync(file('proxy.key')) }
afterAll(remove)

async function listen(proxy: Server): Promise<number> {
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void proxy.close())
  return (proxy.address() as AddressInfo).port
}

/** Starts a server behind a proxy and returns its URLs for a page of the public URL. */
async function startBehind(proxyPort: number, env: Record<string, string> = {}) {
  const publicUrl = `https://localhost:${proxyPort}`
  const fixture = await startServerFixture(
    {},
    {
      DUET_PUBLIC_URL: publicUrl,
      DUET_TRUSTED_PROXIES: '127.0.0.1',
      DUET_TURN: 'embedded',
      DUET_TURN_PORT: '0',
      DUET_TURN_RELAY_PORTS: '62500-62600',
      DUET_TURN_SELF_TEST: 'no',
      ...env,
    },
  )
  const client = fixture.newClient({ headers: { Origin: publicUrl } })
  return {
    ...fixture,
    async urls() {
      const { iceServers } = await client.trpc.ice.servers.query()
      return iceServers.flatMap(({ urls }) => urls)
    },
  }
}

test('behind a TLS proxy for TCP, pages get turns: at the public port', async () => {
  let upstreamPort = 0
  const proxy = createTlsServer(tls, (socket) => {
    const upstream = connect(upstreamPort, '127.0.0.1')
    socket.on('error', () => upstream.destroy()).pipe(upstream)
    upstream.on('error', () => socket.destroy()).pipe(socket)
  })
  const proxyPort = await listen(proxy)
  const { server, clock, waitForLog, urls } = await startBehind(proxyPort)
  // The first check may have come before the proxy knew its upstream.
  upstreamPort = server.port
  clock.advance(10_000)
  await waitForLog('TURN offered at the public port')
  expect((await urls()).at(-1)).toBe(`turns:localhost:${proxyPort}?transport=tcp`)
})

test('behind a TLS proxy for HTTP, pages get no URL at the public port, and the log says so', async () => {
  const proxyPort = await listen(createHttpsServer(tls, (_, response) => response.end()))
  const { waitForLog, urls } = await startBehind(proxyPort)
  await waitForLog('TURN not offered at the public port')
  const offered = (await urls()).join()
  expect(offered).toMatch(
    /^stun:127\.0\.0\.1:(\d+),turn:127\.0\.0\.1:\1\?transport=udp,turn:127\.0\.0\.1:\1\?transport=tcp$/,
  )
})

test('DUET_TURN_WEB_PORT decides without a check', async () => {
  const proxyPort = await listen(createHttpsServer(tls, (_, response) => response.end()))
  const on = await startBehind(proxyPort, { DUET_TURN_WEB_PORT: 'on', DUET_TURN_HOST: 'turn.example' })
  expect(await on.urls()).toContain(`turns:localhost:${proxyPort}?transport=tcp`)
  expect((await on.urls())[0]).toMatch(/^stun:turn\.example:/)
  const off = await startBehind(proxyPort, { DUET_TURN_WEB_PORT: 'off' })
  expect((await off.urls()).filter((url) => url.startsWith('turn'))).toHaveLength(2)
})

test('the pause between two checks doubles, up to an hour, and only changes are logged', async () => {
  const [clock, lines] = [new ManualClock(), [] as string[]]
  let [checks, ok] = [0, false]
  const check = new WebPortCheck(['turns:a:443?transport=tcp'], {
    clock,
    log: createLog('info', { write: (line: string) => void lines.push(line) }),
    check: (url) => {
      expect(url).toBe('stuns:a:443?transport=tcp')
      checks++
      return Promise.resolve({ url, ok, steps: [] })
    },
  })
  const stop = check.start()
  const advance = async (ms: number): Promise<void> => {
    for (let tick = 0; tick < ms; tick += 10_000) {
      clock.advance(10_000)
      await new Promise(setImmediate)
    }
  }
  await new Promise(setImmediate)
  await advance(10_000 + 20_000 + 40_000)
  expect(checks).toBe(4)
  await advance(4 * 3_600_000)
  const checksPerDay = checks
  await advance(3_600_000)
  expect(checks).toBe(checksPerDay + 1)
  expect([lines.length, check.urls]).toEqual([1, []])
  ok = true
  await advance(3_600_000)
  expect([lines.length, check.urls]).toEqual([2, ['turns:a:443?transport=tcp']])
  stop()
  await advance(3_600_000)
  expect(checks).toBe(checksPerDay + 2)
})
