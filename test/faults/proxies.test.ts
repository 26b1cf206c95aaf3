import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeAll, describe, expect, onTestFinished } from 'vitest'
import type { IceConfig } from '../../machines/protocol/messages.ts'
import { parseRestId } from '../../turn/core/credentials.ts'
import { localAddresses } from '../../turn/index.ts'
import { deadlineMs } from '../deadline.ts'
import { needs } from '../needs.ts'
import { startProgram } from '../programProcess.ts'
import { httpGet, type HttpResponse } from '../server/httpGet.ts'
import { useServerProcess, type LaunchOptions, type ServerProcess } from '../server/serverProcess.ts'
import { FrameClient } from '../server/frameClient.ts'
import { freePort } from '../turn/contract/coturnServer.ts'

/** The shipped server behind real reverse proxies, each configured as the README says, and with one header omitted. */

const publicHost = 'duet.example.org'
/** The proxies use plain HTTP. A TLS layer in front would not change the requests at the server. */
const publicUrl = `https://${publicHost}`
const browserHeaders = { Host: publicHost, Origin: publicUrl }
const html = '<!doctype html><title>Duet</title>'

type Header = 'Host' | 'X-Forwarded-For' | 'Upgrade'
/** Headers that the proxy omits. */
type Passes = (header: Header) => boolean

interface Proxy {
  name: 'nginx' | 'caddy' | 'haproxy' | 'apache2'
  args(file: string, folder: string): string[]
  config(port: number, upstream: string, passes: Passes, folder: string): string
}

const joinLines = (...all: (string | false)[]): string => `${all.filter(Boolean).join('\n')}\n`

const proxies: Proxy[] = [
  {
    name: 'nginx',
    args: (file, folder) => ['-c', file, '-p', folder, '-e', 'stderr'],
    config: (port, upstream, passes, folder) =>
      joinLines(
        'daemon off; master_process off;',
        `pid ${folder}/pid;`,
        'events {}',
        'http {',
        'access_log off;',
        ...['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((kind) => `${kind}_temp_path ${folder}/${kind};`),
        `server { listen 127.0.0.1:${port}; location / {`,
        `proxy_pass http://${upstream};`,
        passes('Upgrade') &&
          'proxy_http_version 1.1; proxy_set_header Upgrade $http_upgrade; proxy_set_header Connection upgrade;',
        passes('Host') && 'proxy_set_header Host $http_host;',
        passes('X-Forwarded-For') && 'proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;',
        '} } }',
      ),
  },
  {
    name: 'caddy',
    args: (file) => ['run', '--config', file, '--adapter', 'caddyfile'],
    config: (port, upstream, passes) =>
      joinLines(
        '{',
        'admin off',
        'auto_https off',
        '}',
        `http://:${port} {`,
        'bind 127.0.0.1',
        `reverse_proxy ${upstream} {`,
        'trusted_proxies 127.0.0.1/32',
        !passes('Upgrade') && 'header_up -Upgrade',
        !passes('Upgrade') && 'header_up -Connection',
        !passes('Host') && 'header_up Host {upstream_hostport}',
        !passes('X-Forwarded-For') && 'header_up -X-Forwarded-For',
        '}',
        '}',
      ),
  },
  {
    name: 'haproxy',
    args: (file) => ['-db', '-f', file],
    config: (port, upstream, passes) =>
      joinLines(
        'defaults',
        'mode http',
        'timeout connect 60s',
        'timeout client 60s',
        'timeout server 60s',
        'timeout tunnel 1h',
        'listen duet',
        `bind 127.0.0.1:${port}`,
        passes('X-Forwarded-For') && 'option forwardfor',
        !passes('Upgrade') && 'http-request del-header Upgrade',
        !passes('Host') && `http-request set-header Host ${upstream}`,
        `server duet ${upstream}`,
      ),
  },
  {
    name: 'apache2',
    // One process, in the foreground.
    args: (file) => ['-X', '-f', file],
    config: (port, upstream, passes, folder) =>
      joinLines(
        ...['mpm_event', 'authz_core', 'proxy', 'proxy_http', 'proxy_wstunnel'].map(
          (name) => `LoadModule ${name}_module /usr/lib/apache2/modules/mod_${name}.so`,
        ),
        `ServerRoot ${folder}`,
        `DefaultRuntimeDir ${folder}`,
        `PidFile ${folder}/pid`,
        `ErrorLog ${folder}/log`,
        'ServerName localhost',
        'User www-data',
        'Group www-data',
        `Listen 127.0.0.1:${port}`,
        passes('Host') && 'ProxyPreserveHost On',
        !passes('X-Forwarded-For') && 'ProxyAddHeaders Off',
        `ProxyPass / http://${upstream}/${passes('Upgrade') ? ' upgrade=websocket' : ''}`,
      ),
  },
]

/** Starts a proxy in front of the server. Resolves to its URL once it accepts connections. */
async function startProxy({ name, args, config }: Proxy, upstream: number, forgotten: Header | null): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), `duet-${name}-`))
  const [file, port] = [join(folder, 'config'), await freePort()]
  writeFileSync(
    file,
    config(port, `127.0.0.1:${upstream}`, (header) => header !== forgotten, folder),
  )
  const { child, ended, output } = startProgram([name, ...args(file, folder)], {
    env: { PATH: `${process.env.PATH}:/usr/sbin:/sbin`, HOME: folder },
  })
  onTestFinished(async () => {
    child.kill('SIGKILL')
    await ended
    rmSync(folder, { recursive: true })
  })
  while (!(await canConnect(port)))
    if (child.exitCode !== null) throw new Error(`${name} ended with ${child.exitCode}: ${output()}`)
  return `http://127.0.0.1:${port}`
}

