import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { expect, onTestFinished, test } from 'vitest'
import type { TurnOptions } from '../../../turn/index.ts'
import { localAddresses } from '../../../turn/common/localAddresses.ts'
import { describeEngines } from '../engines.ts'
import { startTestServer } from '../turnFixture.ts'

describeEngines((engine) => {
  /** Returns the log lines of the server's self-test. */
  async function selfTestLog(options: Partial<TurnOptions>): Promise<string[]> {
    const lines: string[] = []
    const logged = new Promise<void>((resolve) => {
      const note = ({ reason = '' }: { reason?: string }, message: string): void => {
        if (!message.startsWith('self-test')) return
        lines.push(`${message} ${reason}`.trim())
        resolve()
      }
      void startTestServer({
        engine,
        allowPeers: [],
        selfTest: true,
        log: { debug() {}, info: note, warn: note, error: note },
        ...options,
      }).then((turn) => {
        onTestFinished(() => expect.poll(() => turn.counters().allocations).toBe(0))
      })
    })
    await logged
    await new Promise((resolve) => setImmediate(resolve))
    return lines
  }

  test('the self-test of a working server passes', async () => {
    expect(await selfTestLog({})).toEqual(['self-test passed'])
  })

  test('the self-test passes with listed users and no secret', async () => {
    expect(await selfTestLog({ secrets: [], users: new Map([['anna', 'north']]) })).toEqual(['self-test passed'])
  })

  test('the self-test passes when the external IP is forwarded to this server', async () => {
    const inside = localAddresses().find(({ ip, isLoopback }) => !isLoopback && !ip.includes(':'))?.ip ?? '127.0.0.1'
    const relayPorts = [24_100, 24_105] as const
    for (let port = relayPorts[0]; port <= relayPorts[1]; port++) await startRouter('127.0.0.9', inside, port)
    expect(await selfTestLog({ externalIp: `127.0.0.9/${inside}`, relayPorts })).toEqual(['self-test passed'])
  })

  /** Forwards one port, like a NAT router. */
  async function startRouter(outside: string, inside: string, port: number): Promise<void> {
    const [front, back] = [createSocket('udp4').bind(port, outside), createSocket('udp4')]
    onTestFinished(() => void (front.close(), back.close()))
    front.on('message', (packet) => back.send(packet, port, inside))
    await once(front, 'listening')
  }

  test('the self-test passes when the external IP is the listening address', async () => {
    expect(await selfTestLog({ host: '127.0.0.1', externalIp: '127.0.0.1' })).toEqual(['self-test passed'])
  })

  test('the self-test reports an external IP of another machine', async () => {
    // 240/4 is reserved and not routed, so no packet leaves this machine.
    expect((await selfTestLog({ externalIp: '240.0.0.9' })).at(-1)).toMatch(
      /no packet returned through 240\.0\.0\.9.*The external IP is wrong/,
    )
  })

  test('the self-test reports relay ports that are exhausted or in use', async () => {
    const holder = createSocket('udp4').bind({ port: 24_001, exclusive: true })
    onTestFinished(() => void holder.close())
    await once(holder, 'listening')
    expect((await selfTestLog({ relayPorts: [24_001, 24_001] })).join()).toMatch(
      /fails at allocate: 508 .*no relay port left/,
    )
  })

  test('a closing server logs no self-test result, and selfTest: false runs no test', async () => {
    const lines: string[] = []
    const note = (_: object, message: string): void => void lines.push(message)
    const log = { debug() {}, info: note, warn: note, error: note }
    await (await startTestServer({ engine, selfTest: true, log })).close()
    const quiet = await startTestServer({ engine, log })
    expect([lines.filter((line) => line.startsWith('self-test')), quiet.counters().allocated]).toEqual([[], 0])
  })
})
