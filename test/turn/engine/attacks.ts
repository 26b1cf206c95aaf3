import { randomBytes } from 'node:crypto'
import type { CoreRules } from '../../../turn/core/serverState.ts'
import { encode } from '../../../turn/stun/encode.ts'
import { methods, type Message } from '../../../turn/stun/message.ts'
import type { Attribute } from '../../../turn/stun/attributes.ts'
import type { Address } from '../../../turn/stun/ip.ts'
import { settledMemory } from '../../heap.ts'
import { deniedPeers } from '../deniedPeers.ts'
import {
  appendAttribute,
  authenticatedRequest,
  channelData,
  createTransactionId,
  outcome,
  readErrorCode,
  sendIndication,
  unauthenticatedRequest,
} from '../packets.ts'
import { countDescriptors, type AttackedServer } from './attackedServer.ts'

/** An attack over real sockets. The result must be the same on each engine. */
export interface Attack {
  readonly name: string
  readonly rules?: Partial<CoreRules>
  run(server: AttackedServer): Promise<unknown>
  readonly expected: unknown
}

const udp: Attribute = ['requestedTransport', 17]
const hello = Buffer.from('hello')
const channelNumber = 0x4000
/** Packets that certainly fit into the receive buffer of a listener and of a relay. */
const burstPackets = 64
const storms = 100_000

/** The address number `index` of 127.16.0.0/12. */
const sourceIp = (index: number): string => `127.${16 + ((index >> 16) & 15)}.${(index >> 8) & 255}.${index & 255}`

/** A port below 1024, where no other test listens. */
const unusedPort = (index: number): number => 1 + (index % 1000)

const header = (messageClass: Message['messageClass'], method: keyof typeof methods) =>
  ({ messageClass, method: methods[method], transactionId: createTransactionId() }) as const

const withWrongCredentials = (method: 'allocate' | 'refresh'): Uint8Array =>
  authenticatedRequest(method, [udp], { username: '9999999999:x', credential: 'wrong', nonce: 'x' })

const sendTo = (peer: Address, data: Uint8Array = hello): Uint8Array =>
  sendIndication([
    ['xorPeerAddress', peer],
    ['data', data],
  ])

/** A client with a relay, and a channel to a peer. One packet each way has passed. */
async function connect(server: AttackedServer, ip = '127.1.0.1') {
  const [client, peer] = [server.client(ip), server.peer('127.4.0.1')]
  const relay = await server.allocate(client)
  await server.bind(client, channelNumber, peer)
  const exchange = async (data: Uint8Array = hello): Promise<number[]> => {
    const [clients, peers] = [server.toClients.length, server.toPeers.length]
    server.send(client, channelData(channelNumber, data))
    server.forged.send(peer, relay, data)
    await server.until(() => server.toClients.length > clients && server.toPeers.length > peers)
    return [server.toPeers.at(-1)!.data.length, server.toClients.at(-1)!.data.length]
  }
  for (let i = 0; i < 3; i++) await exchange()
  for (const received of [server.toClients, server.toPeers]) received.length = 0
  return { client, peer, relay, exchange }
}

/** Sends packets in bursts, and waits after each until the server has handled it. */
async function storm(count: number, send: (index: number) => void, settle: () => Promise<void>): Promise<void> {
  for (let index = 0; index < count; index++) {
    send(index)
    if (index % burstPackets === burstPackets - 1) await settle()
  }
  await settle()
}

/** Returns whether the memory grows with the packets of a storm, and the number of descriptors that it leaves open. */
async function growthOf(server: AttackedServer, attack: (from: number, count: number) => Promise<void>) {
  await attack(0, storms / 10)
  server.toClients.length = 0
  const [before, descriptors] = [await settledMemory(), countDescriptors()]
  await attack(storms / 10, storms)
  server.toClients.length = 0
  const after = await settledMemory()
  return {
    isHeapFlat: (after.heap - before.heap) / storms < 10,
    isExternalFlat: (after.external - before.external) / storms < 10,
    descriptors: countDescriptors() - descriptors,
  }
}
const flat = { isHeapFlat: true, isExternalFlat: true, descriptors: 0 }

