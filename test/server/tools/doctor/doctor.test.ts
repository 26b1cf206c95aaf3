import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createSocket } from 'node:dgram'
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { examine } from '../../../../server/tools/doctor/doctor.ts'
import { checkCertificateFile } from '../../../../server/tools/doctor/checkCertificate.ts'
import { checkDescriptors } from '../../../../server/tools/doctor/checkDescriptors.ts'
import { checkState } from '../../../../server/tools/doctor/checkState.ts'
import { makeCertificates } from '../../certificates.ts'
import { startServerFixture } from '../../serverFixture.ts'
import { issueChain } from './issueChain.ts'
import { linesOf } from './linesOf.ts'

const dayMs = 86_400_000

/** No part of it exists on this machine. */
const quiet = { PORT: '0', HOST: '127.0.0.1', DUET_ADMIN: 'off', DUET_TURN: 'off', DUET_STATE: 'off' }

const examineAs = async (check: string, env: Record<string, string>): Promise<string[]> =>
  linesOf(await examine({ ...quiet, ...env }), check)

function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'duet-doctor-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  return folder
}

/** Serves HTTP without Duet at a port, until the test ends. */
async function serveOtherProgram(): Promise<number> {
  const server = createServer((_, response) => void response.end('hello')).listen(0, '127.0.0.1')
  onTestFinished(() => void server.close())
  await once(server, 'listening')
  return (server.address() as AddressInfo).port
}

describe('settings', () => {
  test.each<[string, Record<string, string>, RegExp]>([
    ['a wrong value', { DUET_TURN_PORT: 'x' }, /^failed: DUET_TURN_PORT: "x" is not a whole number/],
    ['an unknown name', { DUET_TURN_PROT: '1' }, /^failed: Unknown setting DUET_TURN_PROT\. Did you mean/],
    ['no https', {}, /^warning: Browsers give no camera/],
    ['no TURN', {}, /^warning: Duet has no TURN server/],
    [
      'an untrusted proxy',
      { DUET_PUBLIC_URL: 'https://call.duet.example' },
      /^warning: The reverse proxy is not trusted/,
    ],
    ['an open admin listener', { DUET_ADMIN: '0.0.0.0:0' }, /^warning: The admin listener is open to the network/],
    ['no state', {}, /^warning: Nothing survives a restart/],
    ['few relay ports', { DUET_TURN: 'embedded', DUET_TURN_RELAY_PORTS: '62000-62009' }, /^warning: There are only 10/],
    [
      'a TURN port among the relay ports',
      { DUET_TURN: 'embedded', DUET_TURN_PORT: '62005', DUET_TURN_RELAY_PORTS: '62000-62200' },
      /^warning: The TURN port 62005 is one of the relay ports/,
    ],
    [
      'a TURN port that is the web port',
      { DUET_TURN: 'embedded', DUET_TURN_PORT: '18000', PORT: '18000' },
      /^failed: The TURN port 18000 is the port of another listener/,
    ],
  ])('%s is found', async (_, env, line) => {
    expect(await examineAs('settings', env)).toContainEqual(expect.stringMatching(line))
  })

  test('settings that fit each other are ok, and a wrong one is the only line', async () => {
    const fit = {
      DUET_PUBLIC_URL: 'https://call.duet.example',
      DUET_TRUSTED_PROXIES: '127.0.0.1',
      DUET_TURN: 'embedded',
      DUET_TURN_PORT: '0',
      DUET_TURN_RELAY_PORTS: '62000-62200',
      DUET_STATE: temporaryFolder(),
    }
    expect(await examineAs('settings', fit)).toEqual(['ok: All settings are valid and fit each other.'])
    expect(await examine({ ...quiet, PORT: 'x' })).toHaveLength(1)
  })
})

describe('state directory', () => {
  test('a private folder is ok, and an open one, an open secret, a short secret and a file are not', () => {
    const folder = temporaryFolder()
    const state = join(folder, 'state')
    expect(checkState(state)).toMatchObject({
      status: 'ok',
      detail: `${state} does not exist yet. The first start creates it.`,
    })
    mkdirSync(state, { mode: 0o700 })
    expect(checkState(state).status).toBe('ok')
    expect(checkState(state, Infinity)).toMatchObject({
      status: 'warning',
      detail: expect.stringContaining('is almost full'),
    })
    chmodSync(state, 0o755)
    expect(checkState(state)).toMatchObject({ status: 'warning', advice: expect.stringContaining('chmod 700') })
    chmodSync(state, 0o700)
    writeFileSync(join(state, 'secret'), 'a'.repeat(43), { mode: 0o644 })
    expect(checkState(state)).toMatchObject({ status: 'warning', advice: expect.stringContaining('chmod 600') })
    writeFileSync(join(state, 'secret'), 'short')
    expect(checkState(state)).toMatchObject({ status: 'failed', detail: expect.stringContaining('too short') })
    expect(checkState(join(state, 'secret'))).toMatchObject({
      status: 'failed',
      detail: expect.stringContaining('is not writable: ENOTDIR'),
    })
    expect(checkState(null).status).toBe('skipped')
  })
})

