import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { connect as connectTls } from 'node:tls'
import { afterAll, beforeAll, describe, expect } from 'vitest'
import type { IceConfig } from '../../machines/protocol/messages.ts'
import { parsePublicUrl } from '../../server/config/publicUrl.ts'
import { examineUrl } from '../../server/tools/doctor/doctor.ts'
import { parseRestId } from '../../turn/core/credentials.ts'
import { checkUrl, localAddresses, makeCredentials } from '../../turn/index.ts'
import { needs } from '../needs.ts'
import { makeCertificates } from '../server/certificates.ts'
import { httpGet } from '../server/httpGet.ts'
import { useServerProcess, type LaunchOptions, type ServerProcess } from '../server/serverProcess.ts'
import { FrameClient } from '../server/frameClient.ts'
import { bindingRequest, readMappedAddress } from '../turn/bindingClient.ts'
import { expectMeeting } from './meeting.ts'
import {
  pickPorts,
  proxyRecipes,
  replace,
  startRecipe,
  type ForgottenHeader,
  type ProxyRecipe,
} from './proxyRecipes.ts'

/** The shipped server behind real reverse proxies with the recipes of `deploy/`, whole and with one header omitted. */

const html = '<!doctype html><title>Duet</title>'
const secret = 'a secret of this test only'
const certificates = makeCertificates('localhost')
const ca = () => readFileSync(certificates.file('localhost.crt'))
const certificate = { cert: certificates.file('localhost.crt'), key: certificates.file('localhost.key') }
afterAll(certificates.remove)

const program = useServerProcess()
beforeAll(() => {
  mkdirSync(program.pages(), { recursive: true })
  writeFileSync(join(program.pages(), 'index.html'), html)
})

/** @param forgotten the header that the proxy omits */
async function startBehind(
  recipe: ProxyRecipe,
  forgotten: ForgottenHeader | null,
  settings: Record<string, string> = {},
  launch: LaunchOptions = {},
) {
  const { ports, serverPort: port } = await pickPorts()
  const url = `https://localhost:${ports.port}`
  // The proxy starts first, so that the server's first visit reaches it.
  await startRecipe(recipe, ports, port, certificate, forgotten)
  const server = await program.start(
    {
      PORT: String(port),
      DUET_PUBLIC_URL: url,
      DUET_TURN_HOST: 'turn.example.org',
      DUET_TURN_SELF_TEST: 'no',
      DUET_TURN_SECRET: secret,
      DUET_TRUSTED_PROXIES: '127.0.0.1',
      ...settings,
    },
    launch,
  )
  const redirectUrl = `http://localhost:${ports.redirectPort}`
  return { server, url, redirectUrl, headers: { Host: `localhost:${ports.port}`, Origin: url } }
}

interface LogLine {
  msg: string
  status?: number
  missing?: string[]
  advice?: string[]
}

/** Resolves to the first log line with this message. */
async function waitForLine(server: ServerProcess, msg: string): Promise<LogLine> {
  const [line] = await server.waitForOutput(new RegExp(`^.*"msg":"${msg}".*$`, 'm'))
  return JSON.parse(line) as LogLine
}

/** Resolves to the address of a TURN client that `open` connects through a proxy, as the server sees it. */
async function readTurnClient(port: number, servername: string) {
  const connection = connect({ port, host: '127.0.0.1', localAddress: '127.0.0.3' })
  const socket = connectTls({ socket: connection, servername, rejectUnauthorized: false })
  socket.write(bindingRequest)
  const mapped = await readMappedAddress(socket)
  const own = { ip: connection.localAddress, port: connection.localPort }
  socket.destroy()
  return { mapped, own }
}

/** Resolves to the faults that `/check` shows. */
const readFaults = async (url: string, headers: Record<string, string>): Promise<string[]> =>
  (JSON.parse((await httpGet(url, '/setup', headers)).text) as { proxyFaults: string[] }).proxyFaults

/** Resolves to the checks of `duet doctor --url` that found something. */
const findProblems = async (url: string): Promise<string[]> =>
  (await examineUrl(parsePublicUrl(url)))
    .filter(({ status }) => status === 'failed' || status === 'warning')
    .map(({ check }) => check)

