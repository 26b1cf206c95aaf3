import { describe, expect, test } from 'vitest'
import type { Attribute } from '../../../turn/stun/attributes.ts'
import { read } from '../../../turn/stun/message.ts'
import { quotasFor, usualQuotas } from '../../../turn/core/quotas.ts'
import { readRestId, restIdOf } from '../../../turn/core/credentials.ts'
import { count } from '../../../turn/net/lifecycle.ts'
import { outcome, type Asker } from '../asker.ts'
import { Desk } from '../desk.ts'

const seconds = 1000
const udp: Attribute = ['requestedTransport', 17]
const peer = { ip: '1.2.3.4', port: 5000 }
const at = (ip: string, port = 1000) => ({ remote: { ip, port } })

describe('allocations', () => {
  test('of one user are limited wherever they come from, and others have theirs', () => {
    const desk = new Desk({ quotas: { user: 1 } })
    desk.client(at('9.9.9.1')).allocate()
    expect(outcome(desk.client(at('9.9.9.2')).ask('allocate', [udp]))).toBe(486)
    expect(outcome(desk.client({ name: 'bob' }).ask('allocate', [udp]))).toBe('success')
    expect(desk.core.counters.overQuota.user).toBe(1)
  })

  test.each([['9.9.9.9', '9.9.9.9', '9.9.9.8'], ['2600:1:2:3::1', '2600:1:2:3:ffff::2', '2600:1:2:4::1']])(
    'from one source are limited whoever asks: %s and %s are one, %s is another', (first, same, other) => {
      const desk = new Desk({ quotas: { source: 1 } })
      desk.client(at(first)).allocate()
      expect(outcome(desk.client({ name: 'bob', ...at(same, 2000) }).ask('allocate', [udp]))).toBe(486)
      expect(outcome(desk.client(at(other)).ask('allocate', [udp]))).toBe('success')
      expect(desk.core.counters.overQuota.source).toBe(1)
    })

  test('are limited in all, and free again when one goes', () => {
    const desk = new Desk({ quotas: { total: 2 } })
    const first = desk.client()
    first.allocate()
    desk.client({ name: 'bob' }).allocate()
    const third = desk.client({ name: 'cleo' })
    expect([outcome(third.ask('allocate', [udp])), desk.core.counters.overQuota.total]).toEqual([508, 1])
    first.ask('refresh', [['lifetime', 0]])
    expect(outcome(third.ask('allocate', [udp]))).toBe('success')
  })

  test('count while their sockets open', () => {
    const desk = new Desk({ quotas: { user: 1 } })
    const [one, two] = [desk.client(), desk.client()]
    one.nonce()
    two.nonce()
    desk.isSlow = true
    one.ask('allocate', [udp])
    expect(outcome(two.ask('allocate', [udp]))).toBe(486)
  })

  test('cannot be had for nothing as reserved ports that nobody claims', () => {
    const desk = new Desk({ quotas: { user: 3 } })
    const asker = desk.client()
    const pair = () => {
      const answer = outcome(asker.ask('allocate', [udp, ['evenPort', true]]))
      asker.ask('refresh', [['lifetime', 0]])
      return answer
    }
    expect([pair(), pair(), pair()]).toEqual(['success', 'success', 486])
    desk.advance(30 * seconds)
    desk.expire()
    expect([desk.core.tally.total, pair()]).toEqual([0, 'success'])
  })

  test('that claim a reserved port are counted where they claim it', () => {
    const desk = new Desk({ quotas: { user: 2 } })
    const answer = desk.client(at('9.9.9.1')).ask('allocate', [udp, ['evenPort', true]])!
    desk.client(at('9.9.9.2')).allocate([['reservationToken', read(answer, 'reservationToken')!]])
    expect(desk.core.tally.networks).toEqual(new Map([['9.9.9.1', 1], ['9.9.9.2', 1]]))
  })
})

