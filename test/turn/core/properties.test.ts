import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Attribute } from '../../../turn/stun/attributes.ts'
import type { TurnTestClient } from '../turnTestClient.ts'
import { CoreHarness } from '../coreHarness.ts'

const first = 50_000
const last = 50_005
const clientCount = 4
const peers = [
  { ip: '1.2.3.4', port: 5 },
  { ip: '1.2.3.4', port: 6 },
  { ip: '4.3.2.1', port: 5 },
]
const udp: Attribute = ['requestedTransport', 17]

interface State {
  readonly harness: CoreHarness
  readonly clients: TurnTestClient[]
}

const clientIndex = fc.nat(clientCount - 1)
const anyPeer = fc.constantFrom(...peers)
const number = fc.constantFrom(0x4000, 0x4001)
const lifetime = fc.constantFrom<Attribute[]>([], [['lifetime', 0]], [['lifetime', 1200]])
const shape = fc.constantFrom<Attribute[]>(
  [],
  [['evenPort', false]],
  [['evenPort', true]],
  [['additionalAddressFamily', 2]],
)

type Step = (context: State) => void
const ask =
  (i: number, method: Parameters<TurnTestClient['request']>[0], values: readonly Attribute[]): Step =>
  ({ clients }) => {
    clients[i]!.freshNonce()
    clients[i]!.request(method, values)
  }

/** Properties that hold for any actions of clients, peers, other processes and the clock. */
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 3, arbitrary: fc.tuple(clientIndex, shape).map(([i, values]) => ask(i, 'allocate', [udp, ...values])) },
  fc.tuple(clientIndex, lifetime).map(([i, values]) => ask(i, 'refresh', values)),
  fc.tuple(clientIndex, anyPeer).map(([i, peer]) => ask(i, 'createPermission', [['xorPeerAddress', peer]])),
  fc.tuple(clientIndex, anyPeer, number).map(([i, peer, channel]) =>
    ask(i, 'channelBind', [
      ['channelNumber', channel],
      ['xorPeerAddress', peer],
    ]),
  ),
  clientIndex.map(
    (i): Step =>
      ({ harness, clients }) =>
        harness.closeClient(clients[i]!.fiveTuple),
  ),
  fc.integer({ min: 1, max: 700_000 }).map(
    (time): Step =>
      ({ harness }) =>
        harness.advance(time),
  ),
  fc.constant<Step>(({ harness }) => harness.sweepExpired()),
  fc.integer({ min: first, max: last }).map(
    (port): Step =>
      ({ harness }) =>
        void (harness.conflictingPorts.delete(port) || harness.conflictingPorts.add(port)),
  ),
  fc.boolean().map(
    (isBindDelayed): Step =>
      ({ harness }) =>
        isBindDelayed ? void (harness.isBindDelayed = true) : harness.completeBinds(),
  ),
)

function createState(): State {
  const harness = new CoreHarness({ relayPorts: [first, last], quotas: { user: 3 } })
  const clients = Array.from({ length: clientCount }, (_, i) => harness.client({ name: i % 2 ? 'anna' : 'bob' }))
  for (const turnClient of clients)
    turnClient.credentials = harness.credentials(turnClient.credentials.username.split(':')[1]!, 10_000_000)
  return { harness, clients }
}

const explore = (check: (context: State) => void): void =>
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const context = createState()
      for (const run of steps) {
        run(context)
        check(context)
      }
    }),
    { numRuns: 300 },
  )

test('every bound socket belongs to a relay, and every relay has a bound socket', () => {
  explore(({ harness: { state, boundRelays } }) => {
    const owned = [...state.allocations.values()].flatMap(({ relays }) => relays)
    const reserved = [...state.reservations.values()].map(({ relay }) => relay)
    const pending = [...state.pendingAllocations.values()].flatMap(({ relays, unboundRelays }) =>
      relays.filter((relay) => !unboundRelays.has(relay)),
    )
    expect(new Set(boundRelays)).toEqual(new Set([...owned, ...reserved, ...pending]))
  })
})

test('quota counts equal the existing allocations and reservations', () => {
  explore(({ harness: { state } }) => {
    const ids = [
      ...[...state.allocations.values()].map(({ user }) => user.id),
      ...[...state.pendingAllocations.values()].flatMap(({ request, quotaCount }) =>
        Array<string>(quotaCount).fill(request.user.id),
      ),
      ...[...state.reservations.values()].map(({ quotaKeys }) => quotaKeys.id),
    ]
    const counts = new Map([...new Set(ids)].map((id) => [id, ids.filter((other) => other === id).length]))
    expect([state.allocationCounts.byUser, state.allocationCounts.total]).toEqual([counts, ids.length])
    expect(Math.max(0, ...counts.values())).toBeLessThanOrEqual(3)
  })
})