/** Resolves to false after a pause, so it can be polled in a loop. */
const canConnect = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1' })
    socket
      .once('connect', () => (socket.destroy(), resolve(true)))
      .once('error', () => setTimeout(() => resolve(false), 50))
  })

const program = useServerProcess()
beforeAll(() => {
  mkdirSync(program.pages(), { recursive: true })
  writeFileSync(join(program.pages(), 'index.html'), html)
})

/** @param forgotten headers that the proxy omits */
async function startBehind(
  proxy: Proxy,
  forgotten: Header | null,
  settings: Record<string, string> = { DUET_PUBLIC_URL: publicUrl },
  launch: LaunchOptions = {},
) {
  const server = await program.start(
    { DUET_TURN_SELF_TEST: 'no', DUET_TRUSTED_PROXIES: '127.0.0.1', ...settings },
    launch,
  )
  return { server, url: await startProxy(proxy, server.port, forgotten) }
}

/** Returns the response to a rejected WebSocket upgrade. */
const getRejection = (url: string, headers = {}): Promise<HttpResponse> =>
  httpGet(url, '/trpc', {
    ...browserHeaders,
    Connection: 'Upgrade',
    Upgrade: 'websocket',
    'Sec-WebSocket-Version': '13',
    'Sec-WebSocket-Key': `${'A'.repeat(22)}==`,
    ...headers,
  })

interface Rejected {
  msg: string
  status: number
}

/**
 * Reads all log lines about rejected requests so far. A marker request of another kind ends the list and is left out.
 */
async function readRejections({ url, output }: ServerProcess): Promise<Rejected[]> {
  expect((await httpGet(url, '/', { Host: 'another.example' })).status).toBe(421)
  const read = (): Rejected[] =>
    output()
      .split('\n')
      .filter((line) => line.startsWith('{'))
      .map((line) => JSON.parse(line) as Rejected)
      .filter(({ msg }) => msg === 'request rejected')
  await expect.poll(() => read().map(({ status }) => status), { timeout: deadlineMs }).toContain(421)
  return read().filter(({ status }) => status !== 421)
}

/** ICE servers that the server returns to one page. */
async function queryIceServers(
  url: string,
  headers = {},
  localAddress = '127.0.0.1',
): Promise<{ urls: string[]; username: string }> {
  const wire = await FrameClient.open(url, { headers: { ...browserHeaders, ...headers }, localAddress })
  const { result } = await wire.request('query', 'ice.servers')
  wire.socket.terminate()
  const { iceServers } = result!.data as IceConfig
  return {
    urls: iceServers.flatMap((server) => server.urls),
    username: iceServers.find(({ username }) => username)?.username ?? '',
  }
}

