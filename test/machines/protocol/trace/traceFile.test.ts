import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { CallEvent } from '../../../../machines/call/callEvents.ts'
import type { DeviceEvent } from '../../../../machines/media/deviceEvents.ts'
import type { SignalingEvent } from '../../../../machines/signaling/signalingEvents.ts'
import type { StatusBannerEvent } from '../../../../machines/status/statusBannerMachine.ts'
import type { QualityEvent } from '../../../../machines/status/qualityMachine.ts'
import type { MicrophoneHintEvent } from '../../../../machines/audio/microphoneHintMachine.ts'
import type { PushToTalkEvent } from '../../../../machines/audio/pushToTalkMachine.ts'
import type { RoomMachineEvent } from '../../../../machines/room/roomEvents.ts'
import type { PeerMessage, RoomEvent } from '../../../../machines/protocol/messages.ts'
import { safeFieldNames, type TraceFieldName } from '../../../../machines/protocol/traceFields.ts'
import { statusBannerMachine } from '../../../../machines/status/statusBannerMachine.ts'
import { isTraceEntry, splitStates, type TracedMachine } from '../../../../machines/protocol/traceEntry.ts'
import { createTraceEntry, formatState } from '../../../../machines/protocol/trace/sanitize.ts'
import { parseTrace, parseState, formatTrace, readTraceFile } from '../../../../machines/protocol/trace/traceFile.ts'
import type { StateValue, Trace } from '../../../../machines/protocol/trace/types.ts'
import type { VerificationEvent } from '../../../../machines/verification/verificationEvents.ts'
import type { MembershipEvent } from '../../../../machines/membership/membershipMachine.ts'
import type { JoinedEvent } from '../../../../machines/protocol/messages.ts'

/** Secrets that must not appear in a trace, each in its own format. */
const secrets = {
  sdp: 'v=0\r\na=ice-ufrag:canary\r\na=fingerprint:sha-256 CA:NA:RY\r\n',
  candidate: 'candidate:1 1 udp 2122252543 192.0.2.55 50000 typ host',
  token: 'canary-7f3Kq0AZaz09_7f3Kq0AZaz09_7f3Kq0AZaz',
  address: '192.0.2.55',
  room: 'canary-door',
  credential: 'Y2FuYXJ5IQ==',
  label: 'Canary Camera (0bda:5689)',
  word: 'canary',
}
const { sdp, token } = secrets
const description = { connection: 'a3.1', negotiation: 2, sdp }
const candidateMessage = {
  connection: 'a3.1',
  candidate: { candidate: secrets.candidate, sdpMid: secrets.word, sdpMLineIndex: 0, usernameFragment: secrets.word },
}
const seat: JoinedEvent = {
  type: 'joined',
  room: secrets.room,
  seat: 'a',
  role: 'impolite',
  token,
  epoch: 3,
  resumed: true,
  peer: 'connected',
  state: 'ready',
  acked: 4,
  iceServers: [{ urls: [secrets.address], username: secrets.word, credential: secrets.credential }],
  lifetimeMs: 1,
}
const [position, key, message] = ['canary.7', token, secrets.label]

type Every<T extends { type: string }> = { [K in T['type']]: Extract<T, { type: K }> }

