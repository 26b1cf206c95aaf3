import { createHmac } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import type { Attribute } from '../../../turn/stun/attributes.ts'
import { encode } from '../../../turn/stun/encode.ts'
import { hasValidIntegrity, longTermKey } from '../../../turn/stun/integrity.ts'
import { decode, has, methods, read } from '../../../turn/stun/message.ts'
import {
  createTransactionId,
  outcome,
  type TurnTestClient,
  type RequestOptions,
  type Method,
} from '../turnTestClient.ts'
import { CoreHarness, realm } from '../coreHarness.ts'

const udp: Attribute = ['requestedTransport', 17]
const peer: Attribute = ['xorPeerAddress', { ip: '1.2.3.4', port: 5000 }]
const closedPeer: Attribute = ['xorPeerAddress', { ip: '10.0.0.1', port: 5000 }]
const ipv6Peer: Attribute = ['xorPeerAddress', { ip: '2600::1', port: 5000 }]
const channel: Attribute = ['channelNumber', 0x4000]
const token: Attribute = ['reservationToken', new Uint8Array(8)]

/** State of the client before the tested request. */
const stages = {
  unauthenticated: () => {},
  allocated: (turnClient: TurnTestClient) => void turnClient.allocate(),
  bound: (turnClient: TurnTestClient) => {
    turnClient.allocate()
    turnClient.request('channelBind', [channel, peer])
  },
}

type Rules = ConstructorParameters<typeof CoreHarness>[0]
type Row = [
  code: number,
  reason: string,
  method: Method,
  stage: keyof typeof stages,
  values: Attribute[],
  options?: RequestOptions,
  rules?: Rules,
]

const withoutIpv6: Rules = {
  chooseRelayAddress: (_, family) => (family === 4 ? { local: '198.51.100.7', advertised: '198.51.100.7' } : undefined),
}

const shared = (method: Method, stage: keyof typeof stages, values: Attribute[]): Row[] => [
  [401, 'the credential is wrong', method, stage, values, { credential: 'wrong' }],
  [401, 'the REST password is wrong', method, stage, values, { username: '9999999999:bob', credential: 'guess' }],
  [401, 'the name is unknown', method, stage, values, { username: 'bob' }],
  [401, 'the realm is wrong', method, stage, values, { realm: 'elsewhere' }],
  [438, 'the nonce is invented', method, stage, values, { nonce: '00000000' + 'A'.repeat(22) }],
  [438, 'the nonce is empty', method, stage, values, { nonce: '' }],
]

const rows: Row[] = [
  ...shared('allocate', 'unauthenticated', [udp]),
  ...shared('refresh', 'allocated', []),
  ...shared('createPermission', 'allocated', [peer]),
  ...shared('channelBind', 'allocated', [channel, peer]),
  [400, 'REQUESTED-TRANSPORT is missing', 'allocate', 'unauthenticated', []],
  [437, 'the 5-tuple has an allocation', 'allocate', 'allocated', [udp]],
  [440, 'the family is unknown', 'allocate', 'unauthenticated', [udp, ['requestedAddressFamily', 3]]],
  [440, 'the server has no IPv6', 'allocate', 'unauthenticated', [udp, ['requestedAddressFamily', 2]], {}, withoutIpv6],
  [442, 'the transport is TCP (RFC 6062)', 'allocate', 'unauthenticated', [['requestedTransport', 6]]],
  [486, 'the user has reached the quota', 'allocate', 'unauthenticated', [udp], {}, { quotas: { user: 0 } }],
  [508, 'the token is unknown', 'allocate', 'unauthenticated', [udp, token]],
  [
    508,
    'the range has no pair',
    'allocate',
    'unauthenticated',
    [udp, ['evenPort', true]],
    {},
    { relayPorts: [50_001, 50_002] },
  ],
  [
    508,
    'the range has no even port',
    'allocate',
    'unauthenticated',
    [udp, ['evenPort', false]],
    {},
    { relayPorts: [50_001, 50_001] },
  ],
  [400, 'it has a token and EVEN-PORT', 'allocate', 'unauthenticated', [udp, token, ['evenPort', false]]],
  [400, 'it has a token and a family', 'allocate', 'unauthenticated', [udp, token, ['requestedAddressFamily', 1]]],
  [
    400,
    'it has a family and an additional one',
    'allocate',
    'unauthenticated',
    [udp, ['requestedAddressFamily', 1], ['additionalAddressFamily', 2]],
  ],
  [400, 'the additional family is IPv4', 'allocate', 'unauthenticated', [udp, ['additionalAddressFamily', 1]]],
  [
    400,
    'it requests a pair of ports in two families',
    'allocate',
    'unauthenticated',
    [udp, ['evenPort', true], ['additionalAddressFamily', 2]],
  ],
  [437, 'the allocation is missing', 'refresh', 'unauthenticated', []],
  [437, 'the allocation to delete is missing', 'refresh', 'unauthenticated', [['lifetime', 0]]],
  [443, 'the allocation has no IPv6', 'refresh', 'allocated', [['requestedAddressFamily', 2]]],
  [437, 'the allocation is missing', 'createPermission', 'unauthenticated', [peer]],
  [400, 'XOR-PEER-ADDRESS is missing', 'createPermission', 'allocated', []],
  [403, 'the peer is private', 'createPermission', 'allocated', [closedPeer]],
  [403, 'one peer of two is private', 'createPermission', 'allocated', [peer, closedPeer]],
  [443, 'the peer is IPv6 and the relay is IPv4', 'createPermission', 'allocated', [ipv6Peer]],
  [437, 'the allocation is missing', 'channelBind', 'unauthenticated', [channel, peer]],
  [400, 'CHANNEL-NUMBER is missing', 'channelBind', 'allocated', [peer]],
  [400, 'XOR-PEER-ADDRESS is missing', 'channelBind', 'allocated', [channel]],
  [400, 'the number is too low', 'channelBind', 'allocated', [['channelNumber', 0x3fff], peer]],
  [400, 'the number is too high', 'channelBind', 'allocated', [['channelNumber', 0x8000], peer]],
  [403, 'the peer is private', 'channelBind', 'allocated', [channel, closedPeer]],
  [443, 'the peer is IPv6 and the relay is IPv4', 'channelBind', 'allocated', [channel, ipv6Peer]],
  [
    400,
    'the channel has another peer',
    'channelBind',
    'bound',
    [channel, ['xorPeerAddress', { ip: '1.2.3.4', port: 5001 }]],
  ],
  [400, 'the peer has another channel', 'channelBind', 'bound', [['channelNumber', 0x4001], peer]],
]

