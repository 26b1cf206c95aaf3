import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { z } from 'zod'
import { limits } from '../../../machines/protocol/limits.ts'
import * as wire from '../../../machines/protocol/messages.ts'

const throughJson = (value: unknown): unknown => JSON.parse(JSON.stringify(value))
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
const peerMessage = fc.oneof(
  fc.record(
    { type: fc.constantFrom('offer', 'answer'), connection, negotiation, sdp, proof: token },
    { requiredKeys: ['type', 'connection', 'negotiation', 'sdp'] },
  ),
  fc.record({ type: fc.constant('candidate'), connection, candidate }),
  fc.record({ type: fc.constant('media'), microphone: fc.boolean(), camera: fc.boolean(), screen: fc.boolean() }),
  fc.record(
    { type: fc.constant('hangup'), reason: fc.constant('unsupported'), proof: token },
    { requiredKeys: ['type'] },
  ),
  fc.record({ type: fc.constant('trace.subscribe'), enabled: fc.boolean(), fromStart: fc.boolean() }),
  fc.record({
    type: fc.constant('trace.entries'),
    sentAtMs: fc.integer(),
    entries: fc.array(traceEntry, { minLength: 1, maxLength: limits.traceEntriesPerMessage }),
  }),
)
const iceServer = fc.record(
  { urls: fc.array(fc.string()), username: fc.string(), credential: fc.string() },
  { requiredKeys: ['urls'] },
)
const roomEvent = fc.oneof(
  fc.record({
    type: fc.constant('joined'),
    room: fc.constantFrom('blue-whale', '蓝鲸'),
    seat: fc.constantFrom('a', 'b'),
    role: fc.constantFrom('impolite', 'polite'),
    token,
    epoch: fc.nat(),
    resumed: fc.boolean(),
    peer: fc.constantFrom('absent', 'connected', 'disconnected'),
    state: fc.constantFrom('created', 'ready', 'full'),
    acked: fc.nat(),
    iceServers: fc.array(iceServer),
    lifetimeMs: fc.nat(),
  }),
  fc.record({ type: fc.constantFrom('ready', 'full', 'seat.replaced', 'resync') }),
  fc.record({ type: fc.constant('message'), message: peerMessage }),
  fc.record({ type: fc.constant('peer.disconnected'), pageClosing: fc.boolean() }),
  fc.record({ type: fc.constant('peer.reconnected'), reloaded: fc.boolean() }),
  fc.record({ type: fc.constant('peer.left'), reason: fc.constantFrom('left', 'lost') }),
  fc.record({ type: fc.constant('drain'), delayMs: fc.nat() }),
  fc.record({ type: fc.constant('room.trace'), entry: traceEntry }),
)

describe('what may cross the wire crosses it unchanged', () => {
  test.each<[string, z.ZodType, fc.Arbitrary<unknown>]>([
    ['from one holder to the other', wire.peerMessage, peerMessage],
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

describe('whatever arrives', () => {
  const schemas = {
    peerMessage: wire.peerMessage,
    joinInput: wire.joinInput,
    sendInput: wire.sendInput,
    reportMediaInput: wire.reportMediaInput,
    leaveInput: wire.leaveInput,
  }

  test.each(Object.entries<z.ZodType>(schemas))(
    'is refused by %s or understood, and then crosses JSON unchanged',
    (_, schema) => {
      const hostile = fc.oneof(fc.anything({ withBigInt: false }), peerMessage.chain(spoilt))
      fc.assert(
        fc.property(hostile, (input) => {
          const parsed = schema.safeParse(input)
          if (parsed.success) expect(schema.parse(throughJson(parsed.data))).toEqual(parsed.data)
        }),
        { numRuns: 1_000 },
      )
    },
  )

  /** One field of a good message taken away, replaced, or added. */
  function spoilt(message: object): fc.Arbitrary<unknown> {
    return fc
      .tuple(fc.constantFrom(...Object.keys(message), 'more'), fc.anything({ withBigInt: false }))
      .map(([field, value]) => ({ ...message, [field]: value }))
  }
})

describe('a message is refused', () => {
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
    ['of an unknown kind', { type: 'signal' }],
    ['with a field too many', { ...offer, more: 1 }],
    ['with a field too few', { type: 'offer', connection: 'a1.1', negotiation: 1 }],
    ['with a description that is none', { ...offer, sdp: 'hello' }],
    ['with too long a description', { ...offer, sdp: `v=0${'x'.repeat(limits.descriptionCharacters)}` }],
    ['with a description of too many lines', { ...offer, sdp: `v=0${'\n'.repeat(limits.descriptionLines)}` }],
    ['about a seat that there is not', { ...offer, connection: 'c1.1' }],
    ['about a connection without a number', { ...offer, connection: 'a1' }],
    ['with negotiation 0', { ...offer, negotiation: 0 }],
    ['with half a negotiation', { ...offer, negotiation: 1.5 }],
    ['with a negotiation past counting', { ...offer, negotiation: 2 ** 53 }],
    ['with a candidate that names a host', { type: 'candidate', connection: 'a1.1', candidate: line('example.org') }],
    ['with a candidate to nowhere', { type: 'candidate', connection: 'a1.1', candidate: line('0.0.0.0') }],
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
    ['with a trace of nothing', { type: 'trace.entries', sentAtMs: 1, entries: [] }],
    [
      'with too long a trace',
      { type: 'trace.entries', sentAtMs: 1, entries: Array(limits.traceEntriesPerMessage + 1).fill(entry) },
    ],
    [
      'with a trace that tells too much',
      { type: 'trace.entries', sentAtMs: 1, entries: [{ ...entry, fields: { sdp: offer.sdp } }] },
    ],
    [
      'with a section too far',
      { type: 'candidate', connection: 'a1.1', candidate: { ...line('192.0.2.2'), sdpMLineIndex: 256 } },
    ],
  ])('%s', (_, message) => {
    expect(wire.peerMessage.safeParse(message).success).toBe(false)
  })
})

describe('a join is rejected', () => {
  const join = { room: 'Blue Whale', joinKey: 'k'.repeat(43) }

  test.each<[string, unknown]>([
    ['without a key', { room: 'blue-whale' }],
    ['with a short key', { ...join, joinKey: 'k'.repeat(42) }],
    ['with a key of other letters', { ...join, joinKey: `${'k'.repeat(42)}=` }],
    ['with a position that is none', { ...join, lastEventId: '7' }],
    ['to no room', { ...join, room: '   ' }],
    ['to a path', { ...join, room: '../../../etc/passwd' }],
    ['to a name without end', { ...join, room: 'a'.repeat(100_000) }],
  ])('%s', (_, input) => {
    expect(wire.joinInput.safeParse(input).success).toBe(false)
  })

  test('or accepted without `room.trace` events, unless it has includeTrace', () => {
    expect(wire.joinInput.parse(join).includeTrace).toBe(false)
    expect(wire.joinInput.parse({ ...join, includeTrace: true }).includeTrace).toBe(true)
  })

  test('but not for how the name was typed', () => {
    expect(wire.joinInput.parse(join).room).toBe('blue-whale')
  })
})