const call: Every<CallEvent> = {
  'join.accepted': { type: 'join.accepted', seat: 'a', role: 'impolite', epoch: 3, peer: 'connected', resumed: true },
  'seat.lost': { type: 'seat.lost', reason: 'replaced' },
  'peer.joined': { type: 'peer.joined' },
  'peer.disconnected': { type: 'peer.disconnected' },
  'peer.reconnected': { type: 'peer.reconnected', reloaded: true },
  'peer.left': { type: 'peer.left', reason: 'lost' },
  'messages.lost': { type: 'messages.lost' },
  'signaling.lost': { type: 'signaling.lost' },
  'signaling.alive': { type: 'signaling.alive' },
  'network.changed': { type: 'network.changed' },
  'offer.received': { type: 'offer.received', ...description },
  'answer.received': { type: 'answer.received', ...description },
  'unauthenticatedOffer.received': { type: 'unauthenticatedOffer.received', ...description },
  'unauthenticatedAnswer.received': { type: 'unauthenticatedAnswer.received', ...description },
  'candidate.received': { type: 'candidate.received', ...candidateMessage },
  'hangup.received': { type: 'hangup.received' },
  'offer.created': { type: 'offer.created', ...description },
  'answer.created': { type: 'answer.created', ...description },
  'candidate.gathered': { type: 'candidate.gathered', ...candidateMessage },
  'negotiation.needed': { type: 'negotiation.needed' },
  'offer.stale': { type: 'offer.stale' },
  'transport.connected': { type: 'transport.connected' },
  'transport.disconnected': { type: 'transport.disconnected' },
  'transport.failed': { type: 'transport.failed' },
  'media.started': { type: 'media.started' },
  'connection.failed': { type: 'connection.failed', message },
  'user.hungUp': { type: 'user.hungUp' },
  'user.retried': { type: 'user.retried' },
  'user.acceptedPeer': { type: 'user.acceptedPeer' },
  'recovery.timedOut': { type: 'recovery.timedOut' },
  'restart.budgetReset': { type: 'restart.budgetReset' },
  'restart.allowed': { type: 'restart.allowed' },
}
const signaling: Every<SignalingEvent> = {
  'page.opened': { type: 'page.opened' },
  'page.closing': { type: 'page.closing' },
  'network.changed': { type: 'network.changed' },
  'join.requested': { type: 'join.requested', joinKey: key, token },
  'visit.requested': { type: 'visit.requested', ask: { joinKey: key, name: secrets.word } },
  'visitor.answered': { type: 'visitor.answered', visitor: 4, isAdmitted: true },
  'preparation.stepped': { type: 'preparation.stepped', step: { type: 'answer', id: 4, sdp: description.sdp } },
  'policy.selected': { type: 'policy.selected', policy: 'locked' },
  'visit.updated': { type: 'visit.updated', view: { occupancy: 'waiting', policy: 'ask', ask: 'asking' } },
  'visit.rejected': { type: 'visit.rejected', code: 'throttled' },
  'seat.released': { type: 'seat.released' },
  'seat.relinquished': { type: 'seat.relinquished' },
  'media.reported': { type: 'media.reported', mediaFlow: 'flowing' },
  'signaling.suspected': { type: 'signaling.suspected' },
  'signaling.alive': { type: 'signaling.alive' },
  'socket.opened': { type: 'socket.opened' },
  'socket.closed': { type: 'socket.closed', random: 0.5 },
  'join.accepted': { type: 'join.accepted', position, seat },
  'event.received': {
    type: 'event.received',
    position,
    roomEvent: { type: 'message', message: { type: 'offer', ...description } },
  },
  'join.rejected': { type: 'join.rejected', code: 'seat-lost', random: 0.5, joinKey: key },
  'leave.acknowledged': { type: 'leave.acknowledged' },
  'drain.due': { type: 'drain.due' },
}
const membership: Every<MembershipEvent> = {
  'user.joined': { type: 'user.joined' },
  'user.asked': { type: 'user.asked', name: secrets.word },
  'user.withdrew': { type: 'user.withdrew' },
  'visit.updated': { type: 'visit.updated', occupancy: 'waiting', policy: 'ask', ask: 'asking' },
  'visit.rejected': { type: 'visit.rejected', code: 'throttled' },
  'peer.admitted': { type: 'peer.admitted' },
  'door.changed': { type: 'door.changed', policy: 'ask', visitor: { id: 4, name: secrets.word, isAdmitted: false } },
  'user.hungUp': { type: 'user.hungUp' },
  'user.rejoined': { type: 'user.rejoined' },
  'page.reloaded': { type: 'page.reloaded' },
  'join.accepted': { type: 'join.accepted', state: 'ready', peer: 'connected' },
  'join.rejected': { type: 'join.rejected', code: 'full', isCalling: false },
  'seat.replaced': { type: 'seat.replaced' },
  'signaling.lost': { type: 'signaling.lost' },
  'room.ready': { type: 'room.ready' },
  'room.full': { type: 'room.full' },
  'peer.disconnected': { type: 'peer.disconnected', pageClosing: true },
  'peer.reconnected': { type: 'peer.reconnected', reloaded: true },
  'peer.left': { type: 'peer.left' },
  'call.ended': { type: 'call.ended', reason: 'remote' },
}
const camera: Every<DeviceEvent> = {
  'user.switchedOn': { type: 'user.switchedOn' },
  'user.switchedOff': { type: 'user.switchedOff' },
  'user.muted': { type: 'user.muted' },
  'user.unmuted': { type: 'user.unmuted' },
  'user.retried': { type: 'user.retried' },
  'device.selected': { type: 'device.selected', deviceId: token },
  'processing.changed': { type: 'processing.changed' },
  'devices.changed': { type: 'devices.changed', addedDeviceIds: [token] },
  'permission.granted': { type: 'permission.granted' },
  'permission.revoked': { type: 'permission.revoked' },
  'device.opened': { type: 'device.opened', deviceId: token, label: secrets.label, preferredProblem: 'busy' },
  'device.rejected': { type: 'device.rejected', problem: 'busy' },
  'track.ended': { type: 'track.ended', problem: 'unplugged' },
  'silence.detected': { type: 'silence.detected' },
  'track.stalled': { type: 'track.stalled' },
  'user.dismissed': { type: 'user.dismissed' },
  'capture.disallowed': { type: 'capture.disallowed' },
  'capture.allowed': { type: 'capture.allowed' },
  'track.muted': { type: 'track.muted' },
  'track.unmuted': { type: 'track.unmuted' },
}
const verification: Every<VerificationEvent> = {
  'channel.opened': { type: 'channel.opened', connection: 'a3.1' },
  'channel.closed': { type: 'channel.closed', connection: 'a3.1' },
  'commitment.created': { type: 'commitment.created' },
  'peer.committed': { type: 'peer.committed', commitment: token },
  'peer.revealed': { type: 'peer.revealed', nonce: token },
  'peer.malformed': { type: 'peer.malformed' },
  'code.derived': { type: 'code.derived', code: [1, 2, 3, 4, 5, 6, 7] },
  'commitment.mismatched': { type: 'commitment.mismatched' },
  'certificate.changed': { type: 'certificate.changed' },
  'exchange.failed': { type: 'exchange.failed' },
  'user.confirmed': { type: 'user.confirmed' },
  'user.denied': { type: 'user.denied' },
}
const statusBanner: Every<StatusBannerEvent> = {
  'transport.lost': { type: 'transport.lost' },
  'transport.restored': { type: 'transport.restored' },
  'call.ended': { type: 'call.ended' },
  'peer.disconnected': { type: 'peer.disconnected', pageClosing: true },
  'peer.reconnected': { type: 'peer.reconnected' },
  'peer.reloaded': { type: 'peer.reloaded' },
  'peer.left': { type: 'peer.left' },
  'signaling.lost': { type: 'signaling.lost' },
  'signaling.restored': { type: 'signaling.restored' },
}
const quality: Every<QualityEvent> = {
  'sample.taken': {
    type: 'sample.taken',
    sample: {
      inboundLossRatio: 0.1,
      outboundLossRatio: 0.2,
      roundTripMs: 55,
      jitterMs: 3,
      freezeRatio: null,
      uplinkShortfall: 0,
    },
  },
  'transport.lost': { type: 'transport.lost' },
}
const microphoneHint: Every<MicrophoneHintEvent> = {
  'microphone.muted': { type: 'microphone.muted' },
  'microphone.unmuted': { type: 'microphone.unmuted' },
  'microphone.closed': { type: 'microphone.closed' },
  'speech.started': { type: 'speech.started' },
  'speech.ended': { type: 'speech.ended' },
  'silence.started': { type: 'silence.started' },
  'silence.ended': { type: 'silence.ended' },
  'user.dismissed': { type: 'user.dismissed' },
}
const pushToTalk: Every<PushToTalkEvent> = {
  'setting.enabled': { type: 'setting.enabled' },
  'setting.disabled': { type: 'setting.disabled' },
  'key.pressed': { type: 'key.pressed', isMuted: true },
  'key.released': { type: 'key.released' },
  'focus.lost': { type: 'focus.lost' },
  'microphone.muted': { type: 'microphone.muted' },
}
const room: Every<RoomMachineEvent> = {
  'visitor.joined': {
    type: 'visitor.joined',
    tokenHash: token,
    joinKey: key,
    formerTokenHash: token,
    requestedAt: 1,
    policy: 'ask',
    preparation: 2,
  },
  'preparation.requested': { type: 'preparation.requested', keyHash: token, source: token, at: 1 },
  'preparation.ended': { type: 'preparation.ended', id: 2 },
  'holder.resumed': {
    type: 'holder.resumed',
    seat: 'a',
    presentedTokenHash: token,
    tokenHash: token,
    reloaded: true,
    requestedAt: 1,
  },
  'holder.restored': {
    type: 'holder.restored',
    seat: 'a',
    presentedTokenHash: token,
    tokenHash: token,
    claimedEpoch: 2,
    reloaded: true,
    hasMedia: true,
    requestedAt: 1,
    policy: 'ask',
    at: 5,
  },
  'visitor.asked': { type: 'visitor.asked', keyHash: key, source: token, name: secrets.word, at: 5 },
  'visitor.withdrew': { type: 'visitor.withdrew', visit: 4 },
  'visitor.disconnected': { type: 'visitor.disconnected', visit: 4, at: 5 },
  'visitor.admitted': { type: 'visitor.admitted', seat: 'a', epoch: 3, visitorId: 4, at: 5 },
  'visitor.declined': { type: 'visitor.declined', seat: 'a', epoch: 3, visitorId: 4, at: 5 },
  'policy.changed': { type: 'policy.changed', seat: 'a', epoch: 3, policy: 'locked' },
  'socket.closed': { type: 'socket.closed', seat: 'a', epoch: 3, at: 5 },
  'page.closing': { type: 'page.closing', seat: 'a', epoch: 3 },
  'holder.left': { type: 'holder.left', seat: 'a', epoch: 3 },
  'media.started': { type: 'media.started', seat: 'a', epoch: 3, at: 1 },
  'media.stopped': { type: 'media.stopped', seat: 'a', epoch: 3, at: 1 },
  'time.passed': { type: 'time.passed', at: 5 },
}

