import { describe, expect, test } from 'vitest'
import type { Attribute } from '../../../turn/stun/attributes.ts'
import { read } from '../../../turn/stun/message.ts'
import { resolveQuotas, defaultQuotas } from '../../../turn/core/quotas.ts'
import { parseRestId, createRestId } from '../../../turn/core/credentials.ts'
import { readCounters } from '../../../turn/net/lifecycle.ts'
import { outcome, type TurnTestClient } from '../turnTestClient.ts'
import { CoreHarness } from '../coreHarness.ts'

const seconds = 1000
const udp: Attribute = ['requestedTransport', 17]
const peer = { ip: '1.2.3.4', port: 5000 }
const at = (ip: string, port = 1000) => ({ remote: { ip, port } })

describe('allocations', () => {
  test('of one user are limited from any address, independent of other users', () => {
    const harness = new CoreHarness({ quotas: { user: 1 } })
    harness.client(at('9.9.9.1')).allocate()
    expect(outcome(harness.client(at('9.9.9.2')).request('allocate', [udp]))).toBe(486)
    expect(outcome(harness.client({ name: 'bob' }).request('allocate', [udp]))).toBe('success')
    expect(harness.state.counters.overQuota.user).toBe(1)
  })

  test.each([
    ['9.9.9.9', '9.9.9.9', '9.9.9.8'],
    ['2600:1:2:3::1', '2600:1:2:3:ffff::2', '2600:1:2:4::1'],
  ])('from one source are limited for all users: %s and %s share a quota, %s does not', (first, same, other) => {
    const harness = new CoreHarness({ quotas: { source: 1 } })
    harness.client(at(first)).allocate()
    expect(outcome(harness.client({ name: 'bob', ...at(same, 2000) }).request('allocate', [udp]))).toBe(486)
    expect(outcome(harness.client(at(other)).request('allocate', [udp]))).toBe('success')
    expect(harness.state.counters.overQuota.source).toBe(1)
  })

  test('are limited in total, and a deleted one frees its place', () => {
    const harness = new CoreHarness({ quotas: { total: 2 } })
    const first = harness.client()
    first.allocate()
    harness.client({ name: 'bob' }).allocate()
    const third = harness.client({ name: 'cleo' })
    expect([outcome(third.request('allocate', [udp])), harness.state.counters.overQuota.total]).toEqual([508, 1])
    first.request('refresh', [['lifetime', 0]])
    expect(outcome(third.request('allocate', [udp]))).toBe('success')
  })

  test('count while their sockets are being bound', () => {
    const harness = new CoreHarness({ quotas: { user: 1 } })
    const [one, two] = [harness.client(), harness.client()]
    one.nonce()
    two.nonce()
    harness.isBindDelayed = true
    one.request('allocate', [udp])
    expect(outcome(two.request('allocate', [udp]))).toBe(486)
  })

  test('include reserved ports that are not claimed', () => {
    const harness = new CoreHarness({ quotas: { user: 3 } })
    const turnClient = harness.client()
    const pair = () => {
      const answer = outcome(turnClient.request('allocate', [udp, ['evenPort', true]]))
      turnClient.request('refresh', [['lifetime', 0]])
      return answer
    }
    expect([pair(), pair(), pair()]).toEqual(['success', 'success', 486])
    harness.advance(30 * seconds)
    harness.sweepExpired()
    expect([harness.state.allocationCounts.total, pair()]).toEqual([0, 'success'])
  })

  test('that claim a reserved port count for the claiming address', () => {
    const harness = new CoreHarness({ quotas: { user: 2 } })
    const answer = harness.client(at('9.9.9.1')).request('allocate', [udp, ['evenPort', true]])!
    harness.client(at('9.9.9.2')).allocate([['reservationToken', read(answer, 'reservationToken')!]])
    expect(harness.state.allocationCounts.byNetwork).toEqual(
      new Map([
        ['9.9.9.1', 1],
        ['9.9.9.2', 1],
      ]),
    )
  })
})

