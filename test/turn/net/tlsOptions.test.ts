import { once } from 'node:events'
import { copyFileSync } from 'node:fs'
import { connect, type ConnectionOptions, type TLSSocket } from 'node:tls'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { startTurn, type TurnServer } from '../../../turn/index.ts'
import { makeCertificates } from '../../server/certificates.ts'
import { openServerFixture, type ServerFixture } from '../../server/serverFixture.ts'

const weak = { ciphers: 'DEFAULT@SECLEVEL=0' }

/** Opens a connection. Rejects when the handshake fails. */
async function open(port: number, options: ConnectionOptions = {}): Promise<TLSSocket> {
  const socket = connect({ port, host: '127.0.0.1', rejectUnauthorized: false, ...options })
  onTestFinished(() => void socket.destroy())
  await once(socket, 'secureConnect')
  return socket
}

/** Resolves to the error of a renegotiation (RFC 5246 §7.4.1.1). */
const renegotiate = (socket: TLSSocket): Promise<unknown> =>
  new Promise((resolve) => {
    socket.on('error', resolve)
    socket.renegotiate({}, (error) => resolve(error ?? 'renegotiated'))
  })

const certificates = makeCertificates('one')
const files = { cert: certificates.file('one.crt'), key: certificates.file('one.key') }
let [web, turn] = [{} as ServerFixture, {} as TurnServer]
beforeAll(async () => {
  web = await openServerFixture({}, { DUET_TLS_CERT: files.cert, DUET_TLS_KEY: files.key })
  turn = await startTurn({
    host: '127.0.0.1',
    port: 0,
    relayPorts: [61_000, 61_099],
    realm: 'test',
    secrets: ['a secret of this test'],
    tls: { ...files, port: 0 },
    engine: 'dgram',
  })
})
afterAll(async () => {
  await web.close()
  await turn.close()
  certificates.remove()
})

describe.each([
  ['the web port', () => web.server.port],
  ['the TLS port of TURN', () => turn.tlsPort!],
])('%s', (_, portOf) => {
  test.each<[name: string, options: ConnectionOptions]>([
    ['TLS 1.0', { minVersion: 'TLSv1', maxVersion: 'TLSv1', ...weak }],
    ['TLS 1.1', { minVersion: 'TLSv1.1', maxVersion: 'TLSv1.1', ...weak }],
    // CVE-2022-40735: one ClientHello took 134 ms of CPU.
    ['only the group ffdhe8192', { ecdhCurve: 'ffdhe8192' }],
    ['only the group ffdhe2048', { ecdhCurve: 'ffdhe2048' }],
    ['only the group P-521', { ecdhCurve: 'P-521' }],
    ['only finite field Diffie-Hellman in TLS 1.2', { maxVersion: 'TLSv1.2', ciphers: 'DHE' }],
  ])('rejects a client with %s', async (_name, options) => {
    await expect(open(portOf(), options)).rejects.toThrow(/alert|ECONNRESET/)
  })

  test.each<[name: string, options: ConnectionOptions]>([
    ['TLS 1.3 and X25519', { minVersion: 'TLSv1.3', ecdhCurve: 'X25519' }],
    ['TLS 1.3 and P-256', { minVersion: 'TLSv1.3', ecdhCurve: 'P-256' }],
    ['TLS 1.2 and P-256', { maxVersion: 'TLSv1.2', ecdhCurve: 'P-256' }],
    ['TLS 1.3 and a key share that the server rejects at first', { minVersion: 'TLSv1.3', ecdhCurve: 'P-521:P-256' }],
  ])('accepts a client with %s', async (_name, options) => {
    expect((await open(portOf(), options)).getProtocol()).toMatch(/^TLSv1\.[23]$/)
  })

  test('closes a connection that renegotiates', async () => {
    const socket = await open(portOf(), { maxVersion: 'TLSv1.2' })
    expect(await renegotiate(socket)).toBeInstanceOf(Error)
  })

  test.each(['TLSv1.2', 'TLSv1.3'] as const)('resumes a session of %s', async (version) => {
    const options = { minVersion: version, maxVersion: version }
    const first = await open(portOf(), options)
    // TLS 1.3 sends its tickets after the handshake.
    const session = version === 'TLSv1.3' ? ((await once(first, 'session')) as [Buffer])[0] : first.getSession()
    expect((await open(portOf(), { ...options, session })).isSessionReused()).toBe(true)
  })
})

test('a renewed certificate keeps the options', async () => {
  const renewed = makeCertificates('one')
  onTestFinished(renewed.remove)
  const env = { DUET_TLS_CERT: files.cert, DUET_TLS_KEY: files.key }
  for (const kind of ['crt', 'key']) copyFileSync(renewed.file(`one.${kind}`), certificates.file(`one.${kind}`))
  const fingerprint = async (port: number) => (await open(port)).getPeerCertificate().fingerprint256
  for (const [port, reload] of [
    [web.server.port, () => web.server.reload(env)],
    [turn.tlsPort!, () => turn.reload({})],
  ] as const) {
    const before = await fingerprint(port)
    reload()
    await expect.poll(() => fingerprint(port)).not.toBe(before)
    await expect(open(port, { ecdhCurve: 'ffdhe2048' })).rejects.toThrow(/alert/)
    expect(await renegotiate(await open(port, { maxVersion: 'TLSv1.2' }))).toBeInstanceOf(Error)
  }
})
