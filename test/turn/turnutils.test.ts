import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect } from 'vitest'
import { decode, methods, read } from '../../turn/stun/message.ts'
import { needs } from '../needs.ts'
import { makeCertificates } from '../server/certificates.ts'
import { coturnServer } from './contract/coturnServer.ts'
import { startForwarder } from './contract/forwarder.ts'
import { duetServer } from './contract/duetServer.ts'
import { hasIpv6, type RunningServer } from './contract/serverUnderTest.ts'
import {
  messageCount,
  startEchoPeer,
  startTurnutilsClient,
  type TurnutilsClient,
  type EchoPeer,
} from './contract/turnutilsClient.ts'

/** Runs coturn's client against both servers, over every supported transport. */

const test = needs('coturn', 'koffi')

/**
 * Over TLS the client reads each record as one message, even if it holds several.
 * This interval keeps one message in each record, on a busy machine too.
 * So each session sends few messages, and there are more sessions.
 */
const tls = ['-t', '-S', '-m', '12', '-n', '2', '-z', '3000']
const modes: readonly (readonly [name: string, flags: readonly string[], ipv6?: 'ipv6'])[] = [
  ['to a peer, by channels', []],
  ['to a peer, by Send indications', ['-s']],
  ['to a peer, over TCP', ['-t']],
  ['to a peer, over TCP and by Send indications', ['-t', '-s']],
  ['to a peer, over TLS', tls],
  ['to a peer, over TLS and by Send indications', [...tls, '-s']],
  ['client to client', ['-y']],
  ['client to client, by Send indications', ['-y', '-s']],
  ['client to client, over TCP', ['-y', '-t']],
  ['client to client, over TLS', [...tls, '-y']],
  ['client to client, without RTCP, by Send indications', ['-y', '-c', '-s']],
  ['with mandatory padding', ['-D']],
  ['with mandatory padding, client to client', ['-y', '-D']],
  ['with extra requests', ['-G']],
  ['with extra requests, by Send indications', ['-G', '-s']],
  ['with extra requests, client to client over TCP', ['-y', '-t', '-G']],
  ['with negative tests, client to client', ['-y', '-N']],
  ['with a requested IPv4 relay', ['-X']],
  ['with credentials computed from the secret', ['-W']],
  ['with credentials computed from the secret, client to client over TCP', ['-W', '-y', '-t']],
  ['with data of 1000 bytes', ['-l', '1000']],
  ['with IPv6 relays, client to client', ['-y', '-x'], 'ipv6'],
  ['with IPv6 relays, to an IPv6 peer', ['-x'], 'ipv6'],
  ['with IPv6 relays, over TCP, by Send indications', ['-x', '-t', '-s'], 'ipv6'],
]

const usual = ['-m', '4', '-n', `${messageCount}`]

/** Sessions times messages. Of a repeated flag, the client uses the last one. */
const sentBy = (flags: readonly string[]): number =>
  ['-m', '-n'].map((option) => Number(flags[flags.lastIndexOf(option) + 1])).reduce((sessions, each) => sessions * each)