test.each(rows)('%i because %s: %s, %s', (code, _reason, method, stage, values, options = {}, rules = {}) => {
  const harness = new CoreHarness(rules)
  const turnClient = harness.client()
  stages[stage](turnClient)
  const bound = harness.boundRelays.size
  expect(outcome(turnClient.request(method, values, options))).toBe(code)
  expect(harness.boundRelays.size).toBe(bound)
  expect(harness.state.counters.errorResponses[code]).toBeGreaterThan(0)
})

describe.each<[Method, Attribute[]]>([
  ['allocate', [udp]],
  ['refresh', []],
  ['createPermission', [peer]],
  ['channelBind', [channel, peer]],
])('%s', (method, values) => {
  test('without MESSAGE-INTEGRITY returns 401 with realm and nonce, and leaves no state', () => {
    const harness = new CoreHarness()
    const answer = harness.client().requestUnauthenticated(method, values)!
    expect([outcome(answer), read(answer, 'realm'), read(answer, 'nonce')]).toEqual([
      401,
      realm,
      expect.stringMatching(/^obMatJos2gAAA[0-9a-f]{8}.{22}$/),
    ])
    expect([harness.state.allocations.size, harness.state.pendingAllocations.size, harness.boundRelays.size]).toEqual([
      0, 0, 0,
    ])
  })

  test.each(['username', 'realm', 'nonce'] as const)('with MESSAGE-INTEGRITY but without %s returns 400', (missing) => {
    const turnClient = new CoreHarness().client()
    const { username, credential } = turnClient.credentials
    const claims = (
      [
        ['username', username],
        ['realm', realm],
        ['nonce', turnClient.nonce()],
      ] as Attribute[]
    ).filter(([name]) => name !== missing)
    const header = { messageClass: 'request', method: methods[method], transactionId: createTransactionId() } as const
    expect(
      outcome(
        turnClient.send(
          encode(header, [...values, ...claims], {
            integrity: 'messageIntegrity',
            key: longTermKey(username, realm, credential),
          }),
        ),
      ),
    ).toBe(400)
  })

  // RFC 8656 §5 excludes Allocate: by §7.2 its client must use another port.
  const code = method === 'allocate' ? 437 : 441
  test(`on an existing 5-tuple by another user returns ${code}`, () => {
    const harness = new CoreHarness()
    const anna = harness.client()
    anna.allocate()
    expect(outcome(anna.request(method, values, harness.credentials('bob')))).toBe(code)
  })

  test('with an unknown comprehension-required attribute returns 420 with its type', () => {
    const turnClient = new CoreHarness().client()
    const answer = turnClient.send(withUnknown(turnClient, method, 0x7f01))!
    expect([outcome(answer), read(answer, 'unknownAttributes')]).toEqual([420, [0x7f01]])
  })

  test('ignores an unknown comprehension-optional attribute', () => {
    const turnClient = new CoreHarness().client()
    expect(outcome(turnClient.send(withUnknown(turnClient, method, 0xff01)))).not.toBe(420)
  })

  test('with a value of the wrong length returns 400', () => {
    const turnClient = new CoreHarness().client()
    if (method !== 'allocate') turnClient.allocate()
    const broken = {
      allocate: 0x0019,
      refresh: 0x000d,
      createPermission: 0x0012,
      channelBind: 0x000c,
      binding: 0,
      send: 0,
      data: 0,
    }[method]
    expect(outcome(turnClient.send(withUnknown(turnClient, method, broken)))).toBe(400)
  })
})

