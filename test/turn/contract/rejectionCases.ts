import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { onTestFinished } from 'vitest'
import { unauthenticatedRequest, appendAttribute } from '../packets.ts'
import { channelNumber, peerAddress, type ContractCase } from './contractCase.ts'
import { Peer } from './peer.ts'
import type { RunningServer } from './serverUnderTest.ts'
import { ContractClient } from './contractClient.ts'

/** Cases for denied peers and unsupported features, as in turn/README.md. */

/** Returns the peers that get neither a permission nor a channel. */
async function findClosed(server: RunningServer, ips: readonly string[]): Promise<string[]> {
  const client = await ContractClient.open(server)
  await client.allocate(...(ips[0]!.includes(':') ? ([['requestedAddressFamily', 2]] as const) : []))
  const closed: string[] = []
  for (const [i, ip] of ips.entries()) {
    const peer = peerAddress({ ip, port: 9 })
    const answers = [
      await client.requestOutcome('createPermission', [peer]),
      await client.requestOutcome('channelBind', [channelNumber(0x4000 + i), peer]),
    ]
    if (answers.every((answer) => answer === 403)) closed.push(ip)
  }
  return closed
}

const reserved = ['0.0.0.0', '192.0.0.1', '192.0.2.77', '198.18.0.1', '198.51.100.1', '203.0.113.1', '240.0.0.1']
const lans = ['10.0.0.1', '100.64.0.1', '172.16.0.1', '192.168.0.1']
const multicast = ['224.0.0.1', '239.255.255.255', '255.255.255.255']
const metadata = ['169.254.169.254']
const embedded = ['::ffff:10.0.0.1', '::ffff:169.254.169.254', '::10.0.0.1', '64:ff9b::a00:1', '2002:a00:1::1']
const local6 = ['fe80::1', 'fc00::1', 'fd00:ec2::254']

const closedCase = (name: string, ips: readonly string[], rest: Partial<ContractCase>): ContractCase => ({
  name,
  run: (server) => findClosed(server, ips),
  expected: ips,
  ...rest,
})

export const rejectionCases: ContractCase[] = [
  closedCase('peers on loopback, except the allowed one', ['127.0.0.2', '127.1.1.1'], {
    coturnDefault: [],
    reason: 'the tests set `allow-loopback-peers`; without it coturn denies them',
  }),
  closedCase('peers in a LAN', lans, { coturnDefault: [], reason: 'coturn opens its operator’s network' }),
  closedCase('the metadata service of a cloud', metadata, {
    coturnDefault: [],
    reason: 'the service returns keys to any local client',
  }),
  closedCase('multicast and broadcast', multicast, { coturnDefault: [], reason: 'on without `no-multicast-peers`' }),
  closedCase('reserved and documentation addresses', reserved, {
    coturnDefault: ['0.0.0.0'],
    reason: 'no real peer has such an address',
  }),
  closedCase('IPv4 inside IPv6 (CVE-2026-27624)', embedded, {
    coturnDefault: [],
    reason: 'coturn does not check the embedded address',
    needsIpv6: true,
  }),
  closedCase('link-local and unique local IPv6', local6, {
    coturnDefault: [],
    reason: 'coturn opens its operator’s network',
    needsIpv6: true,
  }),
  closedCase('unspecified and multicast IPv6', ['::', 'ff02::1'], {
    coturnDefault: ['::'],
    reason: 'on without `no-multicast-peers`',
    needsIpv6: true,
  }),
  { name: 'a public address is allowed', run: (server) => findClosed(server, ['8.8.8.8']), expected: [] },
  {
    name: 'this machine outside of the relay ports: a packet to its database',
    run: async (server) => {
      const [client, database, peer] = [
        await ContractClient.open(server),
        await Peer.open(server.ip),
        await Peer.open(),
      ]
      await client.allocate()
      await client.requestOutcome('createPermission', [peerAddress(database.address)])
      await client.requestOutcome('createPermission', [peerAddress(peer.address)])
      client.sendTo(database.address, 'DROP TABLE')
      client.sendTo(peer.address, 'sent')
      await peer.receive()
      return database.count
    },
    expected: 0,
    coturn: 1,
    reason: 'coturn cannot open single ports of an address, and two relayed clients must connect there',
  },
  {
    name: 'two relayed clients can connect',
    run: async (server) => {
      const [near, far] = [await ContractClient.open(server), await ContractClient.open(server)]
      const [here, there] = [await near.allocate(), await far.allocate()]
      const answers = [
        await near.requestOutcome('createPermission', [peerAddress(there)]),
        await far.requestOutcome('createPermission', [peerAddress(here)]),
      ]
      near.sendTo(there, 'hello')
      return [answers, (await far.receive())[1]]
    },
    expected: [['success', 'success'], 'hello'],
  },
  {
    name: 'TCP relays (RFC 6062)',
    run: async (server) =>
      (await ContractClient.open(server, { transport: 'tcp' })).requestOutcome('allocate', [['requestedTransport', 6]]),
    expected: 442,
    coturnDefault: 'success',
    reason: 'WebRTC does not need them',
  },
  {
    name: 'SOFTWARE in an unauthenticated response',
    run: async (server) =>
      (await (await ContractClient.open(server)).requestUnauthenticated('binding')).attributes.some(
        ({ type }) => type === 0x8022,
      ),
    expected: false,
    coturnDefault: true,
    reason: 'coturn shows its version to any client',
  },
  {
    name: 'size of a Binding response in bytes',
    run: async (server) => (await (await ContractClient.open(server)).requestUnauthenticated('binding')).packet.length,
    expected: 32,
    coturn: 40,
    coturnDefault: 92,
    reason: 'MAPPED-ADDRESS, RESPONSE-ORIGIN and SOFTWARE: 4.6 bytes for each byte of an unauthenticated request',
  },
  {
    name: 'CHANGE-REQUEST (RFC 5780): a response from another port',
    run: async (server) =>
      (await ContractClient.open(server)).exchangeOutcome(
        appendAttribute(unauthenticatedRequest('binding'), 0x0003, Uint8Array.of(0, 0, 0, 2)),
      ),
    expected: 420,
    coturnDefault: 'silence',
    reason: 'coturn responds from another port, which an unauthenticated client chooses',
  },
  {
    name: 'RFC 3489: a request without the magic cookie',
    run: async (server) => {
      const socket = createSocket('udp4')
      onTestFinished(() => void socket.close())
      socket.connect(server.port, server.ip)
      await once(socket, 'connect')
      const answers: number[] = []
      socket.on('message', (answer) => answers.push(answer.readUInt32BE(4)))
      socket.send(Buffer.from(`00010000${'07'.repeat(16)}`, 'hex'))
      const question = unauthenticatedRequest('binding')
      socket.send(question)
      while (!answers.includes(0x2112a442)) await once(socket, 'message')
      return answers.length
    },
    expected: 1,
    coturnDefault: 2,
    reason: 'coturn also responds as in RFC 3489, without the cookie that identifies STUN',
  },
]