describe('file descriptors', () => {
  const running = (open: number, limit: number) => ({
    version: '1',
    metrics: new Map([
      ['process_open_fds', open],
      ['process_max_fds', limit],
    ]),
  })

  test.each([
    [null, 65_536, 'ok', 'This user may open 65536 files.'],
    [null, Infinity, 'ok', 'This user may open any number of files.'],
    [null, 1_024, 'warning', 'This user may open only 1024 files.'],
    [running(30, 65_536), 1_024, 'ok', 'The running server may open 65536 files, and has 30 open.'],
    [running(60_000, 65_536), 1_024, 'failed', 'The running server uses 60000 of its 65536 file descriptors.'],
  ])('of %j with an own limit of %i: %s', (server, ownLimit, status, detail) => {
    expect(checkDescriptors(server, ownLimit)).toMatchObject({ status, detail })
  })
})

describe('ports', () => {
  test('a free port is ok, and the port of another program is not', async () => {
    const port = String(await serveOtherProgram())
    const env = { PORT: port, DUET_ADMIN: `127.0.0.1:${port}`, DUET_TURN: 'embedded', DUET_TURN_PORT: port }
    const findings = await examine({ ...quiet, ...env, DUET_TURN_RELAY_PORTS: '62000-62200' })
    for (const [check, setting] of [
      ['web port', 'PORT'],
      ['admin port', 'DUET_ADMIN'],
      ['TURN port (TCP)', 'DUET_TURN_PORT'],
    ] as const)
      expect(linesOf(findings, check), check).toEqual([
        expect.stringMatching(new RegExp(`^failed: Another program has .*${port}\\. .*ss -tulpn.*${setting}`)),
      ])
    expect(linesOf(findings, 'TURN port (UDP)')).toEqual([`ok: Port ${port} is free.`])
  })

  test('an address of another machine is not ok', async () => {
    expect(await examineAs('web port', { PORT: '18080', HOST: '192.0.2.1' })).toEqual([
      expect.stringMatching(/^failed: The address to listen on is not an address of this machine/),
    ])
  })

  test('relay ports that another program holds are found', async () => {
    const socket = createSocket('udp4')
    await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve))
    onTestFinished(() => void socket.close())
    const { port } = socket.address()
    const env = { DUET_TURN: 'embedded', DUET_TURN_PORT: '0', DUET_TURN_RELAY_PORTS: `${port}-${port}` }
    expect(await examineAs('relay ports', env)).toEqual([expect.stringMatching(/^failed: None of the UDP ports/)])
  })
})

describe('certificate file', () => {
  const { leaf, authority } = issueChain(['call.duet.example'], 365)
  const nowMs = Date.now()

  test.each<[string, string, string, number, string]>([
    ['another name', leaf + authority, 'other.duet.example', 0, 'failed: The certificate is not valid for other.duet'],
    ['a past date', leaf + authority, 'call.duet.example', 400, 'failed: The certificate expired on'],
    ['a near date', leaf + authority, 'call.duet.example', 360, 'warning: The certificate expires in 4 days'],
    ['a future date', leaf + authority, 'call.duet.example', -2, 'failed: The certificate is valid from'],
    ['a missing authority', leaf, 'call.duet.example', 0, 'warning: The chain in the file does not end'],
    ['a wrong order', authority + leaf, 'duet test authority', 0, 'warning: The certificate is self-signed'],
    ['no certificate', '', 'call.duet.example', 0, 'failed: DUET_TLS_CERT has no certificate'],
    ['a complete chain', leaf + authority, 'call.duet.example', 0, 'ok: The certificate is valid until '],
  ])('a file with %s is found', (_, pem, hostname, days, line) => {
    expect(linesOf([checkCertificateFile(pem, hostname, nowMs + days * dayMs)], 'certificate file')[0]).toContain(line)
  })
})