const events = Object.entries({
  call,
  signaling,
  membership,
  verification,
  camera,
  statusBanner,
  quality,
  microphoneHint,
  pushToTalk,
  room,
}).flatMap(([machine, facts]) =>
  Object.values(facts as Record<string, { type: string }>).map((event) => ({
    machine: machine as TracedMachine,
    event,
  })),
)
const traced = (machine: TracedMachine, event: { type: string }) =>
  createTraceEntry({ atMs: 12.4, place: 'here', machine, event, state: { connected: 'flowing' } })
const first = traced('call', call['offer.received'])
const trace: Trace = {
  version: 1,
  startedAt: '2026-02-03T04:05:06.000Z',
  entries: events.map(({ machine, event }) => traced(machine, event)),
}

describe('a trace entry', () => {
  test('keeps the allowed fields of an event and of its nested objects', () => {
    expect(first).toEqual({
      atMs: 12,
      place: 'here',
      machine: 'call',
      event: 'offer.received',
      state: 'connected.flowing',
      fields: { connection: 'a3.1', negotiation: 2 },
    })
    expect(traced('signaling', signaling['event.received']).fields).toEqual({
      kind: 'offer',
      connection: 'a3.1',
      negotiation: 2,
    })
    expect(traced('signaling', signaling['join.accepted']).fields).toEqual({
      kind: 'joined',
      seat: 'a',
      role: 'impolite',
      epoch: 3,
      resumed: true,
      peer: 'connected',
      state: 'ready',
      acked: 4,
    })
    expect(traced('membership', membership['join.rejected']).fields).toEqual({ code: 'full' })
  })

  test.each(events.map(({ machine, event }) => [machine, event.type, event] as const))(
    'of %s has no secret of %s',
    (machine, _, event) => {
      for (const [leaf, spoilt] of spoiltIn(event)) {
        const text = JSON.stringify(traced(machine, spoilt))
        for (const secret of Object.values(secrets))
          expect(text, leaf).not.toContain(JSON.stringify(secret).slice(1, -1))
        expect(text).not.toMatch(/canary|192\.0\.2/i)
      }
    },
  )

  test('of a delay has the name of the delay', () => {
    expect(traced('call', { type: 'xstate.after.offerMaxAge.call.offering.waitingForPeer' }).event).toBe(
      'after.offerMaxAge',
    )
    expect(traced('call', { type: token }).event).toBe('unknown')
  })
})