describe('in an allocation', () => {
  test('permissions are limited, and a request above the limit installs none', () => {
    const harness = new CoreHarness({ quotas: { permissions: 2 } })
    const turnClient = harness.client()
    const relay = turnClient.allocate()
    const permit = (...ips: string[]) =>
      outcome(
        turnClient.request(
          'createPermission',
          ips.map((ip) => ['xorPeerAddress', { ip, port: 1 }]),
        ),
      )
    expect([
      permit('1.1.1.1'),
      permit('1.1.1.2', '1.1.1.3'),
      permit('1.1.1.1', '1.1.1.2', '1.1.1.2'),
      permit('1.1.1.3'),
    ]).toEqual(['success', 508, 'success', 508])
    harness.receiveFromPeer(relay, Uint8Array.of(1), { ip: '1.1.1.3', port: 1 })
    expect([harness.state.counters.dropped, harness.state.counters.overQuota.permissions]).toEqual([1, 2])
  })

  test('channels are limited', () => {
    const harness = new CoreHarness({ quotas: { channels: 1 } })
    const turnClient = harness.client()
    turnClient.allocate()
    const bind = (number: number) =>
      outcome(
        turnClient.request('channelBind', [
          ['channelNumber', number],
          ['xorPeerAddress', { ...peer, port: number }],
        ]),
      )
    expect([bind(0x4000), bind(0x4001), bind(0x4000), harness.state.counters.overQuota.channels]).toEqual([
      'success',
      508,
      'success',
      1,
    ])
  })

  test('bytes per second are limited for Send and channels in both directions together, and reset each second', () => {
    const harness = new CoreHarness({ quotas: { bytesPerSecond: 100 } })
    const turnClient = harness.client()
    const relay = turnClient.allocate()
    turnClient.request('channelBind', [
      ['channelNumber', 0x4000],
      ['xorPeerAddress', peer],
    ])
    const before = harness.sent.length
    const relayed = () => [harness.relayed.length, harness.sent.length - before]
    turnClient.sendChannelData(0x4000, Buffer.alloc(40))
    turnClient.sendIndication([
      ['xorPeerAddress', peer],
      ['data', Buffer.alloc(40)],
    ])
    harness.receiveFromPeer(relay, Buffer.alloc(20), peer)
    expect(relayed()).toEqual([2, 1])
    turnClient.sendChannelData(0x4000, Buffer.alloc(1))
    turnClient.sendIndication([
      ['xorPeerAddress', peer],
      ['data', Buffer.alloc(1)],
    ])
    harness.receiveFromPeer(relay, Buffer.alloc(1), peer)
    expect([relayed(), harness.state.counters.overQuota.bytesPerSecond, harness.state.counters.dropped]).toEqual([
      [2, 1],
      3,
      3,
    ])
    harness.advance(1 * seconds)
    turnClient.sendChannelData(0x4000, Buffer.alloc(100))
    expect(relayed()).toEqual([3, 1])
  })
})