// All clients run concurrently, because each is mostly idle: it waits up to five random seconds before its first
// message.
// So every test has the timeout of all.
describe.concurrent.each([
  ['Duet', duetServer('batch'), '31000-31999'],
  ['Duet over dgram', duetServer('dgram'), '29000-29999'],
  ['coturn', coturnServer, '24000-24999'],
] as const)('%s', (_, subject, range) => {
  const certificates = makeCertificates('here')
  let running: RunningServer
  let peers: { 4: EchoPeer; 6: EchoPeer }
  beforeAll(async () => {
    // All clients have one address, which by default may use only a quarter of the ports.
    running = await subject.start(
      { DUET_TURN_RELAY_PORTS: range, DUET_TURN_QUOTA_SOURCE: '1000' },
      { tls: { cert: certificates.file('here.crt'), key: certificates.file('here.key') } },
    )
    peers = { 4: await startEchoPeer('127.0.0.1'), 6: await startEchoPeer('::1') }
  })
  const runs = new Map<string, TurnutilsClient>()
  afterAll(async () => {
    for (const client of runs.values()) client.kill()
    await Promise.all([running.stop(), peers[4].stop(), peers[6].stop()])
    certificates.remove()
  })

  const start = (
    flags: readonly string[],
    at: Pick<RunningServer, 'ip' | 'port' | 'tlsPort'> = running,
  ): TurnutilsClient => startTurnutilsClient(at, flags.includes('-x') ? peers[6] : peers[4], flags)

  describe('turnutils_uclient loses nothing', () => {
    beforeAll(() => {
      for (const [name, flags, ipv6] of modes) if (!ipv6 || hasIpv6) runs.set(name, start([...usual, ...flags]))
    })

    for (const [name, flags, ipv6] of modes) {
      test.skipIf(ipv6 && !hasIpv6)(name, async () => {
        const { lost, sent, output } = await runs.get(name)!.result
        expect({ lost, sent }, output.slice(-1_000)).toEqual({ lost: 0, sent: sentBy([...usual, ...flags]) })
      })
    }
  })

  describe('turnutils_uclient loses nothing', () => {
    test('beside a client that corrupts every tenth message (-R)', async ({ expect }) => {
      let broken = 0
      const forwarder = await startForwarder(running, (packet) => void (isWhole(packet) || broken++))
      const noise = [['-R'], ['-R', '-s'], ['-R', '-y'], ['-R', '-y', '-s'], ['-R', '-c'], ['-R', '-c', '-y']].map(
        (flags) => start(['-m', '4', '-n', '300', ...flags], forwarder),
      )
      await expectNothingLost(expect, [['-t'], ['-y'], ['-s']], noise)
      expect(broken).toBeGreaterThan(0)
      forwarder.close()
    })

    test('beside clients that disconnect early (-B)', async ({ expect }) => {
      const rude = [['-B', '-t'], ['-B', '-t', '-y'], ['-B']].map((flags) =>
        start(['-m', '24', '-z', '1', '-n', '3000', ...flags]),
      )
      await expectNothingLost(expect, [['-t'], ['-y'], []], rude)
    })
  })

  describe('turnutils_uclient sends', () => {
    test('channel numbers up to 0x7fff, as in RFC 5766 §11; RFC 8656 §12 ends at 0x4fff', async ({ expect }) => {
      const numbers = new Set<number>()
      const forwarder = await startForwarder(running, (packet) => {
        const message = isWhole(packet) && packet[0]! < 0x40 ? decode(packet) : undefined
        if (message?.method === methods.channelBind) numbers.add(read(message, 'channelNumber')!)
      })
      const { lost } = await start(['-m', '16', '-c', '-n', '1'], forwarder).result
      forwarder.close()
      expect([lost, [...numbers].some((number) => number > 0x4fff), Math.max(...numbers) <= 0x7fff]).toEqual([
        0,
        true,
        true,
      ])
    })

    test('ADDITIONAL-ADDRESS-FAMILY with another number than RFC 8656 §18.11 (-Z)', async ({ expect }) => {
      let tell: (types: number[]) => void
      const asked = new Promise<number[]>((resolve) => (tell = resolve))
      const forwarder = await startForwarder(running, (packet) => {
        const message = packet[0]! < 0x40 ? decode(packet) : undefined
        if (message?.method === methods.allocate) tell(message.attributes.map(({ type }) => type))
      })
      const client = start(['-Z'], forwarder)
      const types = await asked
      client.kill()
      await client.result
      forwarder.close()
      expect([types.includes(0x8032), types.includes(0x8000)]).toEqual([true, false])
    })
  })

  /** Checks that clients during and after the disturbance lose nothing. */
  async function expectNothingLost(
    expects: typeof expect,
    quiet: readonly string[][],
    noise: readonly TurnutilsClient[],
  ): Promise<void> {
    const result = await Promise.all(quiet.map((flags) => start(['-m', '4', ...flags]).result))
    for (const client of noise) client.kill()
    for (const { lost, sent } of result) expects({ lost, sent }).toEqual({ lost: 0, sent: 4 * messageCount })
    await Promise.all(noise.map(({ result }) => result))
  }

  describe('turnutils_uclient gets an error for', () => {
    test.each([
      ['TCP relays (RFC 6062)', ['-T'], 'error 442'],
      ['a second channel for a peer', ['-N'], 'channel bind: error 400'],
      ['a wrong password', ['-w', 'guess'], 'Cannot complete Allocation'],
    ])('%s', async (_, flags, words) => {
      expect((await start(flags).result).output).toContain(words)
    })
  })

  test('turnutils_stunclient gets its reflexive address', async () => {
    const { stdout } = await promisify(execFile)('turnutils_stunclient', ['-p', `${running.port}`, running.ip])
    expect(stdout).toContain(`reflexive addr: ${running.ip}:`)
  })
})

function isWhole(packet: Buffer): boolean {
  try {
    return packet[0]! >= 0x40 || decode(packet) !== undefined
  } catch {
    return false
  }
}