/** Packets that must never get a response, and never be relayed. The client has a channel. */
function malformedPackets(peer: Address): Uint8Array[] {
  const allocate = authenticatedRequest('allocate', [udp], { username: '1:x', credential: 'x', nonce: 'x' })
  const indication = sendTo(peer)
  const wrongLength = Buffer.from(indication)
  wrongLength.writeUInt16BE(500, wrongLength.length - 10)
  const prefixes = [allocate, indication, channelData(channelNumber, hello)].flatMap((packet) =>
    Array.from({ length: packet.length }, (_, length) => packet.subarray(0, length)),
  )
  return [
    ...prefixes,
    wrongLength,
    Buffer.concat([indication, hello]),
    channelData(channelNumber, hello, 6),
    channelData(channelNumber, hello, 0xffff),
    channelData(0x4001, hello),
    channelData(0x7fff, hello),
    encode(header('success', 'allocate'), []),
    encode(header('success', 'binding'), []),
    encode(header('error', 'allocate'), [['errorCode', { code: 401, reason: '' }]]),
    encode(header('indication', 'binding'), []),
    encode(header('indication', 'data'), [
      ['xorPeerAddress', peer],
      ['data', hello],
    ]),
    sendIndication([['xorPeerAddress', peer]]),
    sendIndication([['data', hello]]),
    appendAttribute(indication, 0x7abc, Buffer.alloc(4)),
    ...[0x80, 0xc0, 0xff].map((byte) => Buffer.alloc(100, byte)),
    ...Array.from({ length: 100 }, (_, length) => randomBytes(length)).filter((bytes) => (bytes[0] ?? 0) >= 0x80),
  ]
}

