import { execFile, spawn } from 'node:child_process'
import { createSocket, type Socket } from 'node:dgram'
import { once } from 'node:events'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect } from 'vitest'
import { startTurn, type Turn } from '../../turn/index.ts'
import { localAddresses } from '../../turn/net/addresses.ts'
import { needs } from '../needs.ts'
import { login, secret } from './line.ts'

/** coturn's own clients, as Debian packages them, against our server. */
const test = needs('coturn')
const run = promisify(execFile)
const messages = 20
const hasIpv6 = localAddresses().some(({ ip }) => ip.includes(':'))

let turn: Turn
let peerPort: number
let stopPeer: () => void

beforeAll(async () => {
  turn = await startTurn({ port: 0, relayPorts: [51_000, 51_999], realm: 'test', secrets: [secret], allowPeers: ['127.0.0.1/32'], quotas: { user: 200 } })
  ;({ port: peerPort, stop: stopPeer } = await startPeer())
})

afterAll(async () => {
  stopPeer()
  await turn.close()
})

const { username, credential } = login()
const uclient = (...flags: string[]) =>
  run('turnutils_uclient', [...flags, '-p', `${turn.port}`, '-e', '127.0.0.1', '-r', `${peerPort}`, '-n', `${messages}`, '127.0.0.1'])

describe.concurrent('turnutils_uclient loses nothing', () => {
  test.each([
    ['to a peer, by channels', []],
    ['to a peer, by Send indications', ['-s']],
    ['to a peer, over TCP', ['-t']],
    ['to a peer, over TCP and by Send indications', ['-t', '-s']],
    ['from client to client', ['-y']],
    ['from client to client, over TCP', ['-y', '-t']],
    ['from client to client, without RTCP, by Send indications', ['-y', '-c', '-s']],
    ['with mandatory padding', ['-y', '-D']],
    ['with extra requests', ['-y', '-G']],
    ['with negative tests', ['-y', '-N']],
    // Not -Z: coturn 4.6 numbers ADDITIONAL-ADDRESS-FAMILY as a draft did, not as RFC 8656 §18.8.
    ...(hasIpv6 ? ([['with IPv6 relays', ['-y', '-x']]] as const) : []),
  ] as const)('%s', async (_, flags) => {
    expect(totals((await uclient('-u', username, '-w', credential, ...flags)).stdout)).toEqual({ lost: 0, missing: 0, isIdle: false })
  })

  test('with credentials that it makes from the secret', async () => {
    expect(totals((await uclient('-u', 'anna', '-W', secret, '-y', '-c')).stdout)).toEqual({ lost: 0, missing: 0, isIdle: false })
  })
})

describe('turnutils_uclient is refused', () => {
  test('TCP relays (RFC 6062)', async () => {
    expect((await uclient('-u', username, '-w', credential, '-T').catch((error: { stdout: string }) => error)).stdout).toContain('error 442')
  })

  test('with a wrong password', async () => {
    expect((await uclient('-u', username, '-w', 'guess', '-y').catch((error: { stdout: string }) => error)).stdout).toContain('Cannot complete Allocation')
  })
})

test('turnutils_stunclient learns its address', async () => {
  expect((await run('turnutils_stunclient', ['-p', `${turn.port}`, '127.0.0.1'])).stdout).toMatch(/reflexive addr: 127\.0\.0\.1:\d+/)
})

/** The last of the reports that it prints each second. */
function totals(output: string) {
  const [, sent = NaN, received = NaN] = [...output.matchAll(/tot_send_msgs=(\d+), tot_recv_msgs=(\d+)/g)].at(-1)?.map(Number) ?? []
  return { lost: Number(/Total lost packets (\d+)/.exec(output)?.[1] ?? NaN), missing: sent - received, isIdle: sent < messages }
}

/** turnutils_peer on two ports in a row, for RTP and RTCP, once it echoes. */
async function startPeer(): Promise<{ port: number; stop: () => void }> {
  const port = await freePair()
  const child = spawn('turnutils_peer', ['-p', `${port}`, '-L', '127.0.0.1'], { stdio: 'ignore' })
  const probe = createSocket('udp4')
  const again = setInterval(() => probe.send('anybody there?', port + 1, '127.0.0.1'), 20)
  await once(probe, 'message')
  clearInterval(again)
  probe.close()
  return { port, stop: () => void child.kill() }
}

async function freePair(): Promise<number> {
  for (;;) {
    const first = await bound(0)
    const { port } = first.address()
    const second = await bound(port + 1).catch(() => undefined)
    first.close()
    second?.close()
    if (second) return port
  }
}

async function bound(port: number): Promise<Socket> {
  const socket = createSocket('udp4').bind(port, '127.0.0.1')
  await once(socket, 'listening')
  return socket
}
