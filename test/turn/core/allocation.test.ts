import { describe, expect, test } from 'vitest'
import type { Attribute } from '../../../turn/stun/attributes.ts'
import { read, readAll } from '../../../turn/stun/message.ts'
import { createTransactionId, outcome, type TurnTestClient } from '../turnTestClient.ts'
import { CoreHarness, relayIp, relayIp6 } from '../coreHarness.ts'

const seconds = 1000
const udp: Attribute = ['requestedTransport', 17]
const peer = { ip: '1.2.3.4', port: 5000 }
const hello = Buffer.from('hello')

describe('an allocation', () => {
  test('has a relayed port in the range, and its response has the client’s address', () => {
    const harness = new CoreHarness()
    const turnClient = harness.client({ remote: { ip: '9.8.7.6', port: 5432 } })
    const answer = turnClient.request('allocate', [udp])!
    const relay = read(answer, 'xorRelayedAddress')!
    expect([relay.ip, relay.port >= 50_000 && relay.port <= 50_099]).toEqual([relayIp, true])
    expect([read(answer, 'xorMappedAddress'), read(answer, 'lifetime')]).toEqual([{ ip: '9.8.7.6', port: 5432 }, 600])
    expect([...harness.boundRelays].map(({ local }) => local)).toEqual([relay])
  })

  test.each([
    [undefined, 600],
    [0, 600],
    [1, 600],
    [599, 600],
    [1200, 1200],
    [3600, 3600],
    [3601, 3600],
    [0xffffffff, 3600],
  ])('with a requested LIFETIME of %s s gets %i s', (asked, given) => {
    const answer = new CoreHarness()
      .client()
      .request('allocate', asked === undefined ? [udp] : [udp, ['lifetime', asked]])!
    expect(read(answer, 'lifetime')).toBe(given)
  })

  test('that has expired closes its socket, even if the next Allocate fails', () => {
    const harness = new CoreHarness({ quotas: { user: 2 } })
    const [anna, sister] = [harness.client({ name: 'anna' }), harness.client({ name: 'anna' })]
    anna.request('allocate', [udp])
    harness.advance(600 * seconds)
    sister.request('allocate', [udp])
    anna.freshNonce()
    expect(outcome(anna.request('allocate', [udp, ['evenPort', true]]))).toBe(486)
    expect(harness.boundRelays.size).toBe(1)
  })

  test('request that is retransmitted gets the same bytes and opens no second socket', () => {
    const harness = new CoreHarness()
    const turnClient = harness.client()
    const transactionId = createTransactionId()
    const [first, second] = [
      turnClient.request('allocate', [udp], { transactionId })!,
      turnClient.request('allocate', [udp], { transactionId })!,
    ]
    expect(Buffer.from(second.packet).equals(first.packet)).toBe(true)
    expect([harness.boundRelays.size, harness.state.counters.allocated]).toEqual([1, 1])
  })

  test('request on an existing 5-tuple by another user returns 437', () => {
    const harness = new CoreHarness()
    const turnClient = harness.client()
    const transactionId = createTransactionId()
    turnClient.request('allocate', [udp], { transactionId })
    expect(outcome(turnClient.request('allocate', [udp], { ...harness.credentials('bob'), transactionId }))).toBe(437)
  })

  test('request that is retransmitted while its socket opens is answered once, when it is open', () => {
    const harness = new CoreHarness()
    const turnClient = harness.client()
    turnClient.nonce()
    harness.isBindDelayed = true
    const transactionId = createTransactionId()
    expect(outcome(turnClient.request('allocate', [udp], { transactionId }))).toBe('silence')
    expect(outcome(turnClient.request('allocate', [udp], { transactionId }))).toBe('silence')
    expect(outcome(turnClient.request('allocate', [udp]))).toBe(437)
    const before = harness.sent.length
    harness.completeBinds()
    expect([harness.sent.length - before, harness.boundRelays.size]).toEqual([1, 1])
  })

  test('expires on time without a sweep', () => {
    const harness = new CoreHarness()
    const turnClient = harness.client()
    turnClient.allocate()
    harness.advance(600 * seconds - 1)
    turnClient.freshNonce()
    expect(outcome(turnClient.request('createPermission', [['xorPeerAddress', peer]]))).toBe('success')
    harness.advance(1)
    expect(outcome(turnClient.request('createPermission', [['xorPeerAddress', peer]]))).toBe(437)
    expect(outcome(turnClient.request('allocate', [udp]))).toBe('success')
    expect(harness.boundRelays.size).toBe(1)
  })

  test('that is refreshed gets a new lifetime from that time', () => {
    const harness = new CoreHarness()
    const turnClient = harness.client()
    turnClient.allocate()
    harness.advance(500 * seconds)
    expect(read(turnClient.request('refresh', [['lifetime', 900]])!, 'lifetime')).toBe(900)
    harness.advance(899 * seconds)
    harness.sweepExpired()
    expect(harness.boundRelays.size).toBe(1)
    harness.advance(1 * seconds)
    harness.sweepExpired()
    expect([harness.boundRelays.size, harness.state.allocations.size, harness.state.allocationCounts.total]).toEqual([
      0, 0, 0,
    ])
  })

  test('that is refreshed with 0 is deleted and frees its port', () => {
    const harness = new CoreHarness({ relayPorts: [50_000, 50_000] })
    const turnClient = harness.client()
    turnClient.allocate()
    expect(read(turnClient.request('refresh', [['lifetime', 0]])!, 'lifetime')).toBe(0)
    expect(harness.boundRelays.size).toBe(0)
    expect(harness.client().allocate().port).toBe(50_000)
  })

  test('ends with its TCP connection, even while pending', () => {
    const harness = new CoreHarness()
    const [open, pending] = [harness.client({ transport: 'tcp' }), harness.client({ transport: 'tcp' })]
    open.allocate()
    pending.nonce()
    harness.isBindDelayed = true
    pending.request('allocate', [udp])
    harness.closeClient(open.fiveTuple)
    harness.closeClient(pending.fiveTuple)
    harness.completeBinds()
    expect([
      harness.boundRelays.size,
      harness.state.allocations.size,
      harness.state.pendingRelays.size,
      harness.state.allocationCounts.total,
    ]).toEqual([0, 0, 0, 0])
  })

  test('counts by the id of its user, across credentials', () => {
    const harness = new CoreHarness({ quotas: { user: 2 } })
    harness.client().allocate()
    harness.advance(1 * seconds)
    const last = harness.client()
    last.allocate()
    expect(outcome(harness.client().request('allocate', [udp]))).toBe(486)
    expect(outcome(harness.client({ name: 'bob' }).request('allocate', [udp]))).toBe('success')
    last.request('refresh', [['lifetime', 0]])
    expect(outcome(harness.client().request('allocate', [udp]))).toBe('success')
  })
})

