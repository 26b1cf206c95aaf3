import { beforeEach, expect, test } from 'vitest'
import type { Attribute } from '../../../turn/stun/attributes.ts'
import { read, readAll } from '../../../turn/stun/message.ts'
import { outcome, type Asker } from '../asker.ts'
import { Desk, relayIp, relayIp6 } from '../desk.ts'

/** RFC 8656 §7.2, §8.2: one allocation with a relay of each family. */

const seconds = 1000
const udp: Attribute = ['requestedTransport', 17]
const second: Attribute = ['additionalAddressFamily', 2]
const ipv4: Attribute = ['requestedAddressFamily', 1]
const ipv6: Attribute = ['requestedAddressFamily', 2]
const hello = Buffer.from('hello')
const channels = { 4: 0x4004, 6: 0x4006 } as const
const peers = { 4: { ip: '1.2.3.4', port: 9 }, 6: { ip: '2600::1', port: 9 } } as const

let desk: Desk
let asker: Asker
beforeEach(() => {
  desk = new Desk()
  asker = desk.client()
  asker.allocate([second])
})

const bind = (family: 4 | 6) => outcome(asker.ask('channelBind', [['channelNumber', channels[family]], ['xorPeerAddress', peers[family]]]))
const refresh = (...values: Attribute[]) => outcome(asker.ask('refresh', values))
const families = () => [...desk.bound].map(({ family }) => family)
const relays = (family: 4 | 6) => {
  const before = desk.relayed.length
  asker.sendChannelData(channels[family], hello)
  return desk.relayed.length > before
}

test('each family ends by itself, though no clock runs', () => {
  bind(4)
  bind(6)
  desk.advance(300 * seconds)
  expect(refresh(ipv4)).toBe('success')
  desk.advance(300 * seconds - 1)
  bind(4)
  expect([relays(4), relays(6)]).toEqual([true, true])
  desk.advance(1)
  asker.freshNonce()
  expect([relays(4), relays(6), bind(4), bind(6), refresh(ipv6)]).toEqual([true, false, 'success', 443, 443])
  desk.expire()
  expect(families()).toEqual([4])
  desk.advance(300 * seconds)
  desk.expire()
  expect([families(), desk.core.allocations.size, desk.core.tally.total]).toEqual([[], 0, 0])
})

test('a refresh that names none is for both', () => {
  desk.advance(300 * seconds)
  refresh()
  desk.advance(599 * seconds)
  desk.expire()
  expect(families()).toEqual([4, 6])
})

test('deleting one leaves the other, deleting that leaves nothing', () => {
  expect([refresh(['lifetime', 0], ipv4), families(), bind(4), bind(6)]).toEqual(['success', [6], 443, 'success'])
  expect([refresh(['lifetime', 0], ipv6), families(), refresh()]).toEqual(['success', [], 437])
  expect(desk.core.tally.total).toBe(0)
})

test.each([[1, 4], [2, 6]] as const)('where family %i has no port left, the other is given and the answer says why', (number, family) => {
  const full = family === 4 ? relayIp : relayIp6
  const tight = new Desk({ relayPorts: [50_000, 50_000] })
  tight.client({ name: 'bob' }).allocate([['requestedAddressFamily', number]])
  const answer = tight.client().ask('allocate', [udp, second])!
  expect(readAll(answer, 'xorRelayedAddress').map(({ ip }) => ip)).toEqual([full === relayIp ? relayIp6 : relayIp])
  expect(read(answer, 'addressErrorCode')).toEqual({ family: number, code: 508, reason: 'Insufficient Capacity' })
  expect(outcome(tight.client().ask('allocate', [udp, second]))).toBe(508)
})

test('where there is no IPv4 at all, IPv6 is given', () => {
  const lone = new Desk({ relayAddress: (_, family) => (family === 6 ? { local: relayIp6, advertised: relayIp6 } : undefined) })
  const answer = lone.client().ask('allocate', [udp, second])!
  expect([read(answer, 'xorRelayedAddress')?.ip, read(answer, 'addressErrorCode')]).toEqual([relayIp6, expect.objectContaining({ family: 1, code: 440 })])
})

test('where no socket can be bound at one address, each family is tried once, the other is given and the answer says why', () => {
  const lame = new Desk()
  lame.absent.add(relayIp6)
  let openings = 0
  const perform = lame.perform.bind(lame)
  lame.perform = (effects) => {
    openings += effects.filter(({ type }) => type === 'open').length
    perform(effects)
  }
  const answer = lame.client().ask('allocate', [udp, second])!
  expect([readAll(answer, 'xorRelayedAddress').map(({ ip }) => ip), read(answer, 'addressErrorCode')]).toEqual([[relayIp], expect.objectContaining({ family: 2, code: 508 })])
  lame.absent.add(relayIp)
  const before = openings
  expect(outcome(lame.client().ask('allocate', [udp]))).toBe(508)
  expect([openings - before, lame.core.tally.total]).toEqual([1, 1])
})
