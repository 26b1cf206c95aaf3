import { randomBytes } from 'node:crypto'
import type { Socket } from 'node:dgram'
import { once } from 'node:events'
import { checkUrl } from './checkServer.ts'
import type { CoreRules } from '../core/serverState.ts'
import type { RelayAddress } from '../core/types.ts'
import { makeCredentials } from '../core/credentials.ts'
import { describeBindError } from '../net/bindAddresses.ts'
import { createUdpSocket } from '../net/udpSocket.ts'
import type { Transport } from '../common/options.ts'
import { familyOf, type Address } from '../stun/ip.ts'

/** Options of `selfTest`. */
export interface SelfTestOptions {
  readonly rules: Pick<CoreRules, 'secrets' | 'users' | 'chooseRelayAddress'>
  /** Takes a free relay port of a local address, and gives it back. */
  readonly ports: { take(ip: string): number | undefined; release(ip: string, port: number): void }
  /** The address that clients connect to. */
  readonly at: Address
  readonly transports: readonly Transport[]
  readonly timeoutMs?: number
}

/** Tests a running server as a client. Returns one message for the operator per failure; empty on success. */
export async function selfTest(options: SelfTestOptions): Promise<string[]> {
  const { rules, ports, at, transports, timeoutMs = 3000 } = options
  const { secrets, users, chooseRelayAddress } = rules
  const [username = '', credential = ''] = [...users][0] ?? []
  const credentials =
    secrets[0] === undefined
      ? { username, credential }
      : makeCredentials(secrets[0], 'self-test', Math.floor(Date.now() / 1000) + 60)
  const host = at.ip.includes(':') ? `[${at.ip}]` : at.ip
  const results = await Promise.all(
    transports.map((transport) =>
      checkUrl(`turn:${host}:${at.port}?transport=${transport}`, credentials, { timeoutMs }),
    ),
  )
  const failures = results.flatMap(({ url, failed }) =>
    failed ? [`${url} fails at ${failed.name}: ${failed.detail}`] : [],
  )
  const relay = chooseRelayAddress(at.ip, familyOf(at.ip))
  const isBehindNat = relay !== undefined && relay.local !== relay.advertised
  return isBehindNat ? [...failures, ...(await testExternalIp(ports, relay, timeoutMs))] : failures
}

/** Relays reach each other at local addresses. So only a packet to the public address tests its route. */
async function testExternalIp(
  ports: SelfTestOptions['ports'],
  { local, advertised }: RelayAddress,
  timeoutMs: number,
): Promise<string[]> {
  const port = ports.take(local)
  if (port === undefined) return ['no relay port is left']
  const [near, far] = [createUdpSocket(familyOf(local), 1 << 16), createUdpSocket(familyOf(local), 1 << 16)]
  try {
    await Promise.all([bind(near, local, port), bind(far, local, 0)])
    return (await waitForLoopback(near, far, { ip: advertised, port }, timeoutMs))
      ? []
      : [
          `no packet returned through ${advertised}, UDP port ${port}. ` +
            'The external IP is wrong, or the router does not forward the relay ports. ' +
            'A router without NAT hairpinning also fails this test; ' +
            'then "npm run turn -- check" succeeds from another network',
        ]
  } catch (error) {
    return [`relay port ${port} of ${local}: ${describeBindError(error)}`]
  } finally {
    near.close()
    far.close()
    ports.release(local, port)
  }
}

async function bind(socket: Socket, ip: string, port: number): Promise<void> {
  const bound = once(socket, 'listening')
  socket.bind({ address: ip, port, exclusive: true })
  await bound
}

/** Repeats the packet until it arrives, because it is UDP. */
async function waitForLoopback(near: Socket, far: Socket, to: Address, timeoutMs: number): Promise<boolean> {
  const payload = randomBytes(32)
  // Send errors are ignored: such a packet does not return either.
  const send = (): void => far.send(payload, to.port, to.ip, () => {})
  const resendTimer = setInterval(send, 200)
  let timeoutTimer: NodeJS.Timeout | undefined
  return new Promise<boolean>((resolve) => {
    near.on('message', (data) => data.equals(payload) && resolve(true))
    timeoutTimer = setTimeout(() => resolve(false), timeoutMs)
    send()
  }).finally(() => {
    clearInterval(resendTimer)
    clearTimeout(timeoutTimer)
  })
}