describe('relay ports', () => {
  test('are all used before a 508', () => {
    const harness = new CoreHarness({ relayPorts: [50_000, 50_009] })
    const ports = Array.from({ length: 10 }, () => harness.client().allocate().port)
    expect(new Set(ports).size).toBe(10)
    expect(outcome(harness.client().request('allocate', [udp]))).toBe(508)
  })

  test('that other processes hold are skipped', () => {
    const harness = new CoreHarness({ relayPorts: [50_000, 50_009] })
    for (let port = 50_000; port < 50_009; port++) harness.conflictingPorts.add(port)
    expect(harness.client().allocate().port).toBe(50_009)
    expect([...harness.boundRelays].map(({ local }) => local.port)).toEqual([50_009])
  })

  test('that other processes hold completely cause a 508 that leaves no state', () => {
    const harness = new CoreHarness({ relayPorts: [50_000, 50_009] })
    for (let port = 50_000; port <= 50_009; port++) harness.conflictingPorts.add(port)
    expect(outcome(harness.client().request('allocate', [udp]))).toBe(508)
    expect([
      harness.state.pendingAllocations.size,
      harness.state.pendingRelays.size,
      harness.state.allocationCounts.total,
    ]).toEqual([0, 0, 0])
    harness.conflictingPorts.clear()
    expect(outcome(harness.client().request('allocate', [udp]))).toBe('success')
  })

  test('are reused for thousands of pairs in a range of ten', () => {
    const harness = new CoreHarness({ relayPorts: [50_000, 50_009] })
    const turnClient = harness.client()
    for (let i = 0; i < 2000; i++) {
      turnClient.allocate([['evenPort', i % 2 === 0]])
      turnClient.request('refresh', [['lifetime', 0]])
      harness.advance(31 * seconds)
      turnClient.freshNonce()
      turnClient.credentials = harness.credentials('anna')
      harness.sweepExpired()
    }
    expect(harness.boundRelays.size).toBe(0)
  })
})

