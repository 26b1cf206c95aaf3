import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { CallFact } from '../../../../machines/call/callEvents.ts'
import type { DeviceFact } from '../../../../machines/media/deviceMachine.ts'
import type { LinkFact } from '../../../../machines/signaling/signalingEvents.ts'
import type { NoticeFact } from '../../../../machines/status/statusBannerMachine.ts'
import type { QualityFact } from '../../../../machines/status/qualityMachine.ts'
import type { RoomFact } from '../../../../machines/room/roomMachine.ts'
import { harmless } from '../../../../machines/protocol/traceFacts.ts'
import { isLine, statesIn, type TracedMachine } from '../../../../machines/protocol/traceLine.ts'
import { lineOf, stateName } from '../../../../machines/protocol/trace/sanitize.ts'
import { readTrace, stateValue, traceText } from '../../../../machines/protocol/trace/traceFile.ts'
import type { StateValue, Trace } from '../../../../machines/protocol/trace/types.ts'
import type { SafetyFact } from '../../../../machines/verification/verificationEvents.ts'
import type { VisitFact } from '../../../../machines/membership/membershipMachine.ts'
import type { Joined } from '../../../../machines/protocol/messages.ts'

/** What must not get out, each in the form that it has. */
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
const trickle = {
  connection: 'a3.1',
  candidate: { candidate: secrets.candidate, sdpMid: secrets.word, sdpMLineIndex: 0, usernameFragment: secrets.word },
}
const seat: Joined = {
  type: 'joined', room: secrets.room, seat: 'a', role: 'impolite', token, epoch: 3, resumed: true, peer: 'here', state: 'ready', said: 4,
  iceServers: [{ urls: [secrets.address], username: secrets.word, credential: secrets.credential }], lifetimeMs: 1,
}
const [position, key, message] = ['canary.7', token, secrets.label]

type Every<T extends { type: string }> = { [K in T['type']]: Extract<T, { type: K }> }