/** ICE servers that the server returns to one page. */
async function queryIceServers(url: string, headers: Record<string, string>, localAddress = '127.0.0.1') {
  const wire = await FrameClient.open(url, { headers, localAddress, ca: ca() })
  const { result } = await wire.request('query', 'ice.servers')
  wire.socket.terminate()
  const { iceServers } = result!.data as IceConfig
  return {
    urls: iceServers.flatMap((server) => server.urls),
    // The hash of the visitor's address, in a TURN username `TIME:ID`.
    addressTag: parseRestId(iceServers.find(({ username }) => username)!.username!.replace(/^\d+:/, '')).networkTag,
  }
}

describe.each(proxyRecipes)('behind $name', (recipe) => {
  const test = needs(recipe.name)

  test('the whole recipe serves the page, lets two clients meet, and redirects http', async () => {
    const settings = { DUET_TURN_HOST: '127.0.0.1' }
    const { server, url, redirectUrl, headers } = await startBehind(recipe, null, settings)
    await waitForLine(server, 'reverse proxy set up')
    expect(await readFaults(url, headers)).toEqual([])
    await server.waitForOutput(/"msg":"TURN (not )?offered at the public port"/)
    // No authority issued the certificate of this test.
    expect(await findProblems(url)).toEqual(['certificate', ...(recipe.carriesTurn ? ['TURN'] : [])])
    const page = await httpGet(url, '/r/blue-door?relay=1', headers)
    expect(page).toMatchObject({ status: 200, text: html })
    expect(page.headers['strict-transport-security']).toBe('max-age=31536000')
    await expectMeeting(url, { ca: ca(), headers })
    const redirect = await httpGet(redirectUrl, '/r/blue-door', { Host: 'localhost' })
    expect([redirect.status, redirect.headers.location]).toEqual([expect.any(Number), 'https://localhost/r/blue-door'])
    expect([301, 308]).toContain(redirect.status)
  })

  test('TURN is offered at the TLS port exactly if it works there, and always at its own port', async () => {
    const { server, url, headers } = await startBehind(recipe, null)
    const { port } = new URL(url)
    await server.waitForOutput(/"msg":"TURN (not )?offered at the public port"/)
    const { urls } = await queryIceServers(url, headers)
    const own = `turn.example.org:${server.turnPort}`
    const atTlsPort = `turns:localhost:${port}?transport=tcp`
    expect(urls).toEqual([
      `stun:${own}`,
      `turn:${own}?transport=udp`,
      `turn:${own}?transport=tcp`,
      ...(recipe.carriesTurn ? [atTlsPort] : []),
    ])
    const credentials = makeCredentials(secret, 'test', Math.floor(Date.now() / 1000) + 600)
    const check = await checkUrl(atTlsPort, credentials, {
      isCertificateIgnored: true,
      timeoutMs: recipe.carriesTurn ? 30_000 : 1_000,
    })
    expect(check).toMatchObject({ ok: recipe.carriesTurn })
  })

  test('each visitor has a separate address that they cannot forge', async () => {
    const { url, headers } = await startBehind(recipe, null)
    // A trusted proxy at 127.0.0.1 names the visitor. The one at 127.0.0.2 is not trusted.
    const tagOf = async (claimed: string, from?: string) =>
      (await queryIceServers(url, { ...headers, 'X-Forwarded-For': claimed }, from)).addressTag
    const [ann, annAgain, ben, liar] = [
      await tagOf('203.0.113.9'),
      await tagOf('203.0.113.9'),
      await tagOf('203.0.113.10'),
      await tagOf('203.0.113.9', '127.0.0.2'),
    ]
    expect(annAgain).toBe(ann)
    expect(new Set([ann, ben, liar]).size).toBe(3)
  })

  test('without Upgrade the answer is 426, and log and /check name the header', async () => {
    const { server, url, headers } = await startBehind(recipe, 'Upgrade')
    expect(await waitForLine(server, 'reverse proxy not set up')).toMatchObject({
      missing: ['Upgrade'],
      advice: [expect.stringContaining('Upgrade and Connection headers')],
    })
    expect(await readFaults(url, headers)).toEqual(['Upgrade'])
    const upgrade = { Connection: 'Upgrade', Upgrade: 'websocket', 'Sec-WebSocket-Version': '13' }
    expect(
      await httpGet(url, '/trpc', { ...headers, ...upgrade, 'Sec-WebSocket-Key': `${'A'.repeat(22)}==` }),
    ).toMatchObject({
      status: 426,
      text: expect.stringMatching(/reverse proxy .* Upgrade and Connection headers/) as string,
    })
  })

  test('without Host two clients still meet at the public name, and log and /check name the header', async () => {
    const { server, url, headers } = await startBehind(recipe, 'Host')
    expect(await waitForLine(server, 'reverse proxy not set up')).toMatchObject({ missing: ['Host'] })
    expect(await readFaults(url, headers)).toEqual(['Host'])
    await expectMeeting(url, { ca: ca(), headers })
    expect((await queryIceServers(url, headers)).urls.join()).not.toContain('127.0.0.1')
  })

  test('without Host and DUET_PUBLIC_URL the WebSocket gets 403, and answer and log name the setting', async () => {
    const { server, url, headers } = await startBehind(recipe, 'Host', { DUET_PUBLIC_URL: '' })
    const advice = /DUET_PUBLIC_URL.* reverse proxy .* Host header/
    expect(await httpGet(url, '/trpc', headers, 'POST')).toMatchObject({
      status: 403,
      text: expect.stringMatching(advice) as string,
    })
    expect(await waitForLine(server, 'request rejected')).toMatchObject({
      status: 403,
      advice: expect.stringMatching(advice) as string,
    })
  })

  test('without X-Forwarded-For nobody chooses an address, or reads what only the operator may read', async () => {
    const { server, url, headers } = await startBehind(recipe, 'X-Forwarded-For', {}, { args: ['--inspect'] })
    expect(await waitForLine(server, 'reverse proxy not set up')).toMatchObject({ missing: ['X-Forwarded-For'] })
    expect(await readFaults(url, headers)).toEqual(['X-Forwarded-For'])
    for (const claimed of ['203.0.113.9', '203.0.113.10'])
      expect((await queryIceServers(url, { ...headers, 'X-Forwarded-For': claimed })).addressTag).toBeUndefined()
    const claims = [
      headers,
      { Host: 'localhost', Origin: 'http://localhost' },
      { ...headers, 'X-Forwarded-For': '127.0.0.1' },
    ]
    for (const claim of claims) {
      expect((await httpGet(url, '/metrics', claim)).status).toBe(404)
      const { text } = await httpGet(url, '/addresses', claim)
      expect(JSON.parse(text)).toEqual({ url: `${server.adminUrl}/addresses` })
      for (const { ip } of localAddresses().filter(({ isLoopback }) => !isLoopback)) expect(text).not.toContain(ip)
      const wire = await FrameClient.open(url, { headers: claim, ca: ca() })
      expect((await wire.request('subscription', 'server.rooms')).result?.type).toBe('started')
      expect((await wire.nextJson()).error?.data.code).toBe('not-found')
      wire.socket.terminate()
    }
  })

  test('an address outside of DUET_TRUSTED_PROXIES gets a line that names the setting', async () => {
    const { server, url, headers } = await startBehind(recipe, null, { DUET_TRUSTED_PROXIES: '' })
    expect(await waitForLine(server, 'reverse proxy not set up')).toMatchObject({
      missing: ['trust'],
      advice: [expect.stringContaining('DUET_TRUSTED_PROXIES')],
    })
    expect(await readFaults(url, headers)).toEqual(['trust'])
  })
})

