import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { connect as connectTls, type TLSSocket } from 'node:tls'
import { expect, onTestFinished, test } from 'vitest'
import { StreamConnections } from '../../../turn/net/streamConnections.ts'
import { TlsServers } from '../../../turn/net/tls.ts'
import { readCertificate } from '../../../turn/net/certificate.ts'
import { encode } from '../../../turn/stun/encode.ts'
import { methods } from '../../../turn/stun/message.ts'
import { makeCertificates } from '../../server/certificates.ts'
import { describeEngines } from '../engines.ts'
import { startTestServer } from '../turnFixture.ts'
import { createRuntime } from './createRuntime.ts'

const binding = encode(
  { messageClass: 'request', method: methods.binding, transactionId: Buffer.from('twelve bytes') },
  [],
)

describeEngines((engine) => {
  test('an unfinished TLS handshake uses the connection quota of its own source only', async () => {
    const { file, remove } = makeCertificates('one')
    const turn = await startTestServer({
      engine,
      host: '127.0.0.1',
      tls: { cert: file('one.crt'), key: file('one.key'), port: 0 },
      quotas: { connections: 2 },
    })
    remove()
    const at = (localAddress: string) => ({ port: turn.tlsPort!, host: '127.0.0.1', localAddress })
    const idle = (): Socket => {
      const socket = connect(at('127.0.0.1')).on('error', () => {})
      onTestFinished(() => void socket.destroy())
      return socket
    }
    const first = idle()
    idle().write(Buffer.of(0x16, 0x03, 0x01))
    await expect.poll(() => turn.counters().connections).toBe(2)
    await once(idle().resume(), 'close')
    await expect.poll(() => turn.counters().overQuota.connections).toBe(1)

    const other = connectTls({ ...at('127.0.0.2'), rejectUnauthorized: false })
    onTestFinished(() => void other.destroy())
    await once(other, 'secureConnect')
    other.write(binding)
    await once(other, 'data')
    await expect.poll(() => turn.counters().connections).toBe(3)

    first.destroy()
    other.destroy()
    await expect.poll(() => turn.counters().connections).toBe(1)
  })
})

test('a flood of TLS handshakes from one address is closed without a byte of TLS; another address is served', async () => {
  const lines: string[] = []
  const note = (_fields: object, message: string): void => void lines.push(message)
  const runtime = createRuntime({ debug: note, info: note, warn: note, error: note })
  const streams = new StreamConnections(runtime, [], { burst: 20, perSecond: 0 })
  const { file, remove } = makeCertificates('one')
  onTestFinished(remove)
  const certificate = readCertificate({ cert: file('one.crt'), key: file('one.key') })
  const listener = await new TlsServers(streams, runtime.warnings, certificate).listen({ ip: '127.0.0.1', port: 0 })
  onTestFinished(() => listener.close())
  /** Resolves to the bytes of TLS that the server has sent. */
  const handshake = async (localAddress: string): Promise<{ bytes: number; tls: TLSSocket }> => {
    const socket = connect({ port: listener.address.port, host: '127.0.0.1', localAddress }).on(
      'error',
      () => undefined,
    )
    const tls = connectTls({ socket, rejectUnauthorized: false }).on('error', () => undefined)
    onTestFinished(() => void tls.destroy())
    await new Promise<void>((resolve) => void tls.on('close', resolve).on('secureConnect', resolve))
    return { bytes: socket.bytesRead, tls }
  }
  const flood = await Promise.all(Array.from({ length: 60 }, () => handshake('127.0.0.2')))
  expect(flood.filter(({ bytes }) => bytes > 0)).toHaveLength(20)
  expect([runtime.state.counters.handshakesRejected, runtime.state.counters.connections]).toEqual([40, 20])
  expect(lines).toEqual(['TLS connection rejected: too many handshakes of its network'])

  const { tls } = await handshake('127.0.0.1')
  tls.write(binding)
  await once(tls, 'data')
})