describe('in an allocation', () => {
  test('permissions are limited, and of several peers none gets one that is too many', () => {
    const desk = new Desk({ quotas: { permissions: 2 } })
    const asker = desk.client()
    const relay = asker.allocate()
    const permit = (...ips: string[]) => outcome(asker.ask('createPermission', ips.map((ip) => ['xorPeerAddress', { ip, port: 1 }])))
    expect([permit('1.1.1.1'), permit('1.1.1.2', '1.1.1.3'), permit('1.1.1.1', '1.1.1.2', '1.1.1.2'), permit('1.1.1.3')]).toEqual(['success', 508, 'success', 508])
    desk.receiveFromPeer(relay, Uint8Array.of(1), { ip: '1.1.1.3', port: 1 })
    expect([desk.core.counters.dropped, desk.core.counters.overQuota.permissions]).toEqual([1, 2])
  })

  test('channels are limited', () => {
    const desk = new Desk({ quotas: { channels: 1 } })
    const asker = desk.client()
    asker.allocate()
    const bind = (number: number) => outcome(asker.ask('channelBind', [['channelNumber', number], ['xorPeerAddress', { ...peer, port: number }]]))
    expect([bind(0x4000), bind(0x4001), bind(0x4000), desk.core.counters.overQuota.channels]).toEqual(['success', 508, 'success', 1])
  })

  test('bytes of a second are limited, by whatever road and both ways together, and there are new ones in the next', () => {
    const desk = new Desk({ quotas: { bytes: 100 } })
    const asker = desk.client()
    const relay = asker.allocate()
    asker.ask('channelBind', [['channelNumber', 0x4000], ['xorPeerAddress', peer]])
    const before = desk.sent.length
    const relayed = () => [desk.relayed.length, desk.sent.length - before]
    asker.sendChannelData(0x4000, Buffer.alloc(40))
    asker.indicate([['xorPeerAddress', peer], ['data', Buffer.alloc(40)]])
    desk.receiveFromPeer(relay, Buffer.alloc(20), peer)
    expect(relayed()).toEqual([2, 1])
    asker.sendChannelData(0x4000, Buffer.alloc(1))
    asker.indicate([['xorPeerAddress', peer], ['data', Buffer.alloc(1)]])
    desk.receiveFromPeer(relay, Buffer.alloc(1), peer)
    expect([relayed(), desk.core.counters.overQuota.bytes, desk.core.counters.dropped]).toEqual([[2, 1], 3, 3])
    desk.advance(1 * seconds)
    asker.sendChannelData(0x4000, Buffer.alloc(100))
    expect(relayed()).toEqual([3, 1])
  })
})

