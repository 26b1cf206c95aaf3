import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import { expect, onTestFinished, test } from 'vitest'
import { encode } from '../../../turn/stun/encode.ts'
import { methods } from '../../../turn/stun/message.ts'
import { makeCertificates } from '../../server/certificates.ts'
import { describeEngines } from '../engines.ts'
import { startTestServer } from '../turnFixture.ts'

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
