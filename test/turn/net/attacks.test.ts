import { randomBytes } from 'node:crypto'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { describe, expect, test } from 'vitest'
import { Budget, challengeRate, sourceKey } from '../../../turn/core/challengeLimiter.ts'
import { Ports } from '../../../turn/core/relayPorts.ts'
import type { Attribute } from '../../../turn/stun/attributes.ts'
import { encode } from '../../../turn/stun/encode.ts'
import { decode, methods, read } from '../../../turn/stun/message.ts'
import { newTransaction, outcome } from '../asker.ts'
import { Desk, pathFrom, relayIp, relayIp6 } from '../desk.ts'

/** What was done to other servers, tried on ours: each by the road that it took there. */

const seconds = 1000
const udp: Attribute = ['requestedTransport', 17]
const dual: Attribute = ['additionalAddressFamily', 2]
const hello = Buffer.from('hello')

/** Whether a peer can be reached by any of the three roads: permission, channel, Send. */
function reaches(ip: string, port = 80): boolean {
  const desk = new Desk({ peers: { isOurs: (own) => own === '8.8.4.4' } })
  const asker = desk.client()
  asker.allocate([dual])
  const peer: Attribute = ['xorPeerAddress', { ip, port }]
  const answers = [outcome(asker.ask('createPermission', [peer])), outcome(asker.ask('channelBind', [['channelNumber', 0x4000], peer]))]
  asker.indicate([peer, ['data', hello]])
  asker.sendChannelData(0x4000, hello)
  return answers.includes('success') || desk.relayed.length > 0
}

describe('a peer that is nobody’s business', () => {
  test.each([
    ['CVE-2020-26262', '0.0.0.0'], ['CVE-2020-26262', '::'], ['CVE-2020-26262', '::1'], ['CVE-2020-26262', '127.0.0.1'],
    ['CVE-2026-27624, mapped', '::ffff:127.0.0.1'], ['CVE-2026-27624, mapped private', '::ffff:10.0.0.1'], ['CVE-2026-27624, compatible', '::127.0.0.1'],
    ['CVE-2026-27624, translated', '::ffff:0:127.0.0.1'], ['CVE-2026-27624, NAT64', '64:ff9b::7f00:1'], ['CVE-2026-27624, 6to4', '2002:7f00:1::1'],
    ['the metadata service', '169.254.169.254'], ['the metadata service, mapped', '::ffff:169.254.169.254'], ['the metadata service over IPv6', 'fd00:ec2::254'],
    ['the machine’s own database', '8.8.4.4'], ['the machine’s own database, mapped', '::ffff:8.8.4.4'],
    ['a LAN', '192.168.1.1'], ['link-local', 'fe80::1'], ['everybody', '224.0.0.1'], ['everybody over IPv6', 'ff02::1'],
  ])('%s: %s is reached by no road', (_, ip) => expect(reaches(ip)).toBe(false))

  test('others are', () => expect([reaches('1.2.3.4'), reaches('2600::1'), reaches('1.2.3.4', 5432)]).toEqual([true, true, true]))

  test('at a relay’s own address only relay ports are open', () => {
    const desk = new Desk()
    const asker = desk.client()
    const { ip } = asker.allocate()
    const bind = (number: number, port: number) => outcome(asker.ask('channelBind', [['channelNumber', number], ['xorPeerAddress', { ip, port }]]))
    expect([bind(0x4000, 5432), bind(0x4001, 50_050)]).toEqual([403, 'success'])
    asker.indicate([['xorPeerAddress', { ip, port: 5432 }], ['data', hello]])
    expect(desk.relayed).toEqual([])
  })
})

describe('a packet that was tampered with', () => {
  test('does nothing by what follows its seal', () => {
    const desk = new Desk()
    const asker = desk.client()
    asker.allocate()
    const relay = [...desk.core.allocations.values()][0]!
    const sealed = captured(() => asker.ask('refresh', [['lifetime', 1200]]))
    const more = encode({ kind: 'request', method: methods.refresh, transaction: newTransaction() }, [['lifetime', 0]]).subarray(20)
    const longer = Buffer.concat([sealed, more])
    longer.writeUInt16BE(longer.length - 20, 2)
    expect([outcome(asker.send(longer)), desk.core.allocations.size, relay.expiresAt - desk.now]).toEqual(['success', 1, 1200 * seconds])

    function captured(act: () => void): Uint8Array {
      const { send } = asker
      let packet = new Uint8Array()
      asker.send = (sent) => send.call(asker, (packet = Uint8Array.from(sent)))
      act()
      asker.send = send
      return packet
    }
  })

  test('relays no byte that it does not have: DATA longer than its packet', () => {
    const desk = new Desk()
    const asker = desk.client()
    asker.allocate()
    asker.ask('createPermission', [['xorPeerAddress', { ip: '1.2.3.4', port: 5 }]])
    const packet = Buffer.from(encode({ kind: 'indication', method: methods.send, transaction: newTransaction() }, [['xorPeerAddress', { ip: '1.2.3.4', port: 5 }], ['data', hello]]))
    packet.writeUInt16BE(500, packet.length - 10)
    asker.send(packet)
    asker.sendChannelData(0x4000, hello, 60_000)
    expect(desk.relayed).toEqual([])
  })

  test('leaks no memory in padding (CVE-2020-4067)', () => {
    // Memory that was used before, as the pool has it.
    for (let i = 0; i < 100; i++) Buffer.allocUnsafe(4096).fill(0xee)
    const desk = new Desk()
    const asker = desk.client()
    const answers = [asker.askPlainly('allocate')!, asker.ask('allocate', [['requestedTransport', 6]])!, asker.ask('allocate', [udp])!]
    for (const { packet } of answers) expect(paddingOf(packet).every((byte) => byte === 0)).toBe(true)
    expect(answers.flatMap(({ packet }) => paddingOf(packet)).length).toBeGreaterThan(0)
  })
})