describe('a pair of ports', () => {
  const pair = (turnClient: TurnTestClient) => {
    const answer = turnClient.request('allocate', [udp, ['evenPort', true]])!
    return {
      relay: read(answer, 'xorRelayedAddress')!,
      token: ['reservationToken', read(answer, 'reservationToken')!] as const,
    }
  }

  test('starts with an even port, and the next one is reserved for its token', () => {
    const harness = new CoreHarness()
    const { relay, token } = pair(harness.client())
    expect(relay.port % 2).toBe(0)
    expect(harness.client().allocate([token]).port).toBe(relay.port + 1)
    expect(harness.boundRelays.size).toBe(2)
  })

  test('is found even if the odd port of the first try is in use', () => {
    const harness = new CoreHarness({ relayPorts: [50_000, 50_003] })
    harness.conflictingPorts.add(50_001)
    expect(pair(harness.client()).relay.port).toBe(50_002)
    expect([...harness.boundRelays].map(({ local }) => local.port).sort()).toEqual([50_002, 50_003])
  })

  test('is reserved for 30 seconds', () => {
    const harness = new CoreHarness()
    const { token } = pair(harness.client())
    harness.advance(30 * seconds)
    expect(outcome(harness.client().request('allocate', [udp, token]))).toBe(508)
    harness.sweepExpired()
    expect(harness.boundRelays.size).toBe(1)
  })

  test('cannot be claimed by another user or twice', () => {
    const harness = new CoreHarness()
    const { token } = pair(harness.client())
    expect(outcome(harness.client({ name: 'bob' }).request('allocate', [udp, token]))).toBe(508)
    expect(outcome(harness.client().request('allocate', [udp, token]))).toBe('success')
    expect(outcome(harness.client().request('allocate', [udp, token]))).toBe(508)
  })
})

describe('families', () => {
  test('IPv6 alone', () => {
    expect(new CoreHarness().client().allocate([['requestedAddressFamily', 2]]).ip).toBe(relayIp6)
  })

  test('both at once', () => {
    const answer = new CoreHarness().client().request('allocate', [udp, ['additionalAddressFamily', 2]])!
    expect(readAll(answer, 'xorRelayedAddress').map(({ ip }) => ip)).toEqual([relayIp, relayIp6])
  })

  test('both, with only one available, returns that one and an error for the other', () => {
    const harness = new CoreHarness({
      chooseRelayAddress: (_, family) => (family === 4 ? { local: relayIp, advertised: relayIp } : undefined),
    })
    const answer = harness.client().request('allocate', [udp, ['additionalAddressFamily', 2]])!
    expect(readAll(answer, 'xorRelayedAddress').map(({ ip }) => ip)).toEqual([relayIp])
    expect(read(answer, 'addressErrorCode')).toMatchObject({ family: 2, code: 440 })
  })

  test('one of both can be deleted separately, with its permissions', () => {
    const harness = new CoreHarness()
    const turnClient = harness.client()
    turnClient.allocate([['additionalAddressFamily', 2]])
    turnClient.request('channelBind', [
      ['channelNumber', 0x4000],
      ['xorPeerAddress', { ip: '2600::1', port: 9 }],
    ])
    expect(
      outcome(
        turnClient.request('refresh', [
          ['lifetime', 0],
          ['requestedAddressFamily', 2],
        ]),
      ),
    ).toBe('success')
    expect([...harness.boundRelays].map(({ family }) => family)).toEqual([4])
    turnClient.sendChannelData(0x4000, hello)
    expect(harness.relayed).toEqual([])
    expect(outcome(turnClient.request('createPermission', [['xorPeerAddress', { ip: '2600::1', port: 9 }]]))).toBe(443)
  })
})