export const attacks: readonly Attack[] = [
  {
    name: 'requests from port 0 get no response and cause no error',
    async run(server) {
      for (const packet of [
        unauthenticatedRequest('binding'),
        unauthenticatedRequest('allocate'),
        withWrongCredentials('allocate'),
        channelData(channelNumber, hello),
      ])
        server.send({ ip: '127.3.0.1', port: 0 }, packet)
      await server.settle()
      const { dropped, errorResponses } = server.runtime.state.counters
      return [dropped, errorResponses, server.warnings]
    },
    expected: [0, {}, []],
  },
  {
    name: 'a peer at port 0 reaches no client',
    async run(server) {
      const { relay, peer } = await connect(server)
      for (const data of [hello, Buffer.alloc(0), unauthenticatedRequest('binding')])
        server.forged.send({ ...peer, port: 0 }, relay, data)
      await server.settleRelay(relay, peer)
      return [server.toClients.length, server.runtime.state.counters.dropped, server.warnings]
    },
    expected: [0, 3, []],
  },
  {
    name: 'a forged source gets 1,000 errors of 160 bytes and 5,000 Binding responses of 32 bytes at most',
    async run(server) {
      const victim = server.client('127.5.0.1')
      const requests = [
        unauthenticatedRequest('allocate'),
        unauthenticatedRequest('refresh'),
        withWrongCredentials('allocate'),
        withWrongCredentials('refresh'),
        appendAttribute(unauthenticatedRequest('binding'), 0x7abc, Buffer.alloc(4)),
      ]
      const binding = unauthenticatedRequest('binding')
      await storm(
        3000,
        (i) => server.send(victim, requests[i % requests.length]!),
        () => server.settle(),
      )
      const errors = server.toClients.splice(0)
      await storm(
        8000,
        () => server.send(victim, binding),
        () => server.settle(),
      )
      const bindings = server.toClients.splice(0)
      return [
        errors.length,
        // Requests of `settle` may share the limit.
        bindings.length <= 5000 && bindings.length > 4500,
        Math.max(...bindings.map(({ data }) => data.length)),
        Math.max(...errors.map(({ data }) => data.length)) <= 160,
      ]
    },
    expected: [1000, true, 32, true],
  },
  {
    name: 'malformed packets of a client without an allocation get no response and are dropped',
    async run(server) {
      const packets = malformedPackets(server.peer('127.4.0.1'))
      await storm(
        packets.length,
        (i) => server.send(server.client('127.1.0.1'), packets[i]!),
        () => server.settle(),
      )
      const { dropped } = server.runtime.state.counters
      // A Binding indication is a valid keepalive.
      return [server.toClients.length, server.toPeers.length, packets.length - dropped, server.warnings]
    },
    expected: [0, 0, 1, []],
  },
  {
    name: 'malformed packets of a client with a channel get no response and relay nothing',
    async run(server) {
      const { client, peer, exchange } = await connect(server)
      const packets = malformedPackets(peer)
      const before = server.runtime.state.counters.dropped
      await storm(
        packets.length,
        (i) => server.send(client, packets[i]!),
        () => server.settle(),
      )
      const dropped = server.runtime.state.counters.dropped - before
      return [
        server.toClients.length,
        server.toPeers.length,
        packets.length - dropped,
        server.warnings,
        await exchange(),
      ]
    },
    expected: [0, 0, 1, [], [5, 9]],
  },
  {
    name: 'a length beyond the packet reveals no bytes of earlier packets',
    async run(server) {
      const [{ client }, other] = [await connect(server), await connect(server, '127.1.0.2')]
      for (let i = 0; i < 300; i++) await other.exchange(Buffer.alloc(1000, 'secret'))
      server.toPeers.length = 0
      for (const claimed of [6, 100, 1000, 0xffff])
        for (let i = 0; i < burstPackets; i++) server.send(client, channelData(channelNumber, hello, claimed))
      await server.settle()
      return server.toPeers.length
    },
    expected: 0,
  },
  {
    name: 'a client that guesses the 5-tuple of another cannot use its channel',
    async run(server) {
      const { client, peer, exchange } = await connect(server)
      const guesses: Address[] = [
        ...Array.from({ length: 1000 }, (_, i) => ({ ...client, port: 1 + ((client.port + i) % 65_535) })),
        ...Array.from({ length: 1000 }, (_, i) => ({ ...client, ip: sourceIp(i) })),
      ].filter(({ ip, port }) => ip !== client.ip || port !== client.port)
      const packets = [channelData(channelNumber, hello), sendTo(peer)]
      await storm(
        2 * guesses.length,
        (i) => server.send(guesses[i >> 1]!, packets[i & 1]!),
        () => server.settle(),
      )
      return [server.toPeers.length, await exchange()]
    },
    expected: [0, [5, 9]],
  },
  {
    name: 'a request from the server’s own address ends after one response',
    async run(server) {
      for (const packet of [unauthenticatedRequest('binding'), unauthenticatedRequest('allocate')])
        server.send(server.address, packet)
      for (let i = 0; i < 3; i++) await server.settle()
      const { dropped, errorResponses } = server.runtime.state.counters
      return [dropped, errorResponses]
    },
    expected: [2, { 401: 1 }],
  },
  {
    name: 'a request from a relay’s address sends its response to no client',
    async run(server) {
      const { relay, peer } = await connect(server)
      for (let i = 0; i < 10; i++) server.send(relay, unauthenticatedRequest('binding'))
      await server.settle()
      await server.settleRelay(relay, peer)
      return [server.toClients.length, server.runtime.state.counters.dropped]
    },
    expected: [0, 10],
  },
  {
    name: 'relays that relay to themselves and to each other send each packet once',
    async run(server) {
      const clients = ['127.1.0.1', '127.1.0.2'].map((ip) => server.client(ip))
      const relays = [await server.allocate(clients[0]!), await server.allocate(clients[1]!)]
      for (const [i, client] of clients.entries()) {
        await server.bind(client, 0x4000, relays[i]!)
        await server.bind(client, 0x4001, relays[1 - i]!)
      }
      for (const client of clients)
        for (const channel of [0x4000, 0x4001]) server.send(client, channelData(channel, hello))
      await server.until(() => server.toClients.length >= 4)
      for (let i = 0; i < 3; i++) await server.settle()
      const { packetsToPeers, packetsToClients, dropped } = server.runtime.state.counters
      return [server.toClients.length, packetsToPeers, packetsToClients, dropped]
    },
    expected: [4, 4, 4, 0],
  },
  {
    name: 'a relay answers no STUN',
    async run(server) {
      const { relay, peer } = await connect(server)
      for (const ip of ['127.4.0.1', '127.4.0.2', '127.8.0.1'])
        for (const packet of [unauthenticatedRequest('binding'), unauthenticatedRequest('allocate')])
          server.forged.send({ ip, port: peer.port }, relay, packet)
      await server.settleRelay(relay, peer)
      return [server.toPeers.length, server.toClients.length, server.runtime.state.counters.dropped]
    },
    expected: [0, 2, 4],
  },
  {
    name: 'forged ICMP errors stop no relaying and cause no error',
    async run(server) {
      const { client, peer, relay, exchange } = await connect(server)
      const lengths: number[][] = []
      for (const code of [0, 1, 2, 3, 4, 10, 13])
        for (const [sender, destination] of [
          [server.address, client],
          [relay, peer],
          [relay, { ip: '127.4.9.9', port: 9 }],
        ] as const) {
          server.forged.sendUnreachable(code, sender, destination)
          lengths.push(await exchange(Buffer.alloc(1000)))
        }
      const { dropped } = server.runtime.state.counters
      return [lengths.filter(([toPeer, toClient]) => toPeer !== 1000 || toClient !== 1004), dropped, server.warnings]
    },
    expected: [[], 0, []],
  },
  {
    name: 'denied peers get no channel and no packet, in any form of their address',
    rules: { peerRules: { isOwnAddress: () => false } },
    async run(server) {
      const client = server.client('127.1.0.1')
      await server.allocate(client, ['additionalAddressFamily', 2])
      const channels: string[] = []
      for (const [i, [, ip]] of deniedPeers.entries()) {
        const peer = server.peer(ip)
        // Loopback gets a permission here, for the relay ports only.
        await server.request(client, 'createPermission', [['xorPeerAddress', peer]])
        if (outcome(await server.bind(client, 0x4000 + i, peer)) === 'success') channels.push(ip)
        server.send(client, sendTo(peer))
        server.send(client, channelData(0x4000 + i, hello))
      }
      await server.settle()
      return [channels, server.toPeers.length, server.runtime.state.counters.packetsToPeers]
    },
    expected: [[], 0, 0],
  },
  {
    name: 'at the server’s own address, its own listener and other ports are denied',
    async run(server) {
      const client = server.client('127.1.0.1')
      const relay = await server.allocate(client)
      const targets = [server.address, server.peer(relay.ip), { ip: relay.ip, port: 22 }]
      // Permissions have no port.
      await server.request(client, 'createPermission', [['xorPeerAddress', relay]])
      const answers = []
      for (const [i, target] of targets.entries()) {
        answers.push(outcome(await server.bind(client, 0x4000 + i, target)))
        server.send(client, sendTo(target, unauthenticatedRequest('binding')))
        server.send(client, channelData(0x4000 + i, unauthenticatedRequest('binding')))
      }
      await server.settle()
      return [answers, server.toPeers.length, server.toClients.length, server.runtime.state.counters.packetsToPeers]
    },
    expected: [[403, 403, 403], 0, 0, 0],
  },
  {
    name: '100,000 unauthenticated packets from 100,000 addresses leave no state, no descriptor and no memory',
    async run(server) {
      const packets = [
        unauthenticatedRequest('allocate', [udp]),
        withWrongCredentials('allocate'),
        unauthenticatedRequest('binding'),
        channelData(channelNumber, hello),
        sendTo(server.peer('127.4.0.1')),
        Buffer.alloc(100, 0x97),
      ]
      const growth = await growthOf(server, (from, count) =>
        storm(
          count,
          (i) => {
            const port = i % 2 === 0 ? server.clientPort : unusedPort(i)
            server.send({ ip: sourceIp(from + i), port }, packets[i % packets.length]!)
          },
          async () => {
            await server.settle()
            server.toClients.length = 0
          },
        ),
      )
      return [growth, server.tableSizes, server.toPeers.length]
    },
    expected: [flat, Array(7).fill(0), 0],
  },
  {
    name: '100,000 packets from 100,000 peers without a permission reach no client and leave no memory',
    async run(server) {
      const { relay, peer, exchange } = await connect(server)
      let reached = 0
      const growth = await growthOf(server, (from, count) =>
        storm(
          count,
          (i) => server.forged.send({ ip: sourceIp(from + i), port: unusedPort(i) }, relay, hello),
          async () => {
            await server.settleRelay(relay, peer)
            reached += server.toClients.length
          },
        ),
      )
      return [growth, reached, server.toPeers.length, await exchange()]
    },
    expected: [flat, 0, 0, [5, 9]],
  },
  {
    name: '3,000 allocations and pairs, created and deleted, leave no state and no descriptor',
    async run(server) {
      const client = server.client('127.1.0.1')
      const shapes: Attribute[][] = [[], [['evenPort', false]], [['additionalAddressFamily', 2]], [['evenPort', true]]]
      const failures: unknown[] = []
      const cycle = async (i: number): Promise<void> => {
        const answer = await server.request(client, 'allocate', [udp, ...shapes[i % shapes.length]!])
        if (readErrorCode(answer) !== undefined) failures.push(readErrorCode(answer))
        await server.bind(client, channelNumber, server.peer('127.4.0.1'))
        server.send(client, channelData(channelNumber, hello))
        await server.request(client, 'refresh', [['lifetime', 0]])
        if (i % shapes.length < shapes.length - 1) return
        // A reservation ends after 30 s.
        server.now += 30_000
        server.runtime.sweepExpired(server.now)
        server.toPeers.length = 0
      }
      for (let i = 0; i < 100; i++) await cycle(i)
      const descriptors = countDescriptors()
      for (let i = 0; i < 3000; i++) await cycle(i)
      await server.until(() => countDescriptors() <= descriptors)
      // A meter is kept until its byte quota is free again.
      server.now += 60_000
      server.runtime.sweepExpired(server.now)
      return [failures, server.tableSizes, server.warnings.filter((text) => !text.includes('port unavailable'))]
    },
    expected: [[], Array(7).fill(0), []],
  },
]
