import { describe, expect, test } from 'vitest'
import type { Attribute } from '../../turn/stun/attributes.ts'
import { read } from '../../turn/stun/message.ts'
import { outcome } from './asker.ts'
import { Desk } from './desk.ts'

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
    expect(desk.core.tally.sources).toEqual(new Map([['9.9.9.1', 1], ['9.9.9.2', 1]]))
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
