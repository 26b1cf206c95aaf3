import { randomBytes } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { HashedRateLimiter, challengeLimit, sourceKey } from '../../../turn/core/hashedRateLimiter.ts'
import { Ports } from '../../../turn/core/relayPorts.ts'
import type { Attribute } from '../../../turn/stun/attributes.ts'
import { encode } from '../../../turn/stun/encode.ts'
import { decode, methods, read } from '../../../turn/stun/message.ts'
import { memoryInUse } from '../../heap.ts'
import { createTransactionId, outcome } from '../turnTestClient.ts'
import { CoreHarness, fiveTupleFrom, relayIp, relayIp6 } from '../coreHarness.ts'
import { databaseIp, deniedPeers } from '../deniedPeers.ts'

/** Known attacks on other TURN servers, run against this one. */

const seconds = 1000
const udp: Attribute = ['requestedTransport', 17]
const dual: Attribute = ['additionalAddressFamily', 2]
const hello = Buffer.from('hello')

/** Returns whether a permission, a channel or Send reaches the peer. */
function reaches(ip: string, port = 80): boolean {
  const harness = new CoreHarness({ peerRules: { isOwnAddress: (own) => own === databaseIp } })
  const turnClient = harness.client()
  turnClient.allocate([dual])
  const peer: Attribute = ['xorPeerAddress', { ip, port }]
  const answers = [
    outcome(turnClient.request('createPermission', [peer])),
    outcome(turnClient.request('channelBind', [['channelNumber', 0x4000], peer])),
  ]
  turnClient.sendIndication([peer, ['data', hello]])
  turnClient.sendChannelData(0x4000, hello)
  return answers.includes('success') || harness.relayed.length > 0
}

describe('a denied peer', () => {
  test.each(deniedPeers)('%s: %s cannot be reached', (_, ip) => expect(reaches(ip)).toBe(false))

  test('a public peer can be reached', () =>
    expect([reaches('1.2.3.4'), reaches('2600::1'), reaches('1.2.3.4', 5432)]).toEqual([true, true, true]))

  test('at the relay address of this machine, only relay ports can be reached', () => {
    const harness = new CoreHarness()
    const turnClient = harness.client()
    const { ip } = turnClient.allocate()
    const bind = (number: number, port: number) =>
      outcome(
        turnClient.request('channelBind', [
          ['channelNumber', number],
          ['xorPeerAddress', { ip, port }],
        ]),
      )
    expect([bind(0x4000, 5432), bind(0x4001, 50_050)]).toEqual([403, 'success'])
    turnClient.sendIndication([
      ['xorPeerAddress', { ip, port: 5432 }],
      ['data', hello],
    ])
    expect(harness.relayed).toEqual([])
  })
})

describe('a manipulated packet', () => {
  test('with attributes after MESSAGE-INTEGRITY: they have no effect', () => {
    const harness = new CoreHarness()
    const turnClient = harness.client()
    turnClient.allocate()
    const relay = [...harness.state.allocations.values()][0]!
    const packet = captured(() => turnClient.request('refresh', [['lifetime', 1200]]))
    const more = encode({ messageClass: 'request', method: methods.refresh, transactionId: createTransactionId() }, [
      ['lifetime', 0],
    ]).subarray(20)
    const longer = Buffer.concat([packet, more])
    longer.writeUInt16BE(longer.length - 20, 2)
    expect([outcome(turnClient.send(longer)), harness.state.allocations.size, relay.expiresAt - harness.now]).toEqual([
      'success',
      1,
      1200 * seconds,
    ])

    function captured(act: () => void): Uint8Array {
      const { send } = turnClient
      let packet = new Uint8Array()
      turnClient.send = (sent) => send.call(turnClient, (packet = Uint8Array.from(sent)))
      act()
      turnClient.send = send
      return packet
    }
  })

  test('with DATA longer than the packet relays nothing', () => {
    const harness = new CoreHarness()
    const turnClient = harness.client()
    turnClient.allocate()
    turnClient.request('createPermission', [['xorPeerAddress', { ip: '1.2.3.4', port: 5 }]])
    const packet = Buffer.from(
      encode({ messageClass: 'indication', method: methods.send, transactionId: createTransactionId() }, [
        ['xorPeerAddress', { ip: '1.2.3.4', port: 5 }],
        ['data', hello],
      ]),
    )
    packet.writeUInt16BE(500, packet.length - 10)
    turnClient.send(packet)
    turnClient.sendChannelData(0x4000, hello, 60_000)
    expect(harness.relayed).toEqual([])
  })

  test('gets a response whose padding leaks no memory (CVE-2020-4067)', () => {
    // Reused memory, as from Buffer's pool.
    for (let i = 0; i < 100; i++) Buffer.allocUnsafe(4096).fill(0xee)
    const harness = new CoreHarness()
    const turnClient = harness.client()
    const answers = [
      turnClient.requestUnauthenticated('allocate')!,
      turnClient.request('allocate', [['requestedTransport', 6]])!,
      turnClient.request('allocate', [udp])!,
    ]
    for (const { packet } of answers) expect(paddingOf(packet).every((byte) => byte === 0)).toBe(true)
    expect(answers.flatMap(({ packet }) => paddingOf(packet)).length).toBeGreaterThan(0)
  })
})