describe('what is drawn', () => {
  test('cannot be foretold (CVE-2025-69217): ports, tokens and nonces of a server with true dice', () => {
    const desk = new Desk({ random: randomBytes, relayPorts: [49_152, 65_535], quotas: { user: 1000 } })
    const drawn = Array.from({ length: 200 }, () => {
      const asker = desk.client()
      const answer = asker.ask('allocate', [udp, ['evenPort', true]])!
      return { port: read(answer, 'xorRelayedAddress')!.port, token: Buffer.from(read(answer, 'reservationToken')!).toString('hex'), nonce: asker.nonce() }
    })
    const steps = drawn.slice(1).map(({ port }, i) => port - drawn[i]!.port)
    expect(new Set(steps).size).toBeGreaterThan(180)
    expect([new Set(drawn.map(({ token }) => token)).size, new Set(drawn.map(({ nonce }) => nonce)).size]).toEqual([200, 200])
  })

  test('comes from the dice that were given, and from nothing else', () => {
    const ports = new Ports([50_000, 50_999], (bytes) => Buffer.alloc(bytes, 0))
    expect([ports.take(relayIp, 'any', new Set()), ports.take(relayIp6, 'any', new Set())]).toEqual([50_000, 50_000])
  })
})

describe('memory', () => {
  const rounds = 100_000

  test('a hundred thousand packets of strangers from as many addresses leave the heap where it was', () => {
    const desk = new Desk()
    const header = { kind: 'request', method: methods.allocate, transaction: newTransaction() } as const
    const packets = [
      encode(header, [udp]),
      encode(header, [udp, ['username', '9999999999:x'], ['realm', 'test'], ['nonce', 'x']], { seal: 'messageIntegrity', key: Buffer.alloc(16) }),
      encode({ ...header, method: methods.binding }, []),
      Buffer.alloc(100, 0x17),
    ]
    const storm = (from: number, to: number): void => {
      for (let i = from; i < to; i++) {
        desk.receive(packets[i % packets.length]!, pathFrom({ ip: `9.${(i >> 16) & 255}.${(i >> 8) & 255}.${i & 255}`, port: 1024 + (i % 60_000) }))
        desk.sent.length = 0
      }
    }
    storm(0, 10_000)
    const before = heap()
    storm(10_000, 10_000 + rounds)
    expect((heap() - before) / rounds).toBeLessThan(10)
    const { allocations, openings, awaited, reservations, tally, relayIps } = desk.core
    expect([allocations, openings, awaited, reservations, tally.users, tally.networks, relayIps, desk.core.meters].map(({ size }) => size)).toEqual([0, 0, 0, 0, 0, 0, 0, 0])
  })

  test('a hundred thousand allocations in a range of ten, pairs among them, never meet 508 and leave nothing', () => {
    const desk = new Desk({ relayPorts: [50_000, 50_009] })
    const asker = desk.client()
    asker.login = desk.credentials('anna', 2_000_000_000)
    const shapes: Attribute[][] = [[], [['evenPort', false]], [dual], [['evenPort', true]]]
    const cycle = (i: number): void => {
      const shape = shapes[i % shapes.length]!
      if (outcome(asker.ask('allocate', [udp, ...shape])) !== 'success') throw new Error(`no allocation in round ${i}`)
      asker.ask('refresh', [['lifetime', 0]])
      if (shape === shapes[3]) desk.advance(30 * seconds)
      if (shape === shapes[3]) desk.expire()
      if (shape === shapes[3]) asker.freshNonce()
      desk.sent.length = 0
    }
    for (let i = 0; i < 1000; i++) cycle(i)
    const before = heap()
    for (let i = 0; i < rounds; i++) cycle(i)
    expect((heap() - before) / rounds).toBeLessThan(10)
    expect([desk.bound.size, desk.core.tally.total, desk.core.reservations.size, desk.core.counters.refused[508]]).toEqual([0, 0, 0, undefined])
  })

  test('a table of budgets is as large for a million sources as for one', () => {
    const budget = new Budget(randomBytes(32), challengeRate)
    const before = heap()
    for (let i = 0; i < rounds; i++) budget.spend(sourceKey(`9.${(i >> 16) & 255}.${(i >> 8) & 255}.${i & 255}`), i)
    expect((heap() - before) / rounds).toBeLessThan(10)
  })
})

test('an answer to a stranger is small: 32 bytes for a Binding of 20, and none to an answer', () => {
  const asker = new Desk().client()
  const answer = asker.askPlainly('binding')!
  expect(answer.packet.length).toBeLessThanOrEqual(40)
  expect(asker.send(answer.packet)).toBeUndefined()
})

/** Bytes in use, garbage left out. */
function heap(): number {
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as () => void
  collect()
  return process.memoryUsage().heapUsed
}

/** Every byte between attributes. */
function paddingOf(packet: Uint8Array): number[] {
  return decode(packet).attributes.flatMap(({ offset, value }) => {
    const end = offset + 4 + value.length
    return [...packet.subarray(end, (end + 3) & ~3)]
  })
}