describe('a guest, whose credentials came before a seat,', () => {
  const guest = (desk: Desk, socket: string, ip: string, address = ip) =>
    desk.client({ name: restIdOf('s', { userClass: 'guest', socket, address }), remote: { ip, port: 1000 + port++ } })
  const seat = (desk: Desk, socket: string, ip: string, address = ip) =>
    desk.client({ name: restIdOf('s', { userClass: 'full', socket, address }), remote: { ip, port: 1000 + port++ } })
  let port = 0
  const allocate = (asker: Asker) => outcome(asker.ask('allocate', [udp]))
  const several = (count: number, make: (i: number) => Asker) => Array.from({ length: count }, (_, i) => allocate(make(i)))
  const got = (outcomes: readonly unknown[]): number => outcomes.filter((each) => each === 'success').length

  test('has four allocations, however often its socket asks for credentials; a seat brings more', () => {
    const desk = new Desk()
    expect(several(6, () => guest(desk, 'one', '9.9.9.9'))).toEqual([...Array<string>(4).fill('success'), 486, 486])
    expect(allocate(guest(desk, 'two', '9.9.9.9'))).toBe('success')
    expect(several(20, () => seat(desk, 'one', '9.9.9.9'))).toEqual(Array(20).fill('success'))
    expect(desk.core.counters.overQuota.guest).toBe(2)
  })

  test.each([
    ['one IPv4 address', 32, () => '9.9.9.9'], ['one IPv6 /64', 32, (i: number) => `2600:1:2:3::${i}`], ['one IPv6 /48', 64, (i: number) => `2600:1:2:${i}::1`],
  ])('shares the quota of %s with all guests there: %i', (_, quota, ip) => {
    const desk = new Desk({ relayPorts: [50_000, 50_999] })
    expect(got(several(200, (i) => guest(desk, `s${i}`, ip(i))))).toBe(quota)
    expect(desk.core.counters.overQuota.guestSource).toBe(200 - quota)
    expect(allocate(guest(desk, 'other', '9.9.9.8'))).toBe('success')
    expect(allocate(seat(desk, 'seated', ip(0)))).toBe('success')
  })

  test('counts for the network that its credentials were given to, wherever they are used', () => {
    const desk = new Desk({ relayPorts: [50_000, 50_999] })
    expect(got(several(100, (i) => guest(desk, `s${i}`, `9.9.${i}.1`, '203.0.113.9')))).toBe(32)
  })

  test('leaves half of the ports, and of the total, to seat holders', () => {
    const ports = new Desk({ relayPorts: [50_000, 50_099] })
    expect(got(several(100, (i) => guest(ports, `s${i}`, `9.9.${i}.1`)))).toBe(50)
    expect([ports.core.counters.refused[508], ports.core.counters.overQuota.reserved]).toEqual([50, 50])
    expect(got(several(60, (i) => seat(ports, `s${i}`, `9.8.${i}.1`)))).toBe(50)
    const total = new Desk({ quotas: { total: 10, reserved: 30 } })
    expect([got(several(9, (i) => guest(total, `s${i}`, `9.9.${i}.1`))), got(several(9, (i) => seat(total, `s${i}`, `9.8.${i}.1`)))]).toEqual([7, 3])
  })

  test('is refused while seat holders use more than what is open to guests', () => {
    const desk = new Desk({ relayPorts: [50_000, 50_099] })
    several(50, (i) => seat(desk, `s${i}`, `9.8.${i}.1`))
    expect(allocate(guest(desk, 'late', '9.9.9.9'))).toBe(508)
  })

  test('is counted by its class, and free again when it goes', () => {
    const desk = new Desk()
    const asker = guest(desk, 'one', '9.9.9.9')
    asker.allocate()
    seat(desk, 'one', '9.9.9.9').allocate()
    expect(count(desk.core)).toMatchObject({ allocations: 2, guestAllocations: 1, allocated: 2, guestAllocated: 1 })
    asker.ask('refresh', [['lifetime', 0]])
    expect([count(desk.core).guestAllocations, desk.core.tally.guests, desk.core.tally.guestNetworks.size]).toEqual([0, 0, 0])
  })
})

describe('a REST id of another program', () => {
  test.each(['anna', 'seat', 'guest', 'guest-', 'guests-are-welcome', '', 'seat-x.', '1:guest-x.y'])('%j is full, and of no network', (id) => {
    expect(readRestId(id)).toEqual({ userClass: 'full' })
  })

  test('is none of ours, whose class and network are read back', () => {
    const address = '2001:db8::/64'
    const [guest, full] = (['guest', 'full'] as const).map((userClass) => readRestId(restIdOf('s', { userClass, socket: 'a-b_c', address })))
    expect([guest!.userClass, full!.userClass, guest!.address === full!.address]).toEqual(['guest', 'full', true])
    expect(readRestId(restIdOf('s', { userClass: 'guest', socket: 'abc', address: undefined }))).toEqual({ userClass: 'guest' })
  })
})