describe('random values', () => {
  test('cannot be predicted (CVE-2025-69217): ports, tokens and nonces', () => {
    const harness = new CoreHarness({ randomBytes, relayPorts: [49_152, 65_535], quotas: { user: 1000 } })
    const drawn = Array.from({ length: 200 }, () => {
      const turnClient = harness.client()
      const answer = turnClient.request('allocate', [udp, ['evenPort', true]])!
      return {
        port: read(answer, 'xorRelayedAddress')!.port,
        token: Buffer.from(read(answer, 'reservationToken')!).toString('hex'),
        nonce: turnClient.nonce(),
      }
    })
    const steps = drawn.slice(1).map(({ port }, i) => port - drawn[i]!.port)
    expect(new Set(steps).size).toBeGreaterThan(180)
    expect([new Set(drawn.map(({ token }) => token)).size, new Set(drawn.map(({ nonce }) => nonce)).size]).toEqual([
      200, 200,
    ])
  })

  test('come only from rules.randomBytes', () => {
    const ports = new Ports([50_000, 50_999], (bytes) => Buffer.alloc(bytes, 0))
    expect([ports.take(relayIp, 'any', new Set()), ports.take(relayIp6, 'any', new Set())]).toEqual([50_000, 50_000])
  })
})

describe('memory', () => {
  const rounds = 100_000

  test('100,000 unauthenticated packets from 100,000 addresses do not grow the heap', () => {
    const harness = new CoreHarness()
    const header = { messageClass: 'request', method: methods.allocate, transactionId: createTransactionId() } as const
    const packets = [
      encode(header, [udp]),
      encode(header, [udp, ['username', '9999999999:x'], ['realm', 'test'], ['nonce', 'x']], {
        integrity: 'messageIntegrity',
        key: Buffer.alloc(16),
      }),
      encode({ ...header, method: methods.binding }, []),
      Buffer.alloc(100, 0x17),
    ]
    const storm = (from: number, to: number): void => {
      for (let i = from; i < to; i++) {
        harness.receive(
          packets[i % packets.length]!,
          fiveTupleFrom({ ip: `9.${(i >> 16) & 255}.${(i >> 8) & 255}.${i & 255}`, port: 1024 + (i % 60_000) }),
        )
        harness.sent.length = 0
      }
    }
    storm(0, 10_000)
    const before = memoryInUse().heap
    storm(10_000, 10_000 + rounds)
    expect((memoryInUse().heap - before) / rounds).toBeLessThan(10)
    const { allocations, pendingAllocations, pendingRelays, reservations, allocationCounts, relayIps } = harness.state
    expect(
      [
        allocations,
        pendingAllocations,
        pendingRelays,
        reservations,
        allocationCounts.byUser,
        allocationCounts.byNetwork,
        relayIps,
        harness.state.meters,
      ].map(({ size }) => size),
    ).toEqual([0, 0, 0, 0, 0, 0, 0, 0])
  })

  test('100,000 allocations and pairs in a range of ten ports never get a 508 and leave no state', () => {
    const harness = new CoreHarness({ relayPorts: [50_000, 50_009] })
    const turnClient = harness.client()
    turnClient.credentials = harness.credentials('anna', 2_000_000_000)
    const shapes: Attribute[][] = [[], [['evenPort', false]], [dual], [['evenPort', true]]]
    const cycle = (i: number): void => {
      const shape = shapes[i % shapes.length]!
      if (outcome(turnClient.request('allocate', [udp, ...shape])) !== 'success')
        throw new Error(`no allocation in round ${i}`)
      turnClient.request('refresh', [['lifetime', 0]])
      if (shape === shapes[3]) harness.advance(30 * seconds)
      if (shape === shapes[3]) harness.sweepExpired()
      if (shape === shapes[3]) turnClient.freshNonce()
      harness.sent.length = 0
    }
    for (let i = 0; i < 1000; i++) cycle(i)
    const before = memoryInUse().heap
    for (let i = 0; i < rounds; i++) cycle(i)
    expect((memoryInUse().heap - before) / rounds).toBeLessThan(10)
    expect([
      harness.boundRelays.size,
      harness.state.allocationCounts.total,
      harness.state.reservations.size,
      harness.state.counters.errorResponses[508],
    ]).toEqual([0, 0, 0, undefined])
  })

  test('the table of a rate limiter has the same size for 100,000 sources as for one', () => {
    const limiter = new HashedRateLimiter(randomBytes(32), challengeLimit)
    const before = memoryInUse().heap
    for (let i = 0; i < rounds; i++) limiter.take(sourceKey(`9.${(i >> 16) & 255}.${(i >> 8) & 255}.${i & 255}`), i)
    expect((memoryInUse().heap - before) / rounds).toBeLessThan(10)
  })
})

test('a Binding of 20 bytes gets a response of 32 bytes, and a response gets none', () => {
  const turnClient = new CoreHarness().client()
  const answer = turnClient.requestUnauthenticated('binding')!
  expect(answer.packet.length).toBeLessThanOrEqual(40)
  expect(turnClient.send(answer.packet)).toBeUndefined()
})

/** Returns the padding bytes of all attributes. */
function paddingOf(packet: Uint8Array): number[] {
  return decode(packet).attributes.flatMap(({ offset, value }) => {
    const end = offset + 4 + value.length
    return [...packet.subarray(end, (end + 3) & ~3)]
  })
}
