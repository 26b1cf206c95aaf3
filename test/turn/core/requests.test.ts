import { createHmac } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import type { Attribute } from '../../../turn/stun/attributes.ts'
import { encode } from '../../../turn/stun/encode.ts'
import { isSealedWith, longTermKey } from '../../../turn/stun/integrity.ts'
import { decode, has, methods, read } from '../../../turn/stun/message.ts'
import { newTransaction, outcome, type Asker, type Manner, type Method } from '../asker.ts'
import { Desk, realm } from '../desk.ts'

const udp: Attribute = ['requestedTransport', 17]
const peer: Attribute = ['xorPeerAddress', { ip: '1.2.3.4', port: 5000 }]
const closedPeer: Attribute = ['xorPeerAddress', { ip: '10.0.0.1', port: 5000 }]
const ipv6Peer: Attribute = ['xorPeerAddress', { ip: '2600::1', port: 5000 }]
const channel: Attribute = ['channelNumber', 0x4000]
const token: Attribute = ['reservationToken', new Uint8Array(8)]

/** How far the asker has come before the request that counts. */
const stages = {
  stranger: () => {},
  allocated: (asker: Asker) => void asker.allocate(),
  bound: (asker: Asker) => {
    asker.allocate()
    asker.ask('channelBind', [channel, peer])
  },
}

type Rules = ConstructorParameters<typeof Desk>[0]
type Row = [code: number, reason: string, method: Method, stage: keyof typeof stages, values: Attribute[], manner?: Manner, rules?: Rules]

const withoutIpv6: Rules = { relayAddress: (_, family) => (family === 4 ? { local: '198.51.100.7', advertised: '198.51.100.7' } : undefined) }

const shared = (method: Method, stage: keyof typeof stages, values: Attribute[]): Row[] => [
  [401, 'the credential is wrong', method, stage, values, { credential: 'wrong' }],
  [401, 'nobody made this name', method, stage, values, { username: '9999999999:bob', credential: 'guess' }],
  [401, 'the name is not one of ours', method, stage, values, { username: 'bob' }],
  [401, 'the realm is another', method, stage, values, { realm: 'elsewhere' }],
  [438, 'the nonce is invented', method, stage, values, { nonce: '00000000' + 'A'.repeat(22) }],
  [438, 'the nonce is empty', method, stage, values, { nonce: '' }],
]

const rows: Row[] = [
  ...shared('allocate', 'stranger', [udp]),
  ...shared('refresh', 'allocated', []),
  ...shared('createPermission', 'allocated', [peer]),
  ...shared('channelBind', 'allocated', [channel, peer]),
  [400, 'no transport is asked for', 'allocate', 'stranger', []],
  [437, 'the 5-tuple has an allocation', 'allocate', 'allocated', [udp]],
  [440, 'the family is unknown', 'allocate', 'stranger', [udp, ['requestedAddressFamily', 3]]],
  [440, 'there is no IPv6 here', 'allocate', 'stranger', [udp, ['requestedAddressFamily', 2]], {}, withoutIpv6],
  [442, 'the transport is TCP (RFC 6062)', 'allocate', 'stranger', [['requestedTransport', 6]]],
  [486, 'the user has enough', 'allocate', 'stranger', [udp], {}, { quotas: { user: 0 } }],
  [508, 'the token is unknown', 'allocate', 'stranger', [udp, token]],
  [508, 'no pair fits into the range', 'allocate', 'stranger', [udp, ['evenPort', true]], {}, { relayPorts: [50_001, 50_002] }],
  [508, 'no even port is in the range', 'allocate', 'stranger', [udp, ['evenPort', false]], {}, { relayPorts: [50_001, 50_001] }],
  [400, 'a token and an even port', 'allocate', 'stranger', [udp, token, ['evenPort', false]]],
  [400, 'a token and a family', 'allocate', 'stranger', [udp, token, ['requestedAddressFamily', 1]]],
  [400, 'a family and an additional one', 'allocate', 'stranger', [udp, ['requestedAddressFamily', 1], ['additionalAddressFamily', 2]]],
  [400, 'IPv4 as the additional family', 'allocate', 'stranger', [udp, ['additionalAddressFamily', 1]]],
  [400, 'a pair of ports in two families', 'allocate', 'stranger', [udp, ['evenPort', true], ['additionalAddressFamily', 2]]],
  [437, 'there is no allocation', 'refresh', 'stranger', []],
  [437, 'there is none to delete', 'refresh', 'stranger', [['lifetime', 0]]],
  [443, 'the allocation has no IPv6', 'refresh', 'allocated', [['requestedAddressFamily', 2]]],
  [437, 'there is no allocation', 'createPermission', 'stranger', [peer]],
  [400, 'no peer is named', 'createPermission', 'allocated', []],
  [403, 'the peer is private', 'createPermission', 'allocated', [closedPeer]],
  [403, 'one peer of two is private', 'createPermission', 'allocated', [peer, closedPeer]],
  [443, 'the peer is IPv6 and the relay is not', 'createPermission', 'allocated', [ipv6Peer]],
  [437, 'there is no allocation', 'channelBind', 'stranger', [channel, peer]],
  [400, 'no channel is named', 'channelBind', 'allocated', [peer]],
  [400, 'no peer is named', 'channelBind', 'allocated', [channel]],
  [400, 'the number is too low', 'channelBind', 'allocated', [['channelNumber', 0x3fff], peer]],
  [400, 'the number is too high', 'channelBind', 'allocated', [['channelNumber', 0x8000], peer]],
  [403, 'the peer is private', 'channelBind', 'allocated', [channel, closedPeer]],
  [443, 'the peer is IPv6 and the relay is not', 'channelBind', 'allocated', [channel, ipv6Peer]],
  [400, 'the channel has another peer', 'channelBind', 'bound', [channel, ['xorPeerAddress', { ip: '1.2.3.4', port: 5001 }]]],
  [400, 'the peer has another channel', 'channelBind', 'bound', [['channelNumber', 0x4001], peer]],
]

