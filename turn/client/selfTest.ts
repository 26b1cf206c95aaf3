import { randomBytes } from 'node:crypto'
import type { Socket } from 'node:dgram'
import { once } from 'node:events'
import { checkUrl } from './checkServer.ts'
import type { RelayAddress } from '../core/types.ts'
import { makeCredentials } from '../core/credentials.ts'
import { bindWords } from '../net/bindAddresses.ts'
import type { Shell } from '../net/turnRuntime.ts'
import { udpSocket } from '../net/udpSocket.ts'
import type { Transport } from '../common/options.ts'
import { familyOf, type Address } from '../stun/ip.ts'

export interface SelfTest {
  readonly shell: Shell
  /** Where a client would ask. */
  readonly at: Address
  readonly transports: readonly Transport[]
  readonly patienceMs?: number
}

/** What is wrong with a server that runs, in words for its owner; nothing, if nothing is. */
export async function selfTest({ shell, at, transports, patienceMs = 3000 }: SelfTest): Promise<string[]> {
  const { secrets, users, relayAddress } = shell.core.rules
  const [username = '', credential = ''] = [...users][0] ?? []
  const login = secrets[0] === undefined ? { username, credential } : makeCredentials(secrets[0], 'self-test', Math.floor(Date.now() / 1000) + 60)
  const host = at.ip.includes(':') ? `[${at.ip}]` : at.ip
  const results = await Promise.all(transports.map((transport) => checkUrl(`turn:${host}:${at.port}?transport=${transport}`, login, { patienceMs })))
  const failures = results.flatMap(({ url, failed }) => (failed ? [`${url} fails at ${failed.name}: ${failed.detail}`] : []))
  const relay = relayAddress(at.ip, familyOf(at.ip))
  const isBehindNat = relay !== undefined && relay.local !== relay.advertised
  return isBehindNat ? [...failures, ...(await goRound(shell, relay, patienceMs))] : failures
}

/** Our relays meet inside, so that only a packet to the public address tells whether that leads here. */
async function goRound(shell: Shell, { local, advertised }: RelayAddress, patienceMs: number): Promise<string[]> {
  const { ports } = shell.core
  const port = ports.take(local, 'any', new Set())
  if (port === undefined) return ['no relay port is left']
  const [near, far] = [udpSocket(familyOf(local), 1 << 16), udpSocket(familyOf(local), 1 << 16)]
  try {
    await Promise.all([bind(near, local, port), bind(far, local, 0)])
    return (await comesBack(near, far, { ip: advertised, port }, patienceMs)) ? [] : [
      `nothing comes back through ${advertised}, UDP port ${port}: the external IP is wrong, or the router does not forward the relay ports, `
      + 'or it does not lead its own network back in (then "npm run turn -- check" from elsewhere will succeed)',
    ]
  } catch (error) {
    return [`relay port ${port} of ${local}: ${bindWords(error)}`]
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

/** Sent again until it comes: it is UDP. */
async function comesBack(near: Socket, far: Socket, to: Address, patienceMs: number): Promise<boolean> {
  const payload = randomBytes(32)
  // What the system refuses to send will not come back either.
  const send = (): void => far.send(payload, to.port, to.ip, () => {})
  const again = setInterval(send, 200)
  let deadline: NodeJS.Timeout | undefined
  return new Promise<boolean>((resolve) => {
    near.on('message', (data) => data.equals(payload) && resolve(true))
    deadline = setTimeout(() => resolve(false), patienceMs)
    send()
  }).finally(() => {
    clearInterval(again)
    clearTimeout(deadline)
  })
}