/** Hash of the visitor's address in a TURN username `TIME:ID`. */
const parseAddressTag = (username: string): string | undefined => parseRestId(username.replace(/^\d+:/, '')).networkTag

describe.each(proxies)('behind $name', (proxy) => {
  const test = needs(proxy.name)

  test('with all headers the page loads and a tRPC call over the WebSocket is answered', async () => {
    const { server, url } = await startBehind(proxy, null)
    expect(await httpGet(url, '/', browserHeaders)).toMatchObject({ status: 200, text: html })
    const { urls } = await queryIceServers(url)
    expect(urls).toContain(`turn:${publicHost}:${server.turnPort}?transport=udp`)
    expect(await readRejections(server)).toEqual([])
  })

  test('with X-Forwarded-For each visitor has a separate address that they cannot forge', async () => {
    const { url } = await startBehind(proxy, null)
    // A trusted proxy at 127.0.0.1 names the visitor. The one at 127.0.0.2 is not trusted.
    const addressOf = async (claimed: string, from?: string) =>
      parseAddressTag((await queryIceServers(url, { 'X-Forwarded-For': claimed }, from)).username)
    const [ann, annAgain, ben, liar] = [
      await addressOf('203.0.113.9'),
      await addressOf('203.0.113.9'),
      await addressOf('203.0.113.10'),
      await addressOf('203.0.113.9', '127.0.0.2'),
    ]
    expect(annAgain).toBe(ann)
    expect(new Set([ann, ben, liar]).size).toBe(3)
  })

  test('without Upgrade the server answers 426, names the headers and logs one line', async () => {
    const { server, url } = await startBehind(proxy, 'Upgrade')
    expect((await httpGet(url, '/', browserHeaders)).status).toBe(200)
    for (let i = 0; i < 3; i++)
      expect(await getRejection(url)).toMatchObject({
        status: 426,
        text: expect.stringMatching(/reverse proxy .* Upgrade and Connection headers/) as string,
      })
    expect(await readRejections(server)).toEqual([
      expect.objectContaining({
        status: 426,
        count: 1,
        advice: expect.stringMatching(/reverse proxy .* Upgrade and Connection headers/) as string,
      }),
    ])
  })

  test('without Host and DUET_PUBLIC_URL the WebSocket gets 403, and answer and log name the setting', async () => {
    const { server, url } = await startBehind(proxy, 'Host', {})
    const advice = /DUET_PUBLIC_URL.* reverse proxy .* Host header/
    for (let i = 0; i < 3; i++)
      expect(await getRejection(url)).toMatchObject({ status: 403, text: expect.stringMatching(advice) as string })
    expect(await readRejections(server)).toEqual([
      expect.objectContaining({
        status: 403,
        count: 1,
        reason: expect.stringContaining(publicUrl) as string,
        advice: expect.stringMatching(advice) as string,
      }),
    ])
  })

  test('without Host but with DUET_PUBLIC_URL the page gets TURN at the public name', async () => {
    const { server, url } = await startBehind(proxy, 'Host')
    const { urls } = await queryIceServers(url)
    expect(urls).toContain(`turn:${publicHost}:${server.turnPort}?transport=udp`)
    expect(urls.join()).not.toContain('127.0.0.1')
  })

  test('without X-Forwarded-For no visitor reads metrics, a LAN address or the rooms', async () => {
    const { server, url } = await startBehind(proxy, 'X-Forwarded-For', undefined, { args: ['--inspect'] })
    const claims = [
      browserHeaders,
      { Host: 'localhost', Origin: 'http://localhost' },
      { ...browserHeaders, 'X-Forwarded-For': '127.0.0.1' },
    ]
    for (const headers of claims) {
      expect((await httpGet(url, '/metrics', headers)).status).toBe(404)
      const { text } = await httpGet(url, '/addresses', headers)
      expect(JSON.parse(text)).toEqual({ url: `${server.adminUrl}/addresses` })
      for (const { ip } of localAddresses().filter(({ isLoopback }) => !isLoopback)) expect(text).not.toContain(ip)
      const wire = await FrameClient.open(url, { headers })
      expect((await wire.request('subscription', 'server.rooms')).result?.type).toBe('started')
      expect((await wire.nextJson()).error?.data.code).toBe('not-found')
      wire.socket.terminate()
    }
  })
})