test.each(rows)('%i because %s: %s, %s', (code, _reason, method, stage, values, manner = {}, rules = {}) => {
  const desk = new Desk(rules)
  const asker = desk.client()
  stages[stage](asker)
  const bound = desk.bound.size
  expect(outcome(asker.ask(method, values, manner))).toBe(code)
  expect(desk.bound.size).toBe(bound)
  expect(desk.core.counters.refused[code]).toBeGreaterThan(0)
})

describe.each<[Method, Attribute[]]>([
  ['allocate', [udp]], ['refresh', []], ['createPermission', [peer]], ['channelBind', [channel, peer]],
])('%s', (method, values) => {
  test('without a seal is a 401 with realm and nonce, and leaves nothing behind', () => {
    const desk = new Desk()
    const answer = desk.client().askPlainly(method, values)!
    expect([outcome(answer), read(answer, 'realm'), read(answer, 'nonce')]).toEqual([401, realm, expect.stringMatching(/^obMatJos2gAAA[0-9a-f]{8}.{22}$/)])
    expect([desk.core.allocations.size, desk.core.openings.size, desk.bound.size]).toEqual([0, 0, 0])
  })

  test.each(['username', 'realm', 'nonce'] as const)('with a seal but without %s is a 400', (missing) => {
    const asker = new Desk().client()
    const { username, credential } = asker.login
    const claims = ([['username', username], ['realm', realm], ['nonce', asker.nonce()]] as Attribute[]).filter(([name]) => name !== missing)
    const header = { kind: 'request', method: methods[method], transaction: newTransaction() } as const
    expect(outcome(asker.send(encode(header, [...values, ...claims], { seal: 'messageIntegrity', key: longTermKey(username, realm, credential) })))).toBe(400)
  })

  // RFC 8656 §5 speaks of all but Allocate: by §7.2 that one is told to come from another port.
  const code = method === 'allocate' ? 437 : 441
  test(`of another user on the same 5-tuple is a ${code}`, () => {
    const desk = new Desk()
    const anna = desk.client()
    anna.allocate()
    expect(outcome(anna.ask(method, values, desk.credentials('bob')))).toBe(code)
  })

  test('with an attribute that we must know and do not is a 420 that names it', () => {
    const asker = new Desk().client()
    const answer = asker.send(withUnknown(asker, method, 0x7f01))!
    expect([outcome(answer), read(answer, 'unknownAttributes')]).toEqual([420, [0x7f01]])
  })

  test('with an unknown attribute that may be passed over passes it over', () => {
    const asker = new Desk().client()
    expect(outcome(asker.send(withUnknown(asker, method, 0xff01)))).not.toBe(420)
  })

  test('with a value of the wrong length is a 400', () => {
    const asker = new Desk().client()
    if (method !== 'allocate') asker.allocate()
    const broken = { allocate: 0x0019, refresh: 0x000d, createPermission: 0x0012, channelBind: 0x000c, binding: 0, send: 0, data: 0 }[method]
    expect(outcome(asker.send(withUnknown(asker, method, broken)))).toBe(400)
  })
})