describe('a guest', () => {
  const guest = (harness: CoreHarness, socket: string, ip: string, address = ip) =>
    harness.client({
      name: createRestId('s', { userClass: 'guest', socketId: socket, network: address }),
      remote: { ip, port: 1000 + port++ },
    })
  const seat = (harness: CoreHarness, socket: string, ip: string, address = ip) =>
    harness.client({
      name: createRestId('s', { userClass: 'seat', socketId: socket, network: address }),
      remote: { ip, port: 1000 + port++ },
    })
  let port = 0
  const allocate = (turnClient: TurnTestClient) => outcome(turnClient.request('allocate', [udp]))
  const several = (count: number, make: (i: number) => TurnTestClient) =>
    Array.from({ length: count }, (_, i) => allocate(make(i)))
  const got = (outcomes: readonly unknown[]): number => outcomes.filter((each) => each === 'success').length

  test('has four allocations, even with new credentials of its socket; a seat has more', () => {
    const harness = new CoreHarness()
    expect(several(6, () => guest(harness, 'one', '9.9.9.9'))).toEqual([...Array<string>(4).fill('success'), 486, 486])
    expect(allocate(guest(harness, 'two', '9.9.9.9'))).toBe('success')
    expect(several(20, () => seat(harness, 'one', '9.9.9.9'))).toEqual(Array(20).fill('success'))
    expect(harness.state.counters.overQuota.guest).toBe(2)
  })

  test.each([
    ['one IPv4 address', 32, () => '9.9.9.9'],
    ['one IPv6 /64', 32, (i: number) => `2600:1:2:3::${i}`],
    ['one IPv6 /48', 64, (i: number) => `2600:1:2:${i}::1`],
  ])('shares the quota of %s with its other guests: %i', (_, quota, ip) => {
    const harness = new CoreHarness({ relayPorts: [50_000, 50_999] })
    expect(got(several(200, (i) => guest(harness, `s${i}`, ip(i))))).toBe(quota)
    expect(harness.state.counters.overQuota.guestSource).toBe(200 - quota)
    expect(allocate(guest(harness, 'other', '9.9.9.8'))).toBe('success')
    expect(allocate(seat(harness, 'seated', ip(0)))).toBe('success')
  })

  test('counts for the network that received its credentials, from any address', () => {
    const harness = new CoreHarness({ relayPorts: [50_000, 50_999] })
    expect(got(several(100, (i) => guest(harness, `s${i}`, `9.9.${i}.1`, '203.0.113.9')))).toBe(32)
  })

  test('cannot use the half of the ports and of the total that is reserved for seats', () => {
    const ports = new CoreHarness({ relayPorts: [50_000, 50_099] })
    expect(got(several(100, (i) => guest(ports, `s${i}`, `9.9.${i}.1`)))).toBe(50)
    expect([ports.state.counters.errorResponses[508], ports.state.counters.overQuota.reservedPercent]).toEqual([50, 50])
    expect(got(several(60, (i) => seat(ports, `s${i}`, `9.8.${i}.1`)))).toBe(50)
    const total = new CoreHarness({ quotas: { total: 10, reservedPercent: 30 } })
    expect([
      got(several(9, (i) => guest(total, `s${i}`, `9.9.${i}.1`))),
      got(several(9, (i) => seat(total, `s${i}`, `9.8.${i}.1`))),
    ]).toEqual([7, 3])
  })

  test('gets a 508 while seats use more than the share of guests', () => {
    const harness = new CoreHarness({ relayPorts: [50_000, 50_099] })
    several(50, (i) => seat(harness, `s${i}`, `9.8.${i}.1`))
    expect(allocate(guest(harness, 'late', '9.9.9.9'))).toBe(508)
  })

  test('counts by its class, and a deleted allocation frees its place', () => {
    const harness = new CoreHarness()
    const turnClient = guest(harness, 'one', '9.9.9.9')
    turnClient.allocate()
    seat(harness, 'one', '9.9.9.9').allocate()
    expect(readCounters(harness.state)).toMatchObject({
      allocations: 2,
      guestAllocations: 1,
      allocated: 2,
      guestAllocated: 1,
    })
    turnClient.request('refresh', [['lifetime', 0]])
    expect([
      readCounters(harness.state).guestAllocations,
      harness.state.allocationCounts.guestTotal,
      harness.state.allocationCounts.guestsByNetwork.size,
    ]).toEqual([0, 0, 0])
  })
})

describe('a REST id of another program', () => {
  test.each(['anna', 'seat', 'guest', 'guest-', 'guests-are-welcome', '', 'seat-x.', '1:guest-x.y'])(
    '%j has the class full and no network',
    (id) => {
      expect(parseRestId(id)).toEqual({ userClass: 'seat' })
    },
  )

  test('differs from an id of createRestId, whose class and network are parsed', () => {
    const address = '2001:db8::/64'
    const [guest, seat] = (['guest', 'seat'] as const).map((userClass) =>
      parseRestId(createRestId('s', { userClass, socketId: 'a-b_c', network: address })),
    )
    expect([guest!.userClass, seat!.userClass, guest!.networkTag === seat!.networkTag]).toEqual(['guest', 'seat', true])
    expect(parseRestId(createRestId('s', { userClass: 'guest', socketId: 'abc', network: undefined }))).toEqual({
      userClass: 'guest',
    })
  })
})

describe('quotas of one network', () => {
  test('are a quarter of a small port range, a sixteenth for guests, and at least four', () => {
    const of = (ports: number, chosen = {}) => {
      const { source, guestSource } = resolveQuotas([50_000, 49_999 + ports], chosen)
      return [source, guestSource]
    }
    expect([of(16_384), of(1000), of(100), of(10)]).toEqual([
      [1024, 32],
      [250, 32],
      [25, 6],
      [4, 4],
    ])
    expect([of(1000, { total: 200 }), of(1000, { source: 900, guestSource: 9 })]).toEqual([
      [50, 12],
      [900, 9],
    ])
  })

  test('allow 80 calls whose 160 pages are all in that network', () => {
    const [urls, networks] = [3, 2]
    expect(defaultQuotas.source).toBeGreaterThanOrEqual(80 * 2 * urls * networks)
    expect(defaultQuotas.total * (defaultQuotas.reservedPercent / 100)).toBeGreaterThanOrEqual(
      80 * 2 * urls * networks * 2,
    )
    const bytesOfCall = (4 * 4_000_000) / 8
    expect([
      defaultQuotas.totalBytesPerSecond >= 80 * bytesOfCall,
      defaultQuotas.sourceBytesPerSecond >= 20 * bytesOfCall,
      defaultQuotas.sourceBytesPerSecond <= defaultQuotas.totalBytesPerSecond / 4,
    ]).toEqual([true, true, true])
  })
})