describe('a state', () => {
  test('is formatted as a path, or as several paths for parallel states', () => {
    expect(formatState({ connected: { flowing: 'stable' } })).toBe('connected.flowing.stable')
    expect(formatState({ transport: 'shown', peer: 'hidden', signaling: 'hidden' })).toBe(
      'transport.shown, peer.hidden, signaling.hidden',
    )
    expect(formatState({ call: { sound: 'on', picture: {} } })).toBe('call.sound.on, call.picture')
    expect(splitStates('transport.shown, peer.hidden, signaling.hidden')).toEqual([
      'transport.shown',
      'peer.hidden',
      'signaling.hidden',
    ])
    for (const state of ['idle', 'transport.shown, peer.hidden, signaling.hidden'])
      expect(isTraceEntry({ ...first, state })).toBe(true)
  })

  test('fits into an entry, also with the longest name in every region of the status banner', () => {
    const longest = Object.entries(statusBannerMachine.states).map(([region, { states }]) => {
      const [name] = Object.keys(states).sort((a, b) => b.length - a.length)
      return `${region}.${name}`
    })
    expect(longest.length).toBeGreaterThan(2)
    expect(isTraceEntry({ ...first, state: longest.join(', ') })).toBe(true)
  })

  test('is parsed from its formatted name', () => {
    const name = fc.constantFrom('path', 'shown', 'fine', 'constructor', 'toString')
    const { state } = fc.letrec<{ state: StateValue; part: StateValue }>((tie) => ({
      part: fc.oneof({ depthSize: 'small' }, fc.constant({}), tie('state')),
      state: fc.oneof(
        { depthSize: 'small' },
        name,
        fc.tuple(name, tie('state')).map(([group, inner]) => ({ [group]: inner })),
        fc.dictionary(name, tie('part'), { minKeys: 2, maxKeys: 3 }),
      ),
    }))
    fc.assert(
      fc.property(state, (value) => {
        expect(parseState(formatState(value))).toEqual(value)
      }),
    )
  })

  test.each(['', ', ', 'path, transport.shown', 'transport.shown, path', 'a..b', 'constructor, constructor.prototype'])(
    'is parsed from the invalid name %j without an exception',
    (name) => {
      expect(() => parseState(name)).not.toThrow()
    },
  )
})

