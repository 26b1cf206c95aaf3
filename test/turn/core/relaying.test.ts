import { beforeEach, describe, expect, test } from 'vitest'
import { decode, methods, read } from '../../../turn/stun/message.ts'
import type { Address } from '../../../turn/stun/ip.ts'
import { outcome, type TurnTestClient } from '../turnTestClient.ts'
import { CoreHarness, relayIp } from '../coreHarness.ts'

const seconds = 1000
const peer = { ip: '1.2.3.4', port: 5000 }
const hello = Buffer.from('hello')
const channel = 0x4abc

let harness: CoreHarness
let turnClient: TurnTestClient
let relay: Address
beforeEach(() => {
  harness = new CoreHarness()
  turnClient = harness.client()
  relay = turnClient.allocate()
})

const permit = (to: Address = peer) => outcome(turnClient.request('createPermission', [['xorPeerAddress', to]]))
const bind = (number = channel, to: Address = peer) =>
  outcome(
    turnClient.request('channelBind', [
      ['channelNumber', number],
      ['xorPeerAddress', to],
    ]),
  )
const stay = (elapsedMs: number) => {
  harness.advance(elapsedMs)
  turnClient.freshNonce()
  turnClient.credentials = { ...turnClient.credentials }
}
const sentOut = () => harness.relayed.map(({ to, data }) => [to, Buffer.from(data).toString()])
/** Returns the data sent to the client since the last call: channel or peer, and the text. */
const cameIn = () =>
  harness.sent
    .map(({ packet }) => packet)
    .filter((packet) => packet[0]! >= 0x40 || decode(packet).method === methods.data)
    .map((packet) => {
      if (packet[0]! >= 0x40)
        return [
          Buffer.from(packet).readUInt16BE(0),
          Buffer.from(packet.subarray(4, 4 + Buffer.from(packet).readUInt16BE(2))).toString(),
        ]
      return [read(decode(packet), 'xorPeerAddress'), Buffer.from(read(decode(packet), 'data')!).toString()]
    })

describe('a Data indication', () => {
  const peer6 = { ip: '2600::1', port: 5000 }
  test.each([65_503, 65_504, 65_505, 65_507, 65_527])(
    'of %i bytes is relayed if its length fits in the header',
    (bytes) => {
      const client6 = harness.client()
      const relay6 = client6.allocate([['requestedAddressFamily', 2]])
      client6.request('createPermission', [['xorPeerAddress', peer6]])
      expect(() => harness.receiveFromPeer(relay6, Buffer.alloc(bytes), peer6)).not.toThrow()
      expect(cameIn().map(([, data]) => String(data).length)).toEqual(bytes <= 65_504 ? [bytes] : [])
      expect(harness.state.counters.dropped).toBe(bytes <= 65_504 ? 0 : 1)
    },
  )
})

test('the longest datagram of IPv4 fits in a Data indication', () => {
  permit()
  harness.receiveFromPeer(relay, Buffer.alloc(65_507), peer)
  expect(cameIn().map(([, data]) => String(data).length)).toEqual([65_507])
})

describe('a Send indication', () => {
  test('is relayed to any port of a permitted peer', () => {
    permit()
    turnClient.sendIndication([
      ['xorPeerAddress', { ...peer, port: 7 }],
      ['data', hello],
    ])
    expect(sentOut()).toEqual([[{ ...peer, port: 7 }, 'hello']])
  })
  test('is relayed to the first of two peers', () => {
    permit()
    turnClient.sendIndication([
      ['xorPeerAddress', peer],
      ['xorPeerAddress', { ...peer, port: 7 }],
      ['data', hello],
    ])
    expect(sentOut()).toEqual([[peer, 'hello']])
  })
  test('with empty DATA is relayed', () => {
    permit()
    turnClient.sendIndication([
      ['xorPeerAddress', peer],
      ['data', Buffer.alloc(0)],
    ])
    expect(sentOut()).toEqual([[peer, '']])
  })
  test('is dropped without permission, peer, DATA or port', () => {
    turnClient.sendIndication([
      ['xorPeerAddress', peer],
      ['data', hello],
    ])
    permit()
    turnClient.sendIndication([['data', hello]])
    turnClient.sendIndication([['xorPeerAddress', peer]])
    turnClient.sendIndication([
      ['xorPeerAddress', { ...peer, port: 0 }],
      ['data', hello],
    ])
    expect([sentOut(), harness.state.counters.dropped]).toEqual([[], 4])
  })
})

