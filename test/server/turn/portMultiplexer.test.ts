import { X509Certificate } from 'node:crypto'
import { once } from 'node:events'
import { copyFileSync, readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { connect, type AddressInfo, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import { expect, onTestFinished, test } from 'vitest'
import { multiplexTurn } from '../../../server/turn/portMultiplexer.ts'
import { makeCertificates } from '../certificates.ts'
import { httpGet } from '../httpGet.ts'
import { openServerFixture, startServerFixture } from '../serverFixture.ts'

/** A hand-written Binding request, RFC 8489 §5. */
const binding = Buffer.from('000100002112a442747765766c65206279746573', 'hex')
const bindingSuccess = 0x0101

const env = {
  DUET_TURN: 'embedded',
  DUET_TURN_PORT: '0',
  DUET_TURN_RELAY_PORTS: '22000-22099',
  DUET_TURN_SELF_TEST: 'no',
}

async function bytes(socket: Socket, least: number): Promise<Buffer> {
  let all = Buffer.alloc(0)
  while (all.length < least) all = Buffer.concat([all, ...((await once(socket, 'data')) as Buffer[])])
  return all
}

const overTcp = async (port: number): Promise<Socket> => {
  const socket = connect(port, '127.0.0.1')
  onTestFinished(() => void socket.destroy())
  await once(socket, 'connect')
  return socket
}

const overTls = async (port: number, protocol: string): Promise<Socket> => {
  const socket = connectTls({ port, host: '127.0.0.1', rejectUnauthorized: false, ALPNProtocols: [protocol] })
  onTestFinished(() => void socket.destroy())
  await once(socket, 'secureConnect')
  return socket
}

/** The certificate settings of a server with this scheme. */
function certified(scheme: string): Record<string, string> {
  if (scheme === 'http') return {}
  const { file, remove } = makeCertificates('one')
  onTestFinished(remove)
  return { DUET_TLS_CERT: file('one.crt'), DUET_TLS_KEY: file('one.key') }
}

test.each(['http', 'https'])(
  'the %s port serves STUN and HTTP, also when the first bytes arrive one by one',
  async (scheme) => {
    const { server } = await startServerFixture({}, { ...env, ...certified(scheme) })
    const open = (protocol: string) => (scheme === 'https' ? overTls(server.port, protocol) : overTcp(server.port))

    const whole = await open('stun.turn')
    whole.write(binding)
    expect((await bytes(whole, 32)).readUInt16BE(0)).toBe(bindingSuccess)

    const cut = await open('stun.turn')
    cut.setNoDelay(true)
    for (const byte of binding) {
      cut.write(Uint8Array.of(byte))
      await new Promise((resolve) => setImmediate(resolve))
    }
    expect((await bytes(cut, 32)).readUInt16BE(0)).toBe(bindingSuccess)

    const page = await open('http/1.1')
    page.write('G')
    await new Promise((resolve) => setImmediate(resolve))
    page.write('ET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n')
    expect((await bytes(page, 20)).toString()).toMatch(/^HTTP\/1\.1 200/)
    page.write('GET /nothing HTTP/1.1\r\nHost: localhost\r\n\r\n')
    expect((await bytes(page, 20)).toString()).toMatch(/^HTTP\/1\.1 404/)
  },
)

test('bytes that are neither STUN nor HTTP get an HTTP 400', async () => {
  const { server } = await startServerFixture({}, env)
  const socket = await overTcp(server.port)
  socket.write(Buffer.from([0, 1, 2, 3, 4, 5, 6, 7, 8]))
  expect((await bytes(socket, 12)).toString()).toMatch(/^HTTP\/1\.1 400/)
})

test('without TURN a STUN request at the web port gets an HTTP 400', async () => {
  const { server } = await startServerFixture()
  const socket = await overTcp(server.port)
  socket.write(binding)
  expect((await bytes(socket, 12)).toString()).toMatch(/^HTTP\/1\.1 400/)
})

test('a connection without enough first bytes is closed after the timeout', async () => {
  const http = createServer()
  const stop = multiplexTurn(
    http,
    false,
    {
      handleConnection: () => {
        throw new Error('unexpected TURN connection')
      },
    },
    20,
  )
  http.listen(0, '127.0.0.1')
  onTestFinished(() => void http.close())
  await once(http, 'listening')
  const [silent, slow] = await Promise.all([
    overTcp((http.address() as AddressInfo).port),
    overTcp((http.address() as AddressInfo).port),
  ])
  slow.write(binding.subarray(0, 7))
  await Promise.all([silent, slow].map((socket) => once(socket.resume(), 'close')))
  stop()
})

test.each(['http', 'https'])('silent connections to the %s port do not delay close()', async (scheme) => {
  const { server } = await openServerFixture({}, { ...env, ...certified(scheme) })
  const socket = await overTcp(server.port)
  const closed = once(socket.resume(), 'close')
  await server.close()
  await closed
})

test('a reload applies a renewed certificate and its expiry metric', async () => {
  const { file, remove } = makeCertificates('one', 'two')
  onTestFinished(remove)
  const { server } = await startServerFixture({}, { DUET_TLS_CERT: file('one.crt'), DUET_TLS_KEY: file('one.key') })
  const shown = async () =>
    ((await overTls(server.port, 'http/1.1')) as ReturnType<typeof connectTls>).getPeerCertificate().fingerprint256
  const before = await shown()
  for (const ending of ['crt', 'key']) copyFileSync(file(`two.${ending}`), file(`one.${ending}`))
  server.reload({})
  expect(await shown()).not.toBe(before)
  const [, expiry] =
    /^duet_tls_certificate_expiry_seconds (\S+)$/m.exec((await httpGet(server.adminUrl!, '/metrics')).text) ?? []
  const { validTo } = new X509Certificate(readFileSync(file('two.crt')))
  expect(Number(expiry)).toBe(Date.parse(validTo) / 1000)
})
