import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { z } from 'zod'
import { limits } from '../../../machines/protocol/limits.ts'
import * as wire from '../../../machines/protocol/messages.ts'
import { procedures } from '../../server/api/protocolDocument.ts'
import { eventExamples, messageExamples } from '../../server/api/protocolExamples.ts'

/** Returns the value as its receiver parses it. JSON has no undefined: a message without the field. */
const throughJson = (value: unknown): unknown => (value === undefined ? undefined : JSON.parse(JSON.stringify(value)))
const of = (characters: string, length: { minLength: number; maxLength: number }) =>
  fc.string({ unit: fc.constantFrom(...characters), ...length })

const token = of('AZaz09_-', { minLength: 43, maxLength: 43 })
const connection = fc
  .tuple(fc.constantFrom('a', 'b'), fc.nat(), fc.nat(999_999_999))
  .map(([seat, epoch, n]) => `${seat}${epoch}.${n}`)
const negotiation = fc.integer({ min: 1, max: 1_000_000_000 })
const sdp = fc
  .array(fc.string({ unit: 'binary', maxLength: 80 }), { maxLength: 40 })
  .map((lines) => ['v=0', ...lines].join('\r\n'))
const candidate = fc.record({
  candidate: fc.oneof(
    fc.constant(''),
    fc
      .oneof(fc.constant('192.0.2.2'), fc.constant('fd00::2'))
      .map((host) => `candidate:1 1 udp 2122252543 ${host} 50000 typ host`),
  ),
  sdpMid: fc.option(fc.string({ maxLength: 64 })),
  sdpMLineIndex: fc.option(fc.nat(255)),
  usernameFragment: fc.option(fc.string({ maxLength: 256 })),
})
const traceEntry = fc.record({
  atMs: fc.integer(),
  place: fc.constantFrom('here', 'there', 'server'),
  machine: fc.constantFrom(
    'membership',
    'signaling',
    'call',
    'microphone',
    'camera',
    'screen',
    'statusBanner',
    'quality',
    'room',
  ),
  event: fc.constantFrom('offer.received', 'after.backoff', 'xstate.init'),
  state: fc.constantFrom('idle', 'connected.flowing', 'transport.shown, peer.returning, signaling.pending'),
  fields: fc.record(
    { connection, negotiation, reason: fc.constantFrom('left', 'lost'), restart: fc.boolean() },
    { requiredKeys: [] },
  ),
})
/** A generator of the other fields of each type. */
type FieldsOf<Type extends string> = Readonly<Record<Type, fc.Arbitrary<object>>>
const anyOf = (fields: FieldsOf<string>) =>
  fc.oneof(...Object.entries(fields).map(([type, each]) => each.map((more) => ({ type, ...more }))))