describe('a saved trace', () => {
  test('is parsed as it was written', () => {
    expect(parseTrace(formatTrace(trace))).toEqual(trace)
  })

  test.each<readonly [what: string, text: string, words: string]>([
    ['no JSON', 'canary', 'not JSON'],
    ['a list', '[]', 'not a JSON object'],
    ['another version', JSON.stringify({ ...trace, version: 2 }), 'version'],
    ['no date', JSON.stringify({ ...trace, startedAt: 'canary' }), 'no valid start time'],
    ['a month 13', JSON.stringify({ ...trace, startedAt: '2026-13-03T04:05:06.000Z' }), 'no valid start time'],
    [
      'a line break after the date',
      JSON.stringify({ ...trace, startedAt: `${trace.startedAt}\n` }),
      'no valid start time',
    ],
    ['100,000 nested lists', `${'['.repeat(100_000)}${']'.repeat(100_000)}`, 'not a (trace|JSON object)'],
    ['too many entries', JSON.stringify({ ...trace, entries: Array(5_001).fill(first) }), 'at most 5000'],
    ...(
      [
        ['no object', null, 'is not an object'],
        ['an extra property', { ...first, sdp }, 'unknown properties'],
        ['a time above 2^53', { ...first, atMs: 2 ** 53 }, 'no valid time'],
        ['a terminal escape in its event', { ...first, event: 'call\u001b[2J' }, 'no valid event'],
        ['a line break after its event', { ...first, event: 'call\n' }, 'no valid event'],
        ['a right-to-left override in its state', { ...first, state: 'idle\u202e' }, 'no valid state'],
        ['a list as a value', { ...first, fields: { seat: ['a'] } }, '"seat"'],
        ['an object with toString as a value', { ...first, fields: { kind: { toString: 'offer' } } }, '"kind"'],
        ['nested fields', { ...first, fields: { kind: { kind: 'offer' } } }, '"kind"'],
        ['a property named toJSON', { ...first, toJSON: 1 }, 'unknown properties'],
        ['a property that joins two names', { ...first, 'atMs,event': 1, atMs: undefined }, 'unknown properties'],
        ['a field named constructor', { ...first, fields: { constructor: 'a' } }, '"constructor"'],
        ['no time', { ...first, atMs: 'canary' }, 'no valid time'],
        ['another place', { ...first, place: 'canary' }, 'place'],
        ['another machine', { ...first, machine: 'canary' }, 'machine'],
        ['a secret as its event', { ...first, event: token }, 'no valid event'],
        [
          'a secret among its states',
          { ...first, state: `transport.shown, ${secrets.address}, signaling.hidden` },
          'no valid state',
        ],
        ['too many states', { ...first, state: Array(20).fill('transport.shown').join(', ') }, 'no valid state'],
        ['an empty state', { ...first, state: 'transport.shown, ' }, 'no valid state'],
        ['a secret as its state', { ...first, state: secrets.address }, 'no valid state'],
        ['no fields', { ...first, fields: [] }, 'no fields'],
        ['an unknown field', { ...first, fields: { token } }, '"token"'],
        ['an unknown value of a known field', { ...first, fields: { reason: secrets.word } }, '"reason"'],
        ['a field named __proto__', `{"__proto__":{}}`, '"__proto__"'],
      ] as const
    ).map(
      ([what, entry, words]) =>
        [`an entry with ${what}`, withSecond(entry), `Entry 2 of the trace .*${words}`] as const,
    ),
  ])('is rejected with a readable error: %s', (_, text, words) => {
    expect(() => parseTrace(text)).toThrow(new RegExp(words))
  })
})