describe('quotas of one network', () => {
  test('are a quarter of a small range of ports and a sixteenth for guests, and never less than a page wants', () => {
    const of = (ports: number, chosen = {}) => {
      const { source, guestSource } = quotasFor([50_000, 49_999 + ports], chosen)
      return [source, guestSource]
    }
    expect([of(16_384), of(1000), of(100), of(10)]).toEqual([[1024, 32], [250, 32], [25, 6], [4, 4]])
    expect([of(1000, { total: 200 }), of(1000, { source: 900, guestSource: 9 })]).toEqual([[50, 12], [900, 9]])
  })

  test('carry 80 calls whose 160 pages are all in it, by what a page allocates', () => {
    const [urls, networks] = [3, 2]
    expect(usualQuotas.source).toBeGreaterThanOrEqual(80 * 2 * urls * networks)
    expect(usualQuotas.total * (usualQuotas.reserved / 100)).toBeGreaterThanOrEqual(80 * 2 * urls * networks * 2)
    const bytesOfCall = 4 * 4_000_000 / 8
    expect([usualQuotas.totalBytes >= 80 * bytesOfCall, usualQuotas.sourceBytes >= 20 * bytesOfCall, usualQuotas.sourceBytes <= usualQuotas.totalBytes / 4]).toEqual([true, true, true])
  })
})

describe('bytes of a second', () => {
  /** A client that sends as many bytes, by a channel. */
  function sender(desk: Desk, ip: string): (bytes: number) => boolean {
    const asker = desk.client({ remote: { ip, port: 1000 + desk.core.allocations.size } })
    asker.allocate()
    asker.ask('channelBind', [['channelNumber', 0x4000], ['xorPeerAddress', peer]])
    return (bytes) => {
      const before = desk.relayed.length
      asker.sendChannelData(0x4000, Buffer.alloc(bytes))
      return desk.relayed.length > before
    }
  }

  test('are limited for one source, whatever its allocations, and refill', () => {
    const desk = new Desk({ quotas: { sourceBytes: 1000 } })
    const [one, two, other] = [sender(desk, '9.9.9.9'), sender(desk, '9.9.9.9'), sender(desk, '9.9.9.8')]
    expect([one(600), two(600), two(400), one(1), other(1000)]).toEqual([true, false, true, false, true])
    desk.advance(500)
    expect([one(501), one(500), desk.core.counters.overQuota.sourceBytes]).toEqual([false, true, 3])
  })

  test('of an IPv6 /48 are twice those of a /64', () => {
    const desk = new Desk({ quotas: { sourceBytes: 1000 } })
    const senders = [1, 2, 3].map((i) => sender(desk, `2600:1:2:${i}::1`))
    expect(senders.map((send) => send(900))).toEqual([true, true, false])
    expect(sender(desk, '2600:1:3:1::1')(900)).toBe(true)
  })

  test('are limited in all', () => {
    const desk = new Desk({ quotas: { totalBytes: 1000 } })
    const [one, two] = [sender(desk, '9.9.9.9'), sender(desk, '9.9.9.8')]
    expect([one(600), two(600), desk.core.counters.overQuota.totalBytes]).toEqual([true, false, 1])
    desk.advance(1000)
    expect([two(1000), one(1)]).toEqual([true, false])
  })

  test('are not new with a new allocation, and their meters are forgotten when full', () => {
    const desk = new Desk({ quotas: { sourceBytes: 1000 } })
    expect(sender(desk, '9.9.9.9')(1000)).toBe(true)
    for (const allocation of [...desk.core.allocations.values()]) desk.hangUp(allocation.path)
    desk.expire()
    const next = sender(desk, '9.9.9.9')
    expect(next(100)).toBe(false)
    for (const allocation of [...desk.core.allocations.values()]) desk.hangUp(allocation.path)
    desk.advance(1000)
    desk.expire()
    expect(desk.core.meters.size).toBe(0)
  })

  test.each([0, Infinity])('without a limit are not counted (reload from %d)', (before) => {
    const desk = new Desk({ quotas: { bytes: Infinity, sourceBytes: before || 1, totalBytes: before || 1 } })
    const send = sender(desk, '9.9.9.9')
    send(1000)
    desk.core.configure({ ...desk.core.rules, quotas: { ...desk.core.rules.quotas, sourceBytes: Infinity, totalBytes: Infinity } })
    expect(Array.from({ length: 10 }, () => send(60_000))).toEqual(Array(10).fill(true))
    desk.core.configure({ ...desk.core.rules, quotas: { ...desk.core.rules.quotas, sourceBytes: 1000 } })
    desk.advance(1000)
    expect([send(1000), send(1)]).toEqual([true, false])
  })
})
