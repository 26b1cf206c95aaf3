import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Attribute } from '../../../turn/stun/attributes.ts'
import type { Asker } from '../asker.ts'
import { Desk } from '../desk.ts'

const first = 50_000
const last = 50_005
const clients = 4
const peers = [{ ip: '1.2.3.4', port: 5 }, { ip: '1.2.3.4', port: 6 }, { ip: '4.3.2.1', port: 5 }]
const udp: Attribute = ['requestedTransport', 17]

interface World {
  readonly desk: Desk
  readonly askers: Asker[]
}

const who = fc.nat(clients - 1)
const whom = fc.constantFrom(...peers)
const number = fc.constantFrom(0x4000, 0x4001)
const lifetime = fc.constantFrom<Attribute[]>([], [['lifetime', 0]], [['lifetime', 1200]])
const shape = fc.constantFrom<Attribute[]>([], [['evenPort', false]], [['evenPort', true]], [['additionalAddressFamily', 2]])

type Step = (world: World) => void
const ask = (i: number, method: Parameters<Asker['ask']>[0], values: readonly Attribute[]): Step => ({ askers }) => {
  askers[i]!.freshNonce()
  askers[i]!.ask(method, values)
}

/** Whatever clients, peers, other processes and time may do. */
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 3, arbitrary: fc.tuple(who, shape).map(([i, values]) => ask(i, 'allocate', [udp, ...values])) },
  fc.tuple(who, lifetime).map(([i, values]) => ask(i, 'refresh', values)),
  fc.tuple(who, whom).map(([i, peer]) => ask(i, 'createPermission', [['xorPeerAddress', peer]])),
  fc.tuple(who, whom, number).map(([i, peer, channel]) => ask(i, 'channelBind', [['channelNumber', channel], ['xorPeerAddress', peer]])),
  who.map((i): Step => ({ desk, askers }) => desk.hangUp(askers[i]!.path)),
  fc.integer({ min: 1, max: 700_000 }).map((time): Step => ({ desk }) => desk.advance(time)),
  fc.constant<Step>(({ desk }) => desk.expire()),
  fc.integer({ min: first, max: last }).map((port): Step => ({ desk }) => void (desk.taken.delete(port) || desk.taken.add(port))),
  fc.boolean().map((isSlow): Step => ({ desk }) => (isSlow ? void (desk.isSlow = true) : desk.finishOpening())),
)

function newWorld(): World {
  const desk = new Desk({ relayPorts: [first, last], quotas: { user: 3 } })
  const askers = Array.from({ length: clients }, (_, i) => desk.client({ name: i % 2 ? 'anna' : 'bob' }))
  for (const asker of askers) asker.login = desk.credentials(asker.login.username.split(':')[1]!, 10_000_000)
  return { desk, askers }
}

const explore = (check: (world: World) => void): void =>
  fc.assert(fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
    const world = newWorld()
    for (const act of steps) {
      act(world)
      check(world)
    }
  }), { numRuns: 300 })

test('every bound socket belongs to somebody, and nobody has one that is closed', () => {
  explore(({ desk: { core, bound } }) => {
    const owned = [...core.allocations.values()].flatMap(({ relays }) => relays)
    const reserved = [...core.reservations.values()].map(({ relay }) => relay)
    const opening = [...core.openings.values()].flatMap(({ relays, pending }) => relays.filter((relay) => !pending.has(relay)))
    expect(new Set(bound)).toEqual(new Set([...owned, ...reserved, ...opening]))
  })
})

test('quotas count what is there', () => {
  explore(({ desk: { core } }) => {
    const ids = [
      ...[...core.allocations.values()].map(({ user }) => user.id),
      ...[...core.openings.values()].flatMap(({ call, count }) => Array<string>(count).fill(call.user.id)),
      ...[...core.reservations.values()].map(({ owner }) => owner.id),
    ]
    const counts = new Map([...new Set(ids)].map((id) => [id, ids.filter((other) => other === id).length]))
    expect([core.tally.users, core.tally.total]).toEqual([counts, ids.length])
    expect(Math.max(0, ...counts.values())).toBeLessThanOrEqual(3)
  })
})