const none = fc.constant({})
const description = fc.record(
  { connection, negotiation, sdp, proof: token },
  { requiredKeys: ['connection', 'negotiation', 'sdp'] },
)
const peerMessage = anyOf({
  offer: description,
  answer: description,
  candidate: fc.record({ connection, candidate }),
  media: fc.record({ microphone: fc.boolean(), camera: fc.boolean(), screen: fc.boolean() }),
  hangup: fc.record({ reason: fc.constant('unsupported'), proof: token }, { requiredKeys: [] }),
  'trace.subscribe': fc.record({ enabled: fc.boolean(), fromStart: fc.boolean() }),
  'trace.entries': fc.record({
    sentAtMs: fc.integer(),
    entries: fc.array(traceEntry, { minLength: 1, maxLength: limits.traceEntriesPerMessage }),
  }),
} satisfies FieldsOf<wire.PeerMessage['type']>)
const iceServer = fc.record(
  { urls: fc.array(fc.string()), username: fc.string(), credential: fc.string() },
  { requiredKeys: ['urls'] },
)
const doorFields = fc.record({
  policy: fc.constantFrom('open', 'ask', 'locked'),
  visitor: fc.option(fc.record({ id: fc.integer({ min: 1 }), name: fc.string(), isAdmitted: fc.boolean() })),
})
const roomEvent = anyOf({
  joined: fc.record({
    room: fc.constantFrom('blue-whale', '蓝鲸'),
    seat: fc.constantFrom('a', 'b'),
    role: fc.constantFrom('impolite', 'polite'),
    token,
    epoch: fc.nat(),
    resumed: fc.boolean(),
    peer: fc.constantFrom('absent', 'connected', 'disconnected'),
    state: fc.constantFrom('created', 'ready', 'full'),
    acked: fc.nat(),
    door: doorFields,
    iceServers: fc.array(iceServer),
    lifetimeMs: fc.nat(),
  }),
  ready: none,
  full: none,
  message: fc.record({ message: peerMessage }),
  'peer.disconnected': fc.record({ pageClosing: fc.boolean() }),
  'peer.reconnected': fc.record({ reloaded: fc.boolean() }),
  'peer.left': fc.record({ reason: fc.constantFrom('left', 'lost') }),
  'seat.replaced': none,
  resync: none,
  drain: fc.record({ delayMs: fc.nat() }),
  door: doorFields,
  'preparation.answered': fc.record({ preparation: fc.integer({ min: 1 }), sdp: fc.constant('v=0') }),
  'room.trace': fc.record({ entry: traceEntry }),
} satisfies FieldsOf<wire.RoomEvent['type']>)

describe('messages survive JSON and their schema unchanged', () => {
  test.each<[string, z.ZodType, fc.Arbitrary<unknown>]>([
    ['from peer to peer', wire.peerMessage, peerMessage],
    ['from the room', wire.roomEvent, roomEvent],
  ])('%s', (_, schema, arbitrary) => {
    fc.assert(
      fc.property(arbitrary, (message) => {
        expect(schema.parse(throughJson(message))).toEqual(message)
      }),
      { numRuns: 500 },
    )
  })
})

describe('arbitrary input', () => {
  const schemas: [string, z.ZodType][] = [
    ['a message', wire.peerMessage],
    ...Object.entries(procedures).flatMap(([path, { _def }]) =>
      _def.inputs.map((schema): [string, z.ZodType] => [path, schema]),
    ),
  ]

  test.each(schemas)('is rejected by %s, or accepted and then unchanged by JSON', (_, schema) => {
    const hostile = fc.oneof(fc.anything({ withBigInt: false }), peerMessage.chain(spoilt))
    fc.assert(
      fc.property(hostile, (input) => {
        const parsed = schema.safeParse(input)
        if (parsed.success) expect(schema.parse(throughJson(parsed.data))).toEqual(parsed.data)
      }),
      { numRuns: 1_000 },
    )
  })

  /** Removes, replaces or adds one field of a valid message. */
  function spoilt(message: object): fc.Arbitrary<unknown> {
    return fc
      .tuple(fc.constantFrom(...Object.keys(message), 'more'), fc.anything({ withBigInt: false }))
      .map(([field, value]) => ({ ...message, [field]: value }))
  }
})

describe('a message of every type', () => {
  test.each(Object.values(messageExamples).flat())('$type is rejected with an extra or a wrong field', (message) => {
    expect(wire.peerMessage.safeParse({ ...message, more: 1 }).success).toBe(false)
    for (const field of Object.keys(message))
      expect(wire.peerMessage.safeParse({ ...message, [field]: {} }).success, field).toBe(false)
  })

  test.each(Object.values(eventExamples).flat())('event $type is rejected with a wrong field', (event) => {
    for (const field of Object.keys(event))
      expect(wire.roomEvent.safeParse({ ...event, [field]: {} }).success, field).toBe(false)
  })
})