const call: Every<CallFact> = {
  'seat.given': { type: 'seat.given', seat: 'a', role: 'impolite', epoch: 3, peer: 'here', resumed: true },
  'seat.left': { type: 'seat.left', reason: 'elsewhere' },
  'peer.arrived': { type: 'peer.arrived' }, 'peer.away': { type: 'peer.away' }, 'peer.back': { type: 'peer.back', fresh: true },
  'peer.left': { type: 'peer.left', reason: 'lost' },
  'mail.lost': { type: 'mail.lost' }, 'link.lost': { type: 'link.lost' }, 'line.proven': { type: 'line.proven' }, 'network.changed': { type: 'network.changed' },
  'offer.received': { type: 'offer.received', ...description }, 'answer.received': { type: 'answer.received', ...description },
  'stranger.offered': { type: 'stranger.offered', ...description }, 'stranger.answered': { type: 'stranger.answered', ...description },
  'candidate.received': { type: 'candidate.received', ...trickle }, 'bye.received': { type: 'bye.received' },
  'offer.made': { type: 'offer.made', ...description }, 'answer.made': { type: 'answer.made', ...description },
  'candidate.gathered': { type: 'candidate.gathered', ...trickle },
  'negotiation.needed': { type: 'negotiation.needed' }, 'offer.aged': { type: 'offer.aged' },
  'path.opened': { type: 'path.opened' }, 'path.wavered': { type: 'path.wavered' }, 'path.failed': { type: 'path.failed' },
  'media.flowed': { type: 'media.flowed' }, 'connection.broke': { type: 'connection.broke', message },
  'user.hungUp': { type: 'user.hungUp' }, 'user.retried': { type: 'user.retried' }, 'user.accepted': { type: 'user.accepted' }, 'patience.ended': { type: 'patience.ended' },
  'restarts.regained': { type: 'restarts.regained' }, 'restart.rested': { type: 'restart.rested' },
}
const link: Every<LinkFact> = {
  'page.opened': { type: 'page.opened' }, 'page.closed': { type: 'page.closed' }, 'network.changed': { type: 'network.changed' },
  'entry.asked': { type: 'entry.asked', key, token }, 'seat.released': { type: 'seat.released' }, 'seat.abandoned': { type: 'seat.abandoned' },
  'flow.reported': { type: 'flow.reported', media: 'flowing' }, 'line.doubted': { type: 'line.doubted' }, 'line.proven': { type: 'line.proven' },
  'socket.opened': { type: 'socket.opened' }, 'socket.closed': { type: 'socket.closed', chance: 0.5 },
  'seat.given': { type: 'seat.given', position, seat },
  'news.read': { type: 'news.read', position, news: { type: 'message', message: { type: 'offer', ...description } } },
  'visit.refused': { type: 'visit.refused', code: 'seat-lost', chance: 0.5, key }, 'leave.heard': { type: 'leave.heard' }, 'drain.due': { type: 'drain.due' },
}
const visit: Every<VisitFact> = {
  'user.joined': { type: 'user.joined' }, 'user.left': { type: 'user.left' }, 'user.rejoined': { type: 'user.rejoined' },
  'page.reloaded': { type: 'page.reloaded' }, 'seat.given': { type: 'seat.given', state: 'ready', peer: 'here' },
  'seat.refused': { type: 'seat.refused', code: 'full', isCalling: false }, 'seat.taken': { type: 'seat.taken' }, 'link.lost': { type: 'link.lost' },
  'room.ready': { type: 'room.ready' }, 'room.full': { type: 'room.full' },
  'peer.away': { type: 'peer.away', closes: true }, 'peer.back': { type: 'peer.back', fresh: true }, 'peer.left': { type: 'peer.left' },
  'call.ended': { type: 'call.ended' },
}
const camera: Every<DeviceFact> = {
  'user.switchedOn': { type: 'user.switchedOn' }, 'user.switchedOff': { type: 'user.switchedOff' }, 'user.muted': { type: 'user.muted' },
  'user.unmuted': { type: 'user.unmuted' }, 'user.retried': { type: 'user.retried' },
  'device.chosen': { type: 'device.chosen', deviceId: token }, 'device.appeared': { type: 'device.appeared', deviceIds: [token] },
  'permission.granted': { type: 'permission.granted' }, 'permission.withdrawn': { type: 'permission.withdrawn' },
  'device.opened': { type: 'device.opened', deviceId: token, label: secrets.label, refusal: 'busy' },
  'device.refused': { type: 'device.refused', problem: 'busy' }, 'device.ended': { type: 'device.ended', problem: 'unplugged' },
  'device.doubted': { type: 'device.doubted' }, 'device.stalled': { type: 'device.stalled' }, 'user.dismissed': { type: 'user.dismissed' },
  'visit.ended': { type: 'visit.ended' }, 'visit.began': { type: 'visit.began' }, 'track.muted': { type: 'track.muted' }, 'track.unmuted': { type: 'track.unmuted' },
}
const safety: Every<SafetyFact> = {
  'channel.opened': { type: 'channel.opened', connection: 'a3.1' }, 'channel.closed': { type: 'channel.closed', connection: 'a3.1' },
  'commitment.made': { type: 'commitment.made' }, 'peer.committed': { type: 'peer.committed', commitment: token },
  'peer.revealed': { type: 'peer.revealed', nonce: token }, 'peer.garbled': { type: 'peer.garbled' },
  'code.derived': { type: 'code.derived', code: [1, 2, 3, 4, 5, 6, 7] }, 'proof.failed': { type: 'proof.failed' },
  'certificate.changed': { type: 'certificate.changed' }, 'exchange.broke': { type: 'exchange.broke' },
  'user.confirmed': { type: 'user.confirmed' }, 'user.denied': { type: 'user.denied' },
}
const notice: Every<NoticeFact> = {
  'path.lost': { type: 'path.lost' }, 'path.mended': { type: 'path.mended' }, 'call.ended': { type: 'call.ended' },
  'peer.away': { type: 'peer.away', closes: true }, 'peer.back': { type: 'peer.back' }, 'peer.renewed': { type: 'peer.renewed' },
  'peer.left': { type: 'peer.left' }, 'link.lost': { type: 'link.lost' }, 'link.mended': { type: 'link.mended' },
}
const quality: Every<QualityFact> = {
  'sample.taken': { type: 'sample.taken', sample: { lossIn: 0.1, lossOut: 0.2, roundTrip: 55, jitter: 3, frozen: null, squeeze: 0 } },
  'path.lost': { type: 'path.lost' },
}
const room: Every<RoomFact> = {
  'visitor.entered': { type: 'visitor.entered', token, key, asked: 1 },
  'holder.resumed': { type: 'holder.resumed', seat: 'a', presented: token, token, fresh: true, asked: 1 },
  'holder.restored': { type: 'holder.restored', seat: 'a', presented: token, token, claimed: 2, fresh: true, flowing: true, asked: 1, at: 5 },
  'socket.closed': { type: 'socket.closed', seat: 'a', epoch: 3, at: 5 }, 'page.closed': { type: 'page.closed', seat: 'a', epoch: 3 },
  'holder.left': { type: 'holder.left', seat: 'a', epoch: 3 }, 'media.flowed': { type: 'media.flowed', seat: 'a', epoch: 3 },
  'media.stopped': { type: 'media.stopped', seat: 'a', epoch: 3 }, 'time.passed': { type: 'time.passed', at: 5 },
}

