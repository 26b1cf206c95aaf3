import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Attribute } from '../../../turn/stun/attributes.ts'
import type { Address } from '../../../turn/stun/ip.ts'
import { channelData, sendIndication } from '../packets.ts'
import { BothEngines } from './bothEngines.ts'
import { listeners, relaysOf, type Datagram } from './engineHarness.ts'

/** For the same traffic, the batch engine sends and counts the same as `node:dgram`. */

const clients: readonly Address[] = [
  { ip: '203.0.113.9', port: 10_000 },
  { ip: '203.0.113.9', port: 10_001 },
  { ip: '203.0.113.10', port: 10_000 },
  { ip: '2600::9', port: 10_000 },
]
const peers: readonly Address[] = [
  { ip: '1.2.3.4', port: 5 },
  { ip: '1.2.3.4', port: 6 },
  { ip: '4.3.2.1', port: 5 },
  { ip: '2600::1', port: 5 },
  { ip: '2600::1:0:0:1', port: 6 },
]
const channels = [0x4000, 0x4001, 0x4002]
const listenerOf = ({ ip }: Address): Address => listeners[ip.includes(':') ? 6 : 4]
const udp: Attribute = ['requestedTransport', 17]

type Step = (both: BothEngines) => void
const anyClient = fc.constantFrom(...clients)
const anyPeer = fc.constantFrom(...peers)
const anyChannel = fc.constantFrom(...channels)
const anyLength = fc.oneof(
  { weight: 5, arbitrary: fc.integer({ min: 0, max: 1500 }) },
  fc.constantFrom(0, 1, 2047, 2048, 2049, 65_503, 65_507),
)

/** One datagram of a client or of a peer. */
const media: fc.Arbitrary<(both: BothEngines) => Datagram[]> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc
      .tuple(anyClient, anyChannel, anyLength, fc.constantFrom(0, 0, 0, 0, 1, -1))
      .map(([from, channel, length, excess]) => () => [
        {
          from,
          to: listenerOf(from),
          data: channelData(channel, Buffer.alloc(length, channel), Math.max(0, length + excess)),
        },
      ]),
  },
  {
    weight: 5,
    arbitrary: fc.tuple(anyPeer, fc.nat(5), anyLength).map(([from, index, length]) => (both: BothEngines) => {
      const to = relaysOf(both.dgram).filter(({ ip }) => ip.includes(':') === from.ip.includes(':'))[index]
      return to ? [{ from, to, data: Buffer.alloc(length, index) }] : []
    }),
  },
  fc
    .tuple(anyClient, anyPeer, fc.boolean())
    .map(([from, peer, isWhole]) => () => [
      {
        from,
        to: listenerOf(from),
        data: sendIndication([
          ['xorPeerAddress', peer],
          ['data', Buffer.from('indicated')],
          ...(isWhole ? ([['dontFragment', new Uint8Array()]] as const) : []),
        ]),
      },
    ]),
  fc
    .tuple(anyClient, fc.uint8Array({ maxLength: 30 }))
    .map(([from, data]) => () => [{ from, to: listenerOf(from), data }]),
)

const burst: fc.Arbitrary<Step> = fc
  .array(media, { minLength: 1, maxLength: 100 })
  .map((all) => (both: BothEngines) => void both.receive(...all.flatMap((one) => one(both))))

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 8, arbitrary: burst },
  {
    weight: 4,
    arbitrary: fc
      .tuple(anyClient, fc.constantFrom<Attribute[]>([], [['additionalAddressFamily', 2]], [['evenPort', true]]))
      .map(
        ([client, more]) =>
          (both: BothEngines) =>
            void both.request(client, 'allocate', [udp, ...more]),
      ),
  },
  {
    weight: 6,
    arbitrary: fc.tuple(anyClient, anyPeer, anyChannel).map(
      ([client, peer, channel]) =>
        (both: BothEngines) =>
          void both.request(client, 'channelBind', [
            ['channelNumber', channel],
            ['xorPeerAddress', peer],
          ]),
    ),
  },
  fc.tuple(anyClient, anyPeer).map(
    ([client, peer]) =>
      (both: BothEngines) =>
        void both.request(client, 'createPermission', [['xorPeerAddress', peer]]),
  ),
  fc.tuple(anyClient, fc.constantFrom(0, 600), fc.constantFrom<Attribute[]>([], [['requestedAddressFamily', 2]])).map(
    ([client, lifetime, more]) =>
      (both: BothEngines) =>
        void both.request(client, 'refresh', [['lifetime', lifetime], ...more]),
  ),
  fc
    .constantFrom(1, 400, 1_000, 200_000, 299_999, 300_000, 600_000)
    .map((ms) => (both: BothEngines) => both.advance(ms)),
  fc.constant<Step>((both: BothEngines) => both.sweepExpired()),
  fc.tuple(fc.constantFrom(Infinity, 20_000, 5_000), fc.constantFrom<string[]>([], ['1.2.3.4'], ['2600::/16'])).map(
    ([bytes, denied]) =>
      (both: BothEngines) =>
        both.reconfigure(
          { bytesPerSecond: bytes, sourceBytesPerSecond: 2 * bytes, totalBytesPerSecond: 3 * bytes },
          denied,
        ),
  ),
)

test('both engines send and count the same for any traffic, expiry, reload and quota', () => {
  const relayed = { toPeers: 0, toClients: 0, overQuota: 0 }
  fc.assert(
    fc.property(fc.array(step, { minLength: 20, maxLength: 60 }), (steps) => {
      const both = new BothEngines({ bytesPerSecond: 20_000 })
      // Every client starts with a relay and a channel. So the steps change what the engine remembers.
      for (const client of clients) {
        both.request(client, 'allocate', [
          udp,
          ...(client.ip.includes(':') ? [] : ([['additionalAddressFamily', 2]] as const)),
        ])
        both.request(client, 'channelBind', [
          ['channelNumber', 0x4000],
          ['xorPeerAddress', peers[0]!],
        ])
      }
      for (const each of steps) each(both)
      const { packetsToPeers, packetsToClients, overQuota } = both.batch.counters
      relayed.toPeers += packetsToPeers
      relayed.toClients += packetsToClients
      relayed.overQuota += overQuota.bytesPerSecond + overQuota.sourceBytesPerSecond
    }),
    { numRuns: 40 },
  )
  // The property says nothing about a server that drops everything.
  expect(Math.min(relayed.toPeers, relayed.toClients, relayed.overQuota)).toBeGreaterThan(0)
})
