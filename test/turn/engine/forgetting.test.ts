import { expect, test } from 'vitest'
import type { Attribute } from '../../../turn/stun/attributes.ts'
import { channelData } from '../packets.ts'
import { BothEngines } from './bothEngines.ts'
import { listeners, relaysOf, type Datagram } from './engineHarness.ts'

/** After a packet each way, the engine remembers a client, its channel and its peer. It must forget them with the core. */

const [client, peer] = [
  { ip: '203.0.113.9', port: 10_000 },
  { ip: '1.2.3.4', port: 5 },
]
const udp: Attribute = ['requestedTransport', 17]
const bind: Attribute[] = [
  ['channelNumber', 0x4000],
  ['xorPeerAddress', peer],
]

/** @param more attributes of the Allocate */
function connected(more: readonly Attribute[] = []) {
  const both = new BothEngines()
  both.request(client, 'allocate', [udp, ...more])
  both.request(client, 'channelBind', bind)
  const relay = relaysOf(both.dgram)[0]!
  const toPeer: Datagram = { from: client, to: listeners[4], data: channelData(0x4000, Buffer.from('to the peer')) }
  const toClient: Datagram = { from: peer, to: relay, data: Buffer.from('to the client') }
  /** Returns the number of packets to the peer and to the client. */
  const exchange = (): number[] => [toPeer, toClient].map((datagram) => both.receive(datagram).length)
  for (let i = 0; i < 3; i++) expect(exchange()).toEqual([1, 1])
  return { both, exchange }
}

test('a denied peer gets and sends nothing after a reload', () => {
  const { both, exchange } = connected()
  both.reconfigure({}, ['1.2.3.0/24'])
  expect(exchange()).toEqual([0, 0])
})

test('a smaller byte quota holds at once after a reload', () => {
  const { both, exchange } = connected()
  both.reconfigure({ bytesPerSecond: 1 }, [])
  expect(exchange()).toEqual([0, 0])
})

test('a deleted allocation relays nothing (Refresh with a lifetime of 0)', () => {
  const { both, exchange } = connected()
  both.request(client, 'refresh', [['lifetime', 0]])
  expect(exchange()).toEqual([0, 0])
  expect(both.batch.kernel.bound).toHaveLength(2)
})

test.each([
  ['permission', 300_000, [1, 0]],
  ['channel', 600_000, [0, 0]],
] as const)('an expired %s relays as RFC 8656 says, before the sweep and after it', (_, ms, expected) => {
  const { both, exchange } = connected()
  both.request(client, 'refresh', [['lifetime', 3600]])
  both.advance(ms)
  expect(exchange()).toEqual(expected)
  both.sweepExpired()
  expect(exchange()).toEqual(expected)
})

test('an expired allocation relays nothing, before the sweep and after it', () => {
  const { both, exchange } = connected()
  both.advance(600_000)
  expect(exchange()).toEqual([0, 0])
  both.sweepExpired()
  expect([exchange(), both.batch.kernel.bound.length]).toEqual([[0, 0], 2])
})

test.each<[string, Attribute[], Attribute[]]>([
  ['allocation', [], []],
  ['relay of one family', [['additionalAddressFamily', 2]], [['requestedAddressFamily', 2]]],
])('an expired %s relays nothing, although its permission and its channel would live longer', (_, more, refreshed) => {
  const { both, exchange } = connected(more)
  both.advance(400_000)
  both.request(client, 'channelBind', bind)
  if (refreshed.length > 0) both.request(client, 'refresh', refreshed)
  expect(exchange()).toEqual([1, 1])
  both.advance(200_000)
  expect(exchange()).toEqual([0, 0])
  both.sweepExpired()
  expect([exchange(), both.batch.kernel.bound.length]).toEqual([[0, 0], 2 + refreshed.length])
})

test('a new allocation on the same 5-tuple has none of the old channels', () => {
  const { both, exchange } = connected()
  both.request(client, 'refresh', [['lifetime', 0]])
  both.request(client, 'allocate', [udp])
  expect(exchange()).toEqual([0, 0])
})

test('a channel number that is bound to another peer goes to that peer', () => {
  const { both } = connected()
  both.request(client, 'refresh', [['lifetime', 3600]])
  both.advance(600_000)
  const other = { ip: '4.3.2.1', port: 7 }
  both.request(client, 'channelBind', [
    ['channelNumber', 0x4000],
    ['xorPeerAddress', other],
  ])
  const data = channelData(0x4000, Buffer.from('to the other peer'))
  expect(both.receive({ from: client, to: listeners[4], data }).map(({ to }) => to)).toEqual([
    expect.objectContaining(other),
  ])
})