const events = Object.entries({ call, link, visit, safety, camera, notice, quality, room })
  .flatMap(([machine, facts]) => Object.values(facts as Record<string, { type: string }>).map((event) => ({ machine: machine as TracedMachine, event })))
const traced = (machine: TracedMachine, event: { type: string }) => lineOf({ at: 12.4, place: 'here', machine, event, state: { connected: 'flowing' } })
const first = traced('call', call['offer.received'])
const trace: Trace = { version: 1, began: '2026-02-03T04:05:06.000Z', lines: events.map(({ machine, event }) => traced(machine, event)) }

describe('a line', () => {
  test('keeps what tells the story', () => {
    expect(first).toEqual({
      at: 12, place: 'here', machine: 'call', event: 'offer.received', state: 'connected.flowing', facts: { connection: 'a3.1', negotiation: 2 },
    })
    expect(traced('link', link['news.read']).facts).toEqual({ what: 'offer', connection: 'a3.1', negotiation: 2 })
    expect(traced('link', link['seat.given']).facts).toEqual({
      what: 'joined', seat: 'a', role: 'impolite', epoch: 3, resumed: true, peer: 'here', state: 'ready', said: 4,
    })
    expect(traced('visit', visit['seat.refused']).facts).toEqual({ code: 'full' })
  })

  test.each(events.map(({ machine, event }) => [machine, event.type, event] as const))('holds nothing of %s’s %s that could be used', (machine, _, event) => {
    for (const [leaf, spoilt] of spoiltIn(event)) {
      const text = JSON.stringify(traced(machine, spoilt))
      for (const secret of Object.values(secrets)) expect(text, leaf).not.toContain(JSON.stringify(secret).slice(1, -1))
      expect(text).not.toMatch(/canary|192\.0\.2/i)
    }
  })

  test('names a wait by its name', () => {
    expect(traced('call', { type: 'xstate.after.offerAge.call.offering.waiting' }).event).toBe('after.offerAge')
    expect(traced('call', { type: token }).event).toBe('unknown')
  })
})

describe('the state of a machine', () => {
  test('is a path, or several where it is in several states at once', () => {
    expect(stateName({ connected: { flowing: 'settled' } })).toBe('connected.flowing.settled')
    expect(stateName({ path: 'told', peer: 'fine', link: 'fine' })).toBe('path.told, peer.fine, link.fine')
    expect(stateName({ call: { sound: 'on', picture: {} } })).toBe('call.sound.on, call.picture')
    expect(statesIn('path.told, peer.fine, link.fine')).toEqual(['path.told', 'peer.fine', 'link.fine'])
    for (const state of ['idle', 'path.told, peer.fine, link.fine']) expect(isLine({ ...first, state })).toBe(true)
  })

  test('is found again from its name', () => {
    const name = fc.constantFrom('path', 'told', 'fine', 'constructor', 'toString')
    const { state } = fc.letrec<{ state: StateValue; part: StateValue }>((tie) => ({
      part: fc.oneof({ depthSize: 'small' }, fc.constant({}), tie('state')),
      state: fc.oneof({ depthSize: 'small' }, name, fc.tuple(name, tie('state')).map(([group, inner]) => ({ [group]: inner })), fc.dictionary(name, tie('part'), { minKeys: 2, maxKeys: 3 })),
    }))
    fc.assert(fc.property(state, (value) => { expect(stateValue(stateName(value))).toEqual(value) }))
  })

  test.each(['', ', ', 'path, path.told', 'path.told, path', 'a..b', 'constructor, constructor.prototype'])('is read from %j, which no machine says, without harm', (name) => {
    expect(() => stateValue(name)).not.toThrow()
  })
})