describe('a permission', () => {
  test('lasts 300 seconds in both directions', () => {
    permit()
    stay(300 * seconds - 1)
    harness.receiveFromPeer(relay, hello, peer)
    turnClient.sendIndication([
      ['xorPeerAddress', peer],
      ['data', hello],
    ])
    harness.advance(1)
    harness.receiveFromPeer(relay, hello, peer)
    turnClient.sendIndication([
      ['xorPeerAddress', peer],
      ['data', hello],
    ])
    expect([cameIn(), sentOut()]).toEqual([[[peer, 'hello']], [[peer, 'hello']]])
  })
  test('that is refreshed lasts 300 seconds from that time', () => {
    permit()
    stay(200 * seconds)
    permit()
    stay(299 * seconds)
    harness.receiveFromPeer(relay, hello, peer)
    expect(cameIn()).toHaveLength(1)
  })
  test('is for one address only', () => {
    permit()
    harness.receiveFromPeer(relay, hello, { ip: '1.2.3.5', port: 5000 })
    harness.receiveFromPeer(relay, hello, { ip: '1.2.3.4', port: 5001 })
    expect(cameIn()).toEqual([[{ ip: '1.2.3.4', port: 5001 }, 'hello']])
  })
  test('is installed for all peers of a request or for none', () => {
    expect(
      outcome(
        turnClient.request('createPermission', [
          ['xorPeerAddress', peer],
          ['xorPeerAddress', { ip: '127.0.0.1', port: 1 }],
        ]),
      ),
    ).toBe(403)
    harness.receiveFromPeer(relay, hello, peer)
    expect(cameIn()).toEqual([])
  })
  test('can be installed for several peers at once', () => {
    const other = { ip: '4.3.2.1', port: 1 }
    turnClient.request('createPermission', [
      ['xorPeerAddress', peer],
      ['xorPeerAddress', other],
    ])
    harness.receiveFromPeer(relay, hello, peer)
    harness.receiveFromPeer(relay, hello, other)
    expect(cameIn()).toHaveLength(2)
  })
  test('is limited to 256 addresses', () => {
    const outcomes = Array.from({ length: 257 }, (_, i) => permit({ ip: `1.2.${i >> 8}.${i & 255}`, port: 1 }))
    expect([
      outcomes.slice(0, 256).every((it) => it === 'success'),
      outcomes[256],
      permit({ ip: '1.2.0.0', port: 1 }),
    ]).toEqual([true, 508, 'success'])
  })
})

describe('a channel', () => {
  test('relays data in both directions, and installs a permission for its peer', () => {
    bind()
    turnClient.sendChannelData(channel, hello)
    harness.receiveFromPeer(relay, hello, peer)
    expect([sentOut(), cameIn()]).toEqual([[[peer, 'hello']], [[channel, 'hello']]])
  })
  test('is for one port: data from other ports arrive as indications', () => {
    bind()
    harness.receiveFromPeer(relay, hello, { ...peer, port: 9 })
    expect(cameIn()).toEqual([[{ ...peer, port: 9 }, 'hello']])
  })
  test('lasts 600 seconds, twice as long as its permission', () => {
    bind()
    turnClient.request('refresh', [['lifetime', 3600]])
    stay(300 * seconds)
    harness.receiveFromPeer(relay, hello, peer)
    turnClient.sendChannelData(channel, hello)
    stay(300 * seconds - 1)
    turnClient.sendChannelData(channel, hello)
    harness.advance(1)
    turnClient.sendChannelData(channel, hello)
    expect([cameIn(), sentOut().length]).toEqual([[], 2])
  })
  test('that is bound again is refreshed', () => {
    bind()
    turnClient.request('refresh', [['lifetime', 3600]])
    stay(500 * seconds)
    expect(bind()).toBe('success')
    stay(500 * seconds)
    turnClient.sendChannelData(channel, hello)
    expect(sentOut()).toHaveLength(1)
  })
  test('that has expired can be bound to another peer, and its peer to another channel', () => {
    bind()
    turnClient.request('refresh', [['lifetime', 3600]])
    stay(600 * seconds)
    expect([bind(channel, { ...peer, port: 9 }), bind(channel + 1, peer)]).toEqual(['success', 'success'])
    harness.receiveFromPeer(relay, hello, peer)
    harness.receiveFromPeer(relay, hello, { ...peer, port: 9 })
    expect(cameIn().map(([number]) => number)).toEqual([channel + 1, channel])
  })
  test('that is rejected installs no permission', () => {
    bind(channel, peer)
    expect(bind(channel, { ip: '5.6.7.8', port: 1 })).toBe(400)
    harness.receiveFromPeer(relay, hello, { ip: '5.6.7.8', port: 1 })
    expect(cameIn()).toEqual([])
  })
  test('is limited to 256 for each allocation', () => {
    const outcomes = Array.from({ length: 257 }, (_, i) => bind(0x4000 + i, { ...peer, port: 1 + i }))
    expect([
      outcomes.slice(0, 256).every((it) => it === 'success'),
      outcomes[256],
      bind(0x4000, { ...peer, port: 1 }),
    ]).toEqual([true, 508, 'success'])
  })
  test('ends with its allocation', () => {
    bind()
    turnClient.request('refresh', [['lifetime', 0]])
    turnClient.allocate()
    turnClient.sendChannelData(channel, hello)
    expect(sentOut()).toEqual([])
  })
  test.each([0x4000, 0x4fff, 0x7fff])('may have the number %i', (number) => {
    expect(bind(number)).toBe('success')
    turnClient.sendChannelData(number, hello)
    expect(sentOut()).toHaveLength(1)
  })
})

