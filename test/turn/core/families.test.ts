import { beforeEach, expect, test } from 'vitest'
import type { Attribute } from '../../../turn/stun/attributes.ts'
import { read, readAll } from '../../../turn/stun/message.ts'
import { outcome, type TurnTestClient } from '../turnTestClient.ts'
import { CoreHarness, relayIp, relayIp6 } from '../coreHarness.ts'

/** RFC 8656 §7.2, §8.2: one allocation with a relay of each family. */

const seconds = 1000
const udp: Attribute = ['requestedTransport', 17]
const second: Attribute = ['additionalAddressFamily', 2]
const ipv4: Attribute = ['requestedAddressFamily', 1]
const ipv6: Attribute = ['requestedAddressFamily', 2]
const hello = Buffer.from('hello')
const channels = { 4: 0x4004, 6: 0x4006 } as const
const peers = { 4: { ip: '1.2.3.4', port: 9 }, 6: { ip: '2600::1', port: 9 } } as const

let harness: CoreHarness
let turnClient: TurnTestClient
beforeEach(() => {
  harness = new CoreHarness()
  turnClient = harness.client()
  turnClient.allocate([second])
})

const bind = (family: 4 | 6) =>
  outcome(
    turnClient.request('channelBind', [
      ['channelNumber', channels[family]],
      ['xorPeerAddress', peers[family]],
    ]),
  )
const refresh = (...values: Attribute[]) => outcome(turnClient.request('refresh', values))
const families = () => [...harness.boundRelays].map(({ family }) => family)
const relays = (family: 4 | 6) => {
  const before = harness.relayed.length
  turnClient.sendChannelData(channels[family], hello)
  return harness.relayed.length > before
}

test('each family expires separately, without a sweep', () => {
  bind(4)
  bind(6)
  harness.advance(300 * seconds)
  expect(refresh(ipv4)).toBe('success')
  harness.advance(300 * seconds - 1)
  bind(4)
  expect([relays(4), relays(6)]).toEqual([true, true])
  harness.advance(1)
  turnClient.freshNonce()
  expect([relays(4), relays(6), bind(4), bind(6), refresh(ipv6)]).toEqual([true, false, 'success', 443, 443])
  harness.sweepExpired()
  expect(families()).toEqual([4])
  harness.advance(300 * seconds)
  harness.sweepExpired()
  expect([families(), harness.state.allocations.size, harness.state.allocationCounts.total]).toEqual([[], 0, 0])
})

test('a Refresh without a family applies to both', () => {
  harness.advance(300 * seconds)
  refresh()
  harness.advance(599 * seconds)
  harness.sweepExpired()
  expect(families()).toEqual([4, 6])
})

test('deleting one family keeps the other, and deleting both ends the allocation', () => {
  expect([refresh(['lifetime', 0], ipv4), families(), bind(4), bind(6)]).toEqual(['success', [6], 443, 'success'])
  expect([refresh(['lifetime', 0], ipv6), families(), refresh()]).toEqual(['success', [], 437])
  expect(harness.state.allocationCounts.total).toBe(0)
})

test.each([
  [1, 4],
  [2, 6],
] as const)('if family %i has no port left, the response has the other and ADDRESS-ERROR-CODE', (number, family) => {
  const full = family === 4 ? relayIp : relayIp6
  const tight = new CoreHarness({ relayPorts: [50_000, 50_000] })
  tight.client({ name: 'bob' }).allocate([['requestedAddressFamily', number]])
  const answer = tight.client().request('allocate', [udp, second])!
  expect(readAll(answer, 'xorRelayedAddress').map(({ ip }) => ip)).toEqual([full === relayIp ? relayIp6 : relayIp])
  expect(read(answer, 'addressErrorCode')).toEqual({ family: number, code: 508, reason: 'Insufficient Capacity' })
  expect(outcome(tight.client().request('allocate', [udp, second]))).toBe(508)
})

test('without IPv4 the response has the IPv6 relay', () => {
  const lone = new CoreHarness({
    chooseRelayAddress: (_, family) => (family === 6 ? { local: relayIp6, advertised: relayIp6 } : undefined),
  })
  const answer = lone.client().request('allocate', [udp, second])!
  expect([read(answer, 'xorRelayedAddress')?.ip, read(answer, 'addressErrorCode')]).toEqual([
    relayIp6,
    expect.objectContaining({ family: 1, code: 440 }),
  ])
})

test('if one address cannot be bound, it is tried once and the response has the other and ADDRESS-ERROR-CODE', () => {
  const lame = new CoreHarness()
  lame.unbindableIps.add(relayIp6)
  let openCount = 0
  const perform = lame.perform.bind(lame)
  lame.perform = (effects) => {
    openCount += effects.filter(({ type }) => type === 'open').length
    perform(effects)
  }
  const answer = lame.client().request('allocate', [udp, second])!
  expect([readAll(answer, 'xorRelayedAddress').map(({ ip }) => ip), read(answer, 'addressErrorCode')]).toEqual([
    [relayIp],
    expect.objectContaining({ family: 2, code: 508 }),
  ])
  lame.unbindableIps.add(relayIp)
  const before = openCount
  expect(outcome(lame.client().request('allocate', [udp]))).toBe(508)
  expect([openCount - before, lame.state.allocationCounts.total]).toEqual([1, 1])
})