test('a file above 8 MB is rejected before it is read', async () => {
  expect(await readTraceFile(new Blob([formatTrace(trace)]))).toEqual(trace)
  const large = Object.assign(new Blob([' '.repeat(8 * 1024 * 1024 + 1)]), { text: () => expect.unreachable() })
  await expect(readTraceFile(large)).rejects.toThrow('larger than 8 MB')
})

test('a trace entry with an unknown field is not valid', () => {
  expect(isTraceEntry(first)).toBe(true)
  expect(isTraceEntry({ ...first, fields: { sdp } })).toBe(false)
})

type FieldOf<T> = T extends T ? Exclude<keyof T, 'type'> : never
type HiddenField = Exclude<FieldOf<PeerMessage> | FieldOf<RoomEvent>, TraceFieldName>

/** The fields of messages that a trace never shows, with the reason. A new field is here or in traceFields.ts. */
const hiddenFields: Readonly<Record<HiddenField, string>> = {
  sdp: 'has addresses and keys',
  candidate: 'has an address',
  proof: 'is a secret',
  token: 'is a secret',
  iceServers: 'has credentials',
  room: 'is a capability',
  message: 'its own fields are checked',
  entry: 'is a trace entry itself',
  entries: 'are trace entries themselves',
  sentAtMs: 'belongs to messages about traces, which are not recorded',
  enabled: 'belongs to messages about traces, which are not recorded',
  fromStart: 'belongs to messages about traces, which are not recorded',
  protocol: 'is the same in every trace',
  door: 'its own fields are checked',
  visitor: 'has a name',
  preparation: 'does not explain anything',
  lifetimeMs: 'does not explain anything',
}

test('no allowed field has the name of a secret', () => {
  for (const name of [
    'key',
    'joinKey',
    'formerToken',
    'address',
    'label',
    'deviceId',
    'usernameFragment',
    'position',
    ...Object.keys(hiddenFields),
  ]) {
    expect(safeFieldNames.has(name), name).toBe(false)
  }
})

/** A trace with this second entry, or with a second entry that has these fields as JSON text. */
function withSecond(entry: unknown): string {
  const second =
    typeof entry === 'string'
      ? JSON.stringify({ ...first, fields: 0 }).replace('"fields":0', `"fields":${entry}`)
      : JSON.stringify(entry)
  return `{"version":1,"startedAt":"${trace.startedAt}","entries":[${JSON.stringify(first)},${second}]}`
}

/**
 * Yields the event unchanged, and once for each of its strings replaced by each secret. The event's type is constant
 * and stays.
 */
function* spoiltIn(event: { type: string }): Generator<[leaf: string, event: { type: string }], void> {
  yield ['unchanged', event]
  for (const path of leavesOf(event).filter(([name]) => name !== 'type')) {
    for (const secret of Object.values(secrets))
      yield [path.join('.'), withLeaf(event, path, secret) as { type: string }]
  }
}

const leavesOf = (value: unknown): string[][] =>
  typeof value === 'string'
    ? [[]]
    : typeof value === 'object' && value !== null
      ? Object.entries(value).flatMap(([name, inner]) => leavesOf(inner).map((path) => [name, ...path]))
      : []

function withLeaf(value: unknown, [name, ...rest]: string[], leaf: string): unknown {
  if (name === undefined) return leaf
  const copy = structuredClone(value) as Record<string, unknown>
  copy[name] = withLeaf(copy[name], rest, leaf)
  return copy
}