describe('a saved trace', () => {
  test('is read as it was written', () => {
    expect(readTrace(traceText(trace))).toEqual(trace)
  })

  test.each<readonly [what: string, text: string, words: string]>([
    ['no JSON', 'canary', 'no JSON'],
    ['a list', '[]', 'no object'],
    ['another version', JSON.stringify({ ...trace, version: 2 }), 'version'],
    ['no date', JSON.stringify({ ...trace, began: 'canary' }), 'when it began'],
    ['no end of lines', JSON.stringify({ ...trace, lines: Array(5_001).fill(first) }), 'at most 5000'],
    ...([
      ['no object', null, 'is no line'],
      ['something more', { ...first, sdp }, 'more or less'],
      ['no time', { ...first, at: 'canary' }, 'when it happened'],
      ['another place', { ...first, place: 'canary' }, 'place'],
      ['another machine', { ...first, machine: 'canary' }, 'machine'],
      ['a secret as its event', { ...first, event: token }, 'no event'],
      ['a secret among its states', { ...first, state: `path.told, ${secrets.address}, link.fine` }, 'no state'],
      ['too many states', { ...first, state: Array(20).fill('path.told').join(', ') }, 'no state'],
      ['an empty state', { ...first, state: 'path.told, ' }, 'no state'],
      ['a secret as its state', { ...first, state: secrets.address }, 'no state'],
      ['no facts', { ...first, facts: [] }, 'no facts'],
      ['a fact that nobody knows', { ...first, facts: { token } }, '"token"'],
      ['a known fact that is no word of ours', { ...first, facts: { reason: secrets.word } }, '"reason"'],
      ['a fact by which objects are made', `{"__proto__":{}}`, '"__proto__"'],
    ] as const).map(([what, line, words]) => [`a line with ${what}`, withSecond(line), `Line 2 of the trace .*${words}`] as const),
  ])('is refused in words: %s', (_, text, words) => {
    expect(() => readTrace(text)).toThrow(new RegExp(words))
  })
})

test('a line from elsewhere is one or it is not', () => {
  expect(isLine(first)).toBe(true)
  expect(isLine({ ...first, facts: { sdp } })).toBe(false)
})

test('no fact is named like something that can be used', () => {
  for (const name of ['sdp', 'candidate', 'token', 'key', 'address', 'label', 'deviceId', 'message', 'iceServers', 'usernameFragment', 'position', 'room']) {
    expect(harmless.has(name), name).toBe(false)
  }
})

/** A trace whose second line is that, or has those facts. */
function withSecond(line: unknown): string {
  const facts = typeof line === 'string'
  return `{"version":1,"began":"${trace.began}","lines":[${JSON.stringify(first)},${
    facts ? JSON.stringify({ ...first, facts: 0 }).replace('"facts":0', `"facts":${line}`) : JSON.stringify(line)}]}`
}

/** The event as it is, and once for each string in it (its own name is ours) and each secret that might stand there. */
function* spoiltIn(event: { type: string }): Generator<[leaf: string, event: { type: string }], void> {
  yield ['as it is', event]
  for (const path of leavesOf(event).filter(([name]) => name !== 'type')) {
    for (const secret of Object.values(secrets)) yield [path.join('.'), withLeaf(event, path, secret) as { type: string }]
  }
}

const leavesOf = (value: unknown): string[][] =>
  typeof value === 'string' ? [[]]
    : typeof value === 'object' && value !== null ? Object.entries(value).flatMap(([name, inner]) => leavesOf(inner).map((path) => [name, ...path]))
      : []

function withLeaf(value: unknown, [name, ...rest]: string[], leaf: string): unknown {
  if (name === undefined) return leaf
  const copy = structuredClone(value) as Record<string, unknown>
  copy[name] = withLeaf(copy[name], rest, leaf)
  return copy
}