describe('bytes per second', () => {
  /** Creates a client that sends this many bytes on a channel. */
  function sender(harness: CoreHarness, ip: string): (bytes: number) => boolean {
    const turnClient = harness.client({ remote: { ip, port: 1000 + harness.state.allocations.size } })
    turnClient.allocate()
    turnClient.request('channelBind', [
      ['channelNumber', 0x4000],
      ['xorPeerAddress', peer],
    ])
    return (bytes) => {
      const before = harness.relayed.length
      turnClient.sendChannelData(0x4000, Buffer.alloc(bytes))
      return harness.relayed.length > before
    }
  }

  test('are limited for all allocations of one source, and refill', () => {
    const harness = new CoreHarness({ quotas: { sourceBytesPerSecond: 1000 } })
    const [one, two, other] = [sender(harness, '9.9.9.9'), sender(harness, '9.9.9.9'), sender(harness, '9.9.9.8')]
    expect([one(600), two(600), two(400), one(1), other(1000)]).toEqual([true, false, true, false, true])
    harness.advance(500)
    expect([one(501), one(500), harness.state.counters.overQuota.sourceBytesPerSecond]).toEqual([false, true, 3])
  })

  test('of an IPv6 /48 have twice the limit of a /64', () => {
    const harness = new CoreHarness({ quotas: { sourceBytesPerSecond: 1000 } })
    const senders = [1, 2, 3].map((i) => sender(harness, `2600:1:2:${i}::1`))
    expect(senders.map((send) => send(900))).toEqual([true, true, false])
    expect(sender(harness, '2600:1:3:1::1')(900)).toBe(true)
  })

  test('are limited in total', () => {
    const harness = new CoreHarness({ quotas: { totalBytesPerSecond: 1000 } })
    const [one, two] = [sender(harness, '9.9.9.9'), sender(harness, '9.9.9.8')]
    expect([one(600), two(600), harness.state.counters.overQuota.totalBytesPerSecond]).toEqual([true, false, 1])
    harness.advance(1000)
    expect([two(1000), one(1)]).toEqual([true, false])
  })

  test('do not reset with a new allocation, and full meters are deleted', () => {
    const harness = new CoreHarness({ quotas: { sourceBytesPerSecond: 1000 } })
    expect(sender(harness, '9.9.9.9')(1000)).toBe(true)
    for (const allocation of [...harness.state.allocations.values()]) harness.closeClient(allocation.fiveTuple)
    harness.sweepExpired()
    const next = sender(harness, '9.9.9.9')
    expect(next(100)).toBe(false)
    for (const allocation of [...harness.state.allocations.values()]) harness.closeClient(allocation.fiveTuple)
    harness.advance(1000)
    harness.sweepExpired()
    expect(harness.state.meters.size).toBe(0)
  })

  test.each([0, Infinity])('without a limit are not counted (reload from %d)', (before) => {
    const harness = new CoreHarness({
      quotas: { bytesPerSecond: Infinity, sourceBytesPerSecond: before || 1, totalBytesPerSecond: before || 1 },
    })
    const send = sender(harness, '9.9.9.9')
    send(1000)
    harness.state.configure({
      ...harness.state.rules,
      quotas: { ...harness.state.rules.quotas, sourceBytesPerSecond: Infinity, totalBytesPerSecond: Infinity },
    })
    expect(Array.from({ length: 10 }, () => send(60_000))).toEqual(Array(10).fill(true))
    harness.state.configure({
      ...harness.state.rules,
      quotas: { ...harness.state.rules.quotas, sourceBytesPerSecond: 1000 },
    })
    harness.advance(1000)
    expect([send(1000), send(1)]).toEqual([true, false])
  })
})