describe('ChannelData', () => {
  beforeEach(() => void bind())
  test('has the length of its header; later bytes are padding', () => {
    turnClient.sendChannelData(channel, Buffer.from('hello!!!'), 5)
    expect(sentOut()).toEqual([[peer, 'hello']])
  })
  test('with a length above its packet is dropped', () => {
    turnClient.sendChannelData(channel, hello, 6)
    expect(sentOut()).toEqual([])
  })
  test('of an unbound channel is dropped', () => {
    turnClient.sendChannelData(channel + 1, hello)
    expect(sentOut()).toEqual([])
  })
  test('is padded to four bytes with zeros on a stream', () => {
    const streamer = harness.client({ transport: 'tcp' })
    const there = streamer.allocate()
    streamer.request('channelBind', [
      ['channelNumber', channel],
      ['xorPeerAddress', peer],
    ])
    harness.receiveFromPeer(there, hello, peer)
    expect([...harness.sent.at(-1)!.packet]).toEqual([0x4a, 0xbc, 0, 5, ...hello, 0, 0, 0])
  })
})

describe('two relayed clients', () => {
  test('can connect at a relay address in a closed range', () => {
    const other = harness.client({ name: 'bob' })
    const there = other.allocate()
    expect([permit(there), bind(channel, there)]).toEqual(['success', 'success'])
    turnClient.sendChannelData(channel, hello)
    expect(sentOut()).toEqual([[there, 'hello']])
  })
  test('cannot reach other ports of this machine', () => {
    const database = { ip: relayIp, port: 5432 }
    expect([permit(database), bind(channel, database)]).toEqual(['success', 403])
    turnClient.sendIndication([
      ['xorPeerAddress', database],
      ['data', hello],
    ])
    harness.receiveFromPeer(relay, hello, database)
    expect([sentOut(), cameIn()]).toEqual([[], []])
  })
  test('behind a NAT connect at local addresses when they use the advertised ones', () => {
    const nat = new CoreHarness({
      chooseRelayAddress: () => ({ local: '10.0.0.2', advertised: '8.8.8.8' }),
      peerRules: { isOwnAddress: (ip) => ip === '10.0.0.2' },
    })
    const [near, far] = [nat.client(), nat.client()]
    const [here, there] = [near.allocate(), far.allocate()]
    expect([
      here.ip,
      outcome(
        near.request('channelBind', [
          ['channelNumber', channel],
          ['xorPeerAddress', there],
        ]),
      ),
    ]).toEqual(['8.8.8.8', 'success'])
    expect(outcome(near.request('createPermission', [['xorPeerAddress', { ip: '10.0.0.2', port: there.port }]]))).toBe(
      403,
    )
    near.sendChannelData(channel, hello)
    expect(nat.relayed.map(({ to }) => to)).toEqual([{ ip: '10.0.0.2', port: there.port }])
    nat.receiveFromPeer(here, hello, { ip: '10.0.0.2', port: there.port })
    expect(nat.sent.at(-1)!.packet[0]).toBe(channel >> 8)
    far.request('createPermission', [['xorPeerAddress', here]])
    nat.receiveFromPeer(there, hello, { ip: '10.0.0.2', port: here.port })
    expect(read(decode(nat.sent.at(-1)!.packet), 'xorPeerAddress')).toEqual(here)
  })
})