needs('nginx')('nginx reaches a server at a Unix socket, and each visitor has a separate address', async () => {
  const [{ ports }, nginx] = [await pickPorts(), proxyRecipes.find(({ name }) => name === 'nginx')!]
  const [url, path] = [`https://localhost:${ports.port}`, `${program.pages()}/../duet.sock`]
  const toSocket = (recipe: string): string =>
    replace(
      replace(recipe, /.*proxy_pass http:\/\/127.*\n/, ''),
      /# (proxy_pass http:\/\/unix:)\S+;/,
      (_, directive) => `${directive}${path}:;`,
    )
  await startRecipe(nginx, ports, 0, certificate, null, toSocket)
  // A second proxy at 127.0.0.1 names the visitor.
  const server = await program.start({
    PORT: path,
    DUET_PUBLIC_URL: url,
    DUET_TURN_SECRET: secret,
    DUET_TRUSTED_PROXIES: '127.0.0.1',
  })
  await waitForLine(server, 'reverse proxy set up')
  const headers = { Host: `localhost:${ports.port}`, Origin: url }
  expect(await httpGet(url, '/r/blue-door', headers)).toMatchObject({ status: 200, text: html })
  await expectMeeting(url, { ca: ca(), headers })
  const tagOf = async (claimed: string): Promise<string | undefined> =>
    (await queryIceServers(url, { ...headers, 'X-Forwarded-For': claimed })).addressTag
  const [ann, ben, annAgain] = [await tagOf('203.0.113.9'), await tagOf('203.0.113.10'), await tagOf('203.0.113.9')]
  expect(annAgain).toBe(ann)
  expect(ben).not.toBe(ann)
})