describe('peerMessage rejects a message', () => {
  const offer = { type: 'offer', connection: 'a1.1', negotiation: 1, sdp: 'v=0\r\n' }
  const entry = {
    atMs: 1,
    place: 'here',
    machine: 'call',
    event: 'offer.created',
    fields: { negotiation: 1 },
    state: 'offering.awaitingAnswer',
  }
  const line = (host: string) => ({
    candidate: `candidate:1 1 udp 1 ${host} 9 typ host`,
    sdpMid: '0',
    sdpMLineIndex: 0,
    usernameFragment: 'nxlS',
  })

  test.each<[string, unknown]>([
    ['of an unknown type', { type: 'signal' }],
    ['with an extra field', { ...offer, more: 1 }],
    ['with a missing field', { type: 'offer', connection: 'a1.1', negotiation: 1 }],
    ['with an invalid description', { ...offer, sdp: 'hello' }],
    ['with too long a description', { ...offer, sdp: `v=0${'x'.repeat(limits.descriptionCharacters)}` }],
    ['with a description of too many lines', { ...offer, sdp: `v=0${'\n'.repeat(limits.descriptionLines)}` }],
    ['about an unknown seat', { ...offer, connection: 'c1.1' }],
    ['about a connection without a number', { ...offer, connection: 'a1' }],
    ['with negotiation 0', { ...offer, negotiation: 0 }],
    ['with a fractional negotiation number', { ...offer, negotiation: 1.5 }],
    ['with a negotiation number above the limit', { ...offer, negotiation: 2 ** 53 }],
    [
      'with a candidate that has a host name',
      { type: 'candidate', connection: 'a1.1', candidate: line('example.org') },
    ],
    [
      'with a candidate of an unspecified address',
      { type: 'candidate', connection: 'a1.1', candidate: line('0.0.0.0') },
    ],
    [
      'with too long a candidate',
      {
        type: 'candidate',
        connection: 'a1.1',
        candidate: {
          ...line('192.0.2.2'),
          candidate: `${line('192.0.2.2').candidate}${' '.repeat(limits.candidateCharacters)}`,
        },
      },
    ],
    ['with an empty trace', { type: 'trace.entries', sentAtMs: 1, entries: [] }],
    [
      'with too long a trace',
      { type: 'trace.entries', sentAtMs: 1, entries: Array(limits.traceEntriesPerMessage + 1).fill(entry) },
    ],
    [
      'with a trace field that is not allowed',
      { type: 'trace.entries', sentAtMs: 1, entries: [{ ...entry, fields: { sdp: offer.sdp } }] },
    ],
    [
      'with too high an sdpMLineIndex',
      { type: 'candidate', connection: 'a1.1', candidate: { ...line('192.0.2.2'), sdpMLineIndex: 256 } },
    ],
  ])('%s', (_, message) => {
    expect(wire.peerMessage.safeParse(message).success).toBe(false)
  })
})

describe('joinInput rejects a join', () => {
  const join = { room: 'Blue Whale', joinKey: 'k'.repeat(43) }

  test.each<[string, unknown]>([
    ['without a key', { room: 'blue-whale' }],
    ['with a short key', { ...join, joinKey: 'k'.repeat(42) }],
    ['with invalid characters in its key', { ...join, joinKey: `${'k'.repeat(42)}=` }],
    ['with an invalid position', { ...join, lastEventId: '7' }],
    ['with an empty room name', { ...join, room: '   ' }],
    ['with a path as room name', { ...join, room: '../../../etc/passwd' }],
    ['with too long a room name', { ...join, room: 'a'.repeat(100_000) }],
  ])('%s', (_, input) => {
    expect(wire.joinInput.safeParse(input).success).toBe(false)
  })

  test('accepts a join without `room.trace` events, unless it has includeTrace', () => {
    expect(wire.joinInput.parse(join).includeTrace).toBe(false)
    expect(wire.joinInput.parse({ ...join, includeTrace: true }).includeTrace).toBe(true)
  })

  test('accepts a room name in any spelling', () => {
    expect(wire.joinInput.parse(join).room).toBe('blue-whale')
  })
})