test('each channel has one peer, and each peer has one channel', () => {
  explore(({ harness: { state } }) => {
    for (const { channels, permissions } of state.allocations.values()) {
      const byNumber = [...channels.values()]
      const byPeer = [...permissions.values()].flatMap((permission) => [...permission.channels.values()])
      expect(new Set(byPeer)).toEqual(new Set(byNumber))
      expect(new Set(byNumber.map(({ permission, port }) => `${permission.reachedIp} ${port}`)).size).toBe(
        byNumber.length,
      )
    }
  })
})

test('nothing expired is relayed, even before the sweep', () => {
  explore(({ harness, clients }) => {
    harness.relayed.length = 0
    for (const turnClient of clients) turnClient.sendChannelData(0x4000, Uint8Array.of(1))
    const live = [...harness.state.allocations.values()].filter(
      (allocation) =>
        allocation.expiresAt > harness.now && (allocation.channels.get(0x4000)?.expiresAt ?? 0) > harness.now,
    )
    expect(harness.relayed.length).toBe(live.length)
    const before = harness.sent.length
    for (const { advertised } of harness.boundRelays)
      for (const peer of peers) harness.receiveFromPeer(advertised, Uint8Array.of(2), peer)
    const admitted = [...harness.state.allocations.values()]
      .filter(({ expiresAt }) => expiresAt > harness.now)
      .flatMap(({ permissions, relays }) =>
        peers.flatMap(({ ip }) => relays.filter(() => (permissions.get(ip)?.expiresAt ?? 0) > harness.now)),
      )
    expect(harness.sent.length - before).toBe(admitted.length)
  })
})

test('every request with any mix of attributes gets at most one response', () => {
  const values = fc.array(
    fc.constantFrom<Attribute>(
      udp,
      ['requestedTransport', 6],
      ['lifetime', 0],
      ['lifetime', 0xffffffff],
      ['channelNumber', 0],
      ['channelNumber', 0x4000],
      ['data', new Uint8Array(9)],
      ['xorPeerAddress', peers[0]!],
      ['xorPeerAddress', { ip: '::', port: 0 }],
      ['xorPeerAddress', { ip: '2600::1', port: 1 }],
      ['evenPort', true],
      ['evenPort', false],
      ['requestedAddressFamily', 0],
      ['requestedAddressFamily', 1],
      ['requestedAddressFamily', 2],
      ['additionalAddressFamily', 2],
      ['additionalAddressFamily', 9],
      ['reservationToken', new Uint8Array(8)],
      ['errorCode', { code: 400, reason: '' }],
      ['unknownAttributes', [1]],
      ['xorRelayedAddress', peers[0]!],
    ),
    { maxLength: 6 },
  )
  const method = fc.constantFrom('allocate', 'refresh', 'createPermission', 'channelBind', 'binding', 'send', 'data')
  fc.assert(
    fc.property(fc.array(fc.tuple(method, values), { maxLength: 8 }), (requests) => {
      const { harness, clients } = createState()
      for (const [name, attributes] of requests) {
        clients[0]!.freshNonce()
        const before = harness.sent.length
        if (name === 'binding') clients[0]!.requestUnauthenticated(name, attributes)
        else clients[0]!.request(name as 'allocate', attributes)
        expect(harness.sent.length - before).toBe(name === 'send' || name === 'data' ? 0 : 1)
        clients[0]!.sendIndication(attributes)
      }
    }),
    { numRuns: 300 },
  )
})

test('after the longest lifetime no state is left', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const context = createState()
      for (const run of steps) run(context)
      context.harness.completeBinds()
      context.harness.advance(3_600_000)
      context.harness.sweepExpired()
      const { state, boundRelays } = context.harness
      expect([
        boundRelays.size,
        state.allocations.size,
        state.pendingAllocations.size,
        state.pendingRelays.size,
        state.reservations.size,
        state.allocationCounts.total,
      ]).toEqual([0, 0, 0, 0, 0, 0])
      context.harness.conflictingPorts.clear()
      const ports = Array.from(
        { length: last - first + 1 },
        (_, i) => context.harness.client({ name: `guest ${i}` }).allocate().port,
      )
      expect(new Set(ports).size).toBe(last - first + 1)
    }),
    { numRuns: 300 },
  )
})