needs('haproxy')('HAProxy sends the address of each TURN client by the PROXY protocol', async () => {
  const { ports, serverPort: port } = await pickPorts()
  const [url, haproxy] = [`https://localhost:${ports.port}`, proxyRecipes.find(({ name }) => name === 'haproxy')!]
  const withHeader = (recipe: string): string =>
    replace(recipe, /server duet \S+/g, (server) => `${server} send-proxy-v2`)
  await startRecipe(haproxy, ports, port, certificate, null, withHeader)
  const server = await program.start({ PORT: String(port), DUET_PUBLIC_URL: url, DUET_PROXY_PROTOCOL: '127.0.0.1' })
  await waitForLine(server, 'reverse proxy set up')
  await waitForLine(server, 'TURN offered at the public port')
  const headers = { Host: `localhost:${ports.port}`, Origin: url }
  expect(await httpGet(url, '/r/blue-door', headers)).toMatchObject({ status: 200, text: html })
  await expectMeeting(url, { ca: ca(), headers })
  const { mapped, own } = await readTurnClient(ports.port, 'localhost')
  expect(mapped).toEqual(own)
})

needs('nginx', 'nginx stream')(
  'nginx passes TURN over TLS at port 443 by its name, with the address of each client',
  async () => {
    const { ports, pagesPort, turnTlsPort: tlsPort, serverPort: port, turnPort } = await pickPorts()
    const [url, nginx] = [`https://localhost:${ports.port}`, proxyRecipes.find(({ name }) => name === 'nginx')!]
    const stream = readFileSync(new URL('../../deploy/nginx/stream.conf', import.meta.url), 'utf8')
    const [, listen = ''] = /^# +(listen .*)$/m.exec(stream) ?? []
    const here = (text: string): string =>
      text
        .replaceAll('127.0.0.1:8443', `127.0.0.1:${pagesPort}`)
        .replaceAll('127.0.0.1:5349', `127.0.0.1:${tlsPort}`)
        .replaceAll('127.0.0.1:3478', `127.0.0.1:${turnPort}`)
        .replaceAll(/\/etc\/letsencrypt\/live\/turn.example.org\/(\w+).pem/g, (_, name) =>
          name === 'privkey' ? certificate.key : certificate.cert,
        )
        .replace(/listen \[::\].*\n/, '')
        .replace('listen 443;', `listen 127.0.0.1:${ports.port};`)
    const withStream: ProxyRecipe = {
      ...nginx,
      frame: (recipe, place) =>
        `load_module /usr/lib/nginx/modules/ngx_stream_module.so;\n${nginx.frame(recipe, place)}\n${here(stream)}`,
    }
    const toStream = (recipe: string): string => replace(recipe, 'listen 443 ssl;', here(listen))
    await startRecipe(withStream, ports, port, certificate, null, toStream)
    const server = await program.start({
      PORT: String(port),
      DUET_PUBLIC_URL: url,
      DUET_TRUSTED_PROXIES: '127.0.0.1',
      DUET_TURN: 'embedded',
      DUET_TURN_PORT: String(turnPort),
      DUET_TURN_SECRET: secret,
      DUET_TURN_URLS: `turns:turn.example.org:${ports.port}?transport=tcp`,
      DUET_PROXY_PROTOCOL: '127.0.0.2',
    })
    await waitForLine(server, 'reverse proxy set up')
    const headers = { Host: `localhost:${ports.port}`, Origin: url }
    await expectMeeting(url, { ca: ca(), headers })
    expect((await queryIceServers(url, headers)).urls).toContain(`turns:turn.example.org:${ports.port}?transport=tcp`)
    const { mapped, own } = await readTurnClient(ports.port, 'turn.example.org')
    expect(mapped).toEqual(own)
  },
)
