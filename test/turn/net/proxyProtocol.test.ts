import { once } from 'node:events'
import { connect, createServer, type AddressInfo, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import { expect, onTestFinished, test } from 'vitest'
import { ProxyProtocol } from '../../../turn/net/proxyProtocol.ts'
import { makeCertificates } from '../../server/certificates.ts'
import { bindingRequest, readMappedAddress } from '../bindingClient.ts'
import { describeEngines } from '../engines.ts'
import { binaryHeader, lineHeader } from '../proxyHeaders.ts'
import { startTestServer } from '../turnFixture.ts'

function open(port: number, localAddress = '127.0.0.1'): Socket {
  const socket = connect({ port, host: '127.0.0.1', localAddress }).on('error', () => {})
  onTestFinished(() => void socket.destroy())
  return socket
}

const closed = (socket: Socket): Promise<unknown> => new Promise((resolve) => socket.resume().on('close', resolve))

describeEngines((engine) => {
  const start = async (more = {}) =>
    startTestServer({ engine, host: '127.0.0.1', proxySources: ['127.0.0.1'], ...more })

  test.each([
    ['version 1', lineHeader('203.0.113.9')],
    ['version 2', binaryHeader({ source: '203.0.113.9' })],
  ])('TURN over TCP sees the client of a header of %s', async (_, header) => {
    const turn = await start()
    const socket = open(turn.port)
    socket.write(Buffer.concat([header, bindingRequest]))
    expect(await readMappedAddress(socket)).toEqual({ ip: '203.0.113.9', port: 4711 })
  })

  test('TURN over TLS sees the client, and quotas count for the client', async () => {
    const { file, remove } = makeCertificates('one')
    const turn = await start({
      tls: { cert: file('one.crt'), key: file('one.key'), port: 0 },
      quotas: { connections: 1 },
    })
    remove()
    const through = (source: string) => {
      const raw = open(turn.tlsPort!)
      raw.write(binaryHeader({ source }))
      const socket = connectTls({ socket: raw, rejectUnauthorized: false }).on('error', () => {})
      socket.write(bindingRequest)
      return socket
    }
    expect(await readMappedAddress(through('203.0.113.9'))).toEqual({ ip: '203.0.113.9', port: 4711 })
    expect(await readMappedAddress(through('2001:db8::9'))).toEqual({ ip: '2001:db8::9', port: 4711 })
    await closed(through('203.0.113.9'))
    expect((await turn.currentCounters()).connections).toBe(2)
  })

  test('a proxy must send a header, and other clients need none', async () => {
    const turn = await start()
    const withoutHeader = open(turn.port)
    withoutHeader.write(bindingRequest)
    await closed(withoutHeader)

    const direct = open(turn.port, '127.0.0.2')
    direct.write(bindingRequest)
    expect(await readMappedAddress(direct)).toMatchObject({ ip: '127.0.0.2' })
  })

  test('connections that wait for a header close with the server', async () => {
    const turn = await start()
    const socket = open(turn.port)
    const hasClosed = closed(socket)
    socket.write('PROXY')
    await once(socket, 'connect')
    await turn.close()
    await hasClosed
  })
})

test('a connection without a whole header is closed after the timeout', async () => {
  const proxyProtocol = new ProxyProtocol(['127.0.0.1'], 10)
  const server = createServer((socket) => proxyProtocol.accept(socket, () => expect.unreachable()))
  onTestFinished(() => void server.close())
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const socket = open((server.address() as AddressInfo).port)
  socket.write('PROXY TCP4')
  await closed(socket)
})