test('a running server is found, with its ports, its descriptors and its TURN server', async () => {
  const state = join(temporaryFolder(), 'state')
  const env = {
    DUET_STATE: state,
    DUET_TURN: 'embedded',
    DUET_TURN_PORT: '0',
    DUET_TURN_RELAY_PORTS: '62000-62200',
    DUET_TURN_SELF_TEST: 'no',
  }
  const { server } = await startServerFixture({}, env)
  const findings = await examine({
    ...quiet,
    ...env,
    PORT: String(server.port),
    DUET_ADMIN: new URL(server.adminUrl!).host,
    DUET_TURN_PORT: String(server.turnPort),
  })
  const checks = ['server', 'web port', 'admin port', 'TURN port (UDP)', 'TURN port (TCP)', 'WebSocket', 'STUN', 'TURN']
  expect(checks.flatMap((check) => linesOf(findings, check))).toEqual([
    expect.stringMatching(/^ok: Duet \d+\.\d+\.\d+ runs on this machine\.$/),
    `ok: Duet has TCP port ${server.port}.`,
    expect.stringMatching(/^ok: Duet has TCP port/),
    `ok: Duet has port ${server.turnPort}.`,
    `ok: Duet has port ${server.turnPort}.`,
    expect.stringMatching(/^ok: A page at .* can open its WebSocket\.$/),
    expect.stringMatching(/^ok: stun:.* works: seen as/),
    ...Array(3).fill(expect.stringMatching(/^ok: turn:.* works: received one packet through both relays\.$/)),
  ])
  expect(linesOf(findings, 'file descriptors')[0]).toContain('The running server may open')
})

test('a running server at a Unix socket is found, also behind the PROXY protocol', async () => {
  const path = join(temporaryFolder(), 'duet.sock')
  for (const DUET_PROXY_PROTOCOL of ['', 'unix']) {
    const env = { PORT: path, DUET_PROXY_PROTOCOL, DUET_TURN: 'off' }
    expect(await examineAs('web port', env)).toEqual([`ok: ${path} does not exist yet. The start creates it.`])
    const { server } = await startServerFixture({}, env)
    const findings = await examine({ ...quiet, ...env, DUET_PUBLIC_URL: 'https://call.duet.example' })
    expect(linesOf(findings, 'server')).toEqual(['ok: Duet runs on this machine.'])
    expect(linesOf(findings, 'web port')).toEqual([`ok: Duet has the socket ${path}.`])
    expect(linesOf(findings, 'settings')).not.toContainEqual(expect.stringContaining('is not trusted'))
    await server.close()
  }
  writeFileSync(path, '')
  expect(await examineAs('web port', { PORT: path })).toEqual([
    `failed: ${path} is not a socket. Remove it, or set PORT to another path.`,
  ])
})

test('a running server is found that admits only proxies with the PROXY protocol', async () => {
  const env = { DUET_PROXY_PROTOCOL: '127.0.0.1', DUET_TURN: 'embedded', DUET_TURN_PORT: '0' }
  const { server } = await startServerFixture({}, env)
  const ports = { PORT: String(server.port), DUET_TURN_PORT: String(server.turnPort) }
  const findings = await examine({ ...quiet, ...env, ...ports, DUET_TURN_RELAY_PORTS: '62000-62200' })
  expect(
    ['server', 'web port', 'TURN port (TCP)', 'reachability'].flatMap((check) => linesOf(findings, check)),
  ).toEqual([
    'ok: Duet runs on this machine.',
    `ok: Duet has TCP port ${server.port}.`,
    `skipped: A program has port ${server.turnPort}. DUET_PROXY_PROTOCOL admits only proxies to it.`,
    'skipped: Only a proxy may connect to Duet. Set DUET_PUBLIC_URL.',
  ])
})

test('a server with TLS is found that admits only proxies with the PROXY protocol', async () => {
  const { file, remove } = makeCertificates('one')
  onTestFinished(remove)
  const env = { DUET_TLS_CERT: file('one.crt'), DUET_TLS_KEY: file('one.key'), DUET_PROXY_PROTOCOL: '127.0.0.0/8' }
  const { server } = await startServerFixture({}, env)
  const examined = { PORT: String(server.port), ...env }
  expect(await examineAs('server', examined)).toEqual(['ok: Duet runs on this machine.'])
  await server.close()
  expect(await examineAs('server', examined)).toEqual(['ok: Duet does not run yet.'])
})

test('a redirect port of another program is found', async () => {
  const { file, remove } = makeCertificates('one')
  onTestFinished(remove)
  const port = String(await serveOtherProgram())
  const env = { DUET_TLS_CERT: file('one.crt'), DUET_TLS_KEY: file('one.key'), DUET_REDIRECT_PORT: port }
  expect(await examineAs('redirect port', env)).toEqual([
    expect.stringMatching(`^failed: Another program has TCP port ${port}\\..*DUET_REDIRECT_PORT`),
  ])
})