/** A sealed request with one attribute of three bytes, of whatever type. */
function withUnknown(asker: Asker, method: Method, type: number): Uint8Array {
  const { username, credential } = asker.login
  const claims: Attribute[] = [['username', username], ['realm', realm], ['nonce', asker.nonce()]]
  const header = { kind: 'request', method: methods[method], transaction: newTransaction() } as const
  const open = Buffer.concat([encode(header, claims), Uint8Array.of(type >> 8, type, 0, 3, 1, 2, 3, 0)])
  open.writeUInt16BE(open.length - 20, 2)
  return sealed(open, longTermKey(username, realm, credential))
}

/** RFC 8489 §14.5 by hand, so that the encoder does not judge itself. */
function sealed(open: Buffer, key: Uint8Array): Uint8Array {
  const packet = Buffer.concat([open, Buffer.from([0, 8, 0, 20]), Buffer.alloc(20)])
  packet.writeUInt16BE(packet.length - 20, 2)
  createHmac('sha1', key).update(packet.subarray(0, -24)).digest().copy(packet, packet.length - 20)
  return packet
}

describe('binding', () => {
  test('tells anybody where they come from, in no more than 32 bytes', () => {
    const desk = new Desk()
    const asker = desk.client({ remote: { ip: '192.0.2.77', port: 40_404 } })
    const answer = asker.askPlainly('binding')!
    expect(read(answer, 'xorMappedAddress')).toEqual({ ip: '192.0.2.77', port: 40_404 })
    expect(answer.packet.length).toBe(32)
  })

  test('echoes a fingerprint, and has none of its own accord', () => {
    const asker = new Desk().client()
    expect(has(asker.askPlainly('binding', [], true)!, 'fingerprint')).toBe(true)
    expect(has(asker.askPlainly('binding', [], false)!, 'fingerprint')).toBe(false)
  })

  test('with an attribute that we must know and do not is a 420', () => {
    const asker = new Desk().client()
    expect(outcome(asker.send(withUnknown(asker, 'binding', 0x0024)))).toBe(420)
  })
})

describe('silence is the answer to', () => {
  const header = { kind: 'request', method: 1, transaction: newTransaction() } as const
  test.each<[string, Uint8Array]>([
    ['an empty packet', new Uint8Array()],
    ['noise', Uint8Array.of(0, 1, 2, 3, 4, 5, 6, 7, 8, 9)],
    ['DTLS', Uint8Array.of(22, 254, 253, ...new Uint8Array(60))],
    ['RTP', Uint8Array.of(0x80, 96, ...new Uint8Array(60))],
    ['a success', encode({ ...header, kind: 'success' }, [])],
    ['an error', encode({ ...header, kind: 'error' }, [])],
    ['a Binding indication', encode({ ...header, kind: 'indication' }, [])],
    ['an unknown method', encode({ ...header, method: 0x00a }, [])],
    ['a Data indication', encode({ ...header, kind: 'indication', method: methods.data }, [])],
    ['a Send indication of a stranger', encode({ ...header, kind: 'indication', method: methods.send }, [peer, ['data', Uint8Array.of(1)]])],
    ['ChannelData of a stranger', Uint8Array.of(0x40, 0, 0, 1, 7)],
  ])('%s', (_, packet) => {
    const desk = new Desk()
    expect(desk.client().send(packet)).toBeUndefined()
    expect([desk.sent, desk.relayed]).toEqual([[], []])
  })
})

test('answers carry the transaction and the seal of their question', () => {
  const asker = new Desk().client()
  const transaction = newTransaction()
  const answer = asker.ask('allocate', [udp], { transaction, fingerprint: true })!
  expect([[...answer.transaction], has(answer, 'fingerprint')]).toEqual([[...transaction], true])
  expect(isSealedWith(decode(answer.packet), 'messageIntegrity', longTermKey(asker.login.username, realm, asker.login.credential))).toBe(true)
})