test('a channel has one peer and a peer one channel', () => {
  explore(({ desk: { core } }) => {
    for (const { channels, hosts } of core.allocations.values()) {
      const byNumber = [...channels.values()]
      const byPeer = [...hosts.values()].flatMap((host) => [...host.channels.values()])
      expect(new Set(byPeer)).toEqual(new Set(byNumber))
      expect(new Set(byNumber.map(({ host, port }) => `${host.reached} ${port}`)).size).toBe(byNumber.length)
    }
  })
})

test('nothing is relayed once its time is over, however late the clock', () => {
  explore(({ desk, askers }) => {
    desk.relayed.length = 0
    for (const asker of askers) asker.sendChannelData(0x4000, Uint8Array.of(1))
    const live = [...desk.core.allocations.values()].filter((allocation) =>
      allocation.expiresAt > desk.now && (allocation.channels.get(0x4000)?.expiresAt ?? 0) > desk.now)
    expect(desk.relayed.length).toBe(live.length)
    const before = desk.sent.length
    for (const { advertised } of desk.bound) for (const peer of peers) desk.receiveFromPeer(advertised, Uint8Array.of(2), peer)
    const admitted = [...desk.core.allocations.values()].filter(({ expiresAt }) => expiresAt > desk.now).flatMap(({ hosts, relays }) =>
      peers.flatMap(({ ip }) => relays.filter(() => (hosts.get(ip)?.expiresAt ?? 0) > desk.now)))
    expect(desk.sent.length - before).toBe(admitted.length)
  })
})

test('no request, however its attributes are mixed, gets more than one answer or none', () => {
  const values = fc.array(fc.constantFrom<Attribute>(
    udp, ['requestedTransport', 6], ['lifetime', 0], ['lifetime', 0xffffffff], ['channelNumber', 0], ['channelNumber', 0x4000], ['data', new Uint8Array(9)],
    ['xorPeerAddress', peers[0]!], ['xorPeerAddress', { ip: '::', port: 0 }], ['xorPeerAddress', { ip: '2600::1', port: 1 }], ['evenPort', true], ['evenPort', false],
    ['requestedAddressFamily', 0], ['requestedAddressFamily', 1], ['requestedAddressFamily', 2], ['additionalAddressFamily', 2], ['additionalAddressFamily', 9],
    ['reservationToken', new Uint8Array(8)], ['errorCode', { code: 400, reason: '' }], ['unknownAttributes', [1]], ['xorRelayedAddress', peers[0]!],
  ), { maxLength: 6 })
  const method = fc.constantFrom('allocate', 'refresh', 'createPermission', 'channelBind', 'binding', 'send', 'data')
  fc.assert(fc.property(fc.array(fc.tuple(method, values), { maxLength: 8 }), (requests) => {
    const { desk, askers } = newWorld()
    for (const [name, attributes] of requests) {
      askers[0]!.freshNonce()
      const before = desk.sent.length
      if (name === 'binding') askers[0]!.askPlainly(name, attributes)
      else askers[0]!.ask(name as 'allocate', attributes)
      expect(desk.sent.length - before).toBe(name === 'send' || name === 'data' ? 0 : 1)
      askers[0]!.indicate(attributes)
    }
  }), { numRuns: 300 })
})

test('after the longest lifetime nothing is left', () => {
  fc.assert(fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
    const world = newWorld()
    for (const act of steps) act(world)
    world.desk.finishOpening()
    world.desk.advance(3_600_000)
    world.desk.expire()
    const { core, bound } = world.desk
    expect([bound.size, core.allocations.size, core.openings.size, core.awaited.size, core.reservations.size, core.tally.total]).toEqual([0, 0, 0, 0, 0, 0])
    world.desk.taken.clear()
    const ports = Array.from({ length: last - first + 1 }, (_, i) => world.desk.client({ name: `guest ${i}` }).allocate().port)
    expect(new Set(ports).size).toBe(last - first + 1)
  }), { numRuns: 300 })
})