/** Encodes an authenticated request with a three-byte attribute of any type. */
function withUnknown(turnClient: TurnTestClient, method: Method, type: number): Uint8Array {
  const { username, credential } = turnClient.credentials
  const claims: Attribute[] = [
    ['username', username],
    ['realm', realm],
    ['nonce', turnClient.nonce()],
  ]
  const header = { messageClass: 'request', method: methods[method], transactionId: createTransactionId() } as const
  const open = Buffer.concat([encode(header, claims), Uint8Array.of(type >> 8, type, 0, 3, 1, 2, 3, 0)])
  open.writeUInt16BE(open.length - 20, 2)
  return appendIntegrity(open, longTermKey(username, realm, credential))
}

/** Computes RFC 8489 §14.5 without the encoder, so that the test is independent of it. */
function appendIntegrity(open: Buffer, key: Uint8Array): Uint8Array {
  const packet = Buffer.concat([open, Buffer.from([0, 8, 0, 20]), Buffer.alloc(20)])
  packet.writeUInt16BE(packet.length - 20, 2)
  createHmac('sha1', key)
    .update(packet.subarray(0, -24))
    .digest()
    .copy(packet, packet.length - 20)
  return packet
}

describe('binding', () => {
  test('returns the client’s address in at most 32 bytes, without credentials', () => {
    const harness = new CoreHarness()
    const turnClient = harness.client({ remote: { ip: '192.0.2.77', port: 40_404 } })
    const answer = turnClient.requestUnauthenticated('binding')!
    expect(read(answer, 'xorMappedAddress')).toEqual({ ip: '192.0.2.77', port: 40_404 })
    expect(answer.packet.length).toBe(32)
  })

  test('has a FINGERPRINT only if the request has one', () => {
    const turnClient = new CoreHarness().client()
    expect(has(turnClient.requestUnauthenticated('binding', [], true)!, 'fingerprint')).toBe(true)
    expect(has(turnClient.requestUnauthenticated('binding', [], false)!, 'fingerprint')).toBe(false)
  })

  test('with an unknown comprehension-required attribute returns 420', () => {
    const turnClient = new CoreHarness().client()
    expect(outcome(turnClient.send(withUnknown(turnClient, 'binding', 0x0024)))).toBe(420)
  })
})

describe('no response is sent to', () => {
  const header = { messageClass: 'request', method: 1, transactionId: createTransactionId() } as const
  test.each<[string, Uint8Array]>([
    ['an empty packet', new Uint8Array()],
    ['noise', Uint8Array.of(0, 1, 2, 3, 4, 5, 6, 7, 8, 9)],
    ['DTLS', Uint8Array.of(22, 254, 253, ...new Uint8Array(60))],
    ['RTP', Uint8Array.of(0x80, 96, ...new Uint8Array(60))],
    ['a success', encode({ ...header, messageClass: 'success' }, [])],
    ['an error', encode({ ...header, messageClass: 'error' }, [])],
    ['a Binding indication', encode({ ...header, messageClass: 'indication' }, [])],
    ['an unknown method', encode({ ...header, method: 0x00a }, [])],
    ['a Data indication', encode({ ...header, messageClass: 'indication', method: methods.data }, [])],
    [
      'a Send indication without an allocation',
      encode({ ...header, messageClass: 'indication', method: methods.send }, [peer, ['data', Uint8Array.of(1)]]),
    ],
    ['ChannelData without an allocation', Uint8Array.of(0x40, 0, 0, 1, 7)],
  ])('%s', (_, packet) => {
    const harness = new CoreHarness()
    expect(harness.client().send(packet)).toBeUndefined()
    expect([harness.sent, harness.relayed]).toEqual([[], []])
  })
})

test('a response has the transaction id of its request, and MESSAGE-INTEGRITY', () => {
  const turnClient = new CoreHarness().client()
  const transactionId = createTransactionId()
  const answer = turnClient.request('allocate', [udp], { transactionId, hasFingerprint: true })!
  expect([[...answer.transactionId], has(answer, 'fingerprint')]).toEqual([[...transactionId], true])
  expect(
    hasValidIntegrity(
      decode(answer.packet),
      'messageIntegrity',
      longTermKey(turnClient.credentials.username, realm, turnClient.credentials.credential),
    ),
  ).toBe(true)
})
