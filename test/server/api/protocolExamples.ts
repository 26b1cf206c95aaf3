import type { inferRouterInputs, inferRouterOutputs } from '@trpc/server'
import type { ChannelMessage, ChannelMessageOf } from '../../../machines/protocol/dataChannelMessages.ts'
import { limits } from '../../../machines/protocol/limits.ts'
import type { Message, PeerMessage, RoomEvent } from '../../../machines/protocol/messages.ts'
import { timeouts } from '../../../machines/protocol/timeouts.ts'
import type { AppRouter, ProcedurePath } from '../../../server/api/router.ts'

/**
 * The examples of docs/protocol.md, by kind and name. Each table has a row for every type, so a new message without an
 * example does not compile. The tests of the schemas use the same examples.
 */

type SomeOf<T> = readonly [T, ...T[]]
type EventOf<T extends RoomEvent['type']> = Extract<RoomEvent, { type: T }>

const [joinKey, token] = ['k'.repeat(43), 't'.repeat(43)]
const relaySdp = 'v=0\r\no=- 1 1 IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\n'
const sdp = (n: number): string => `v=0\r\no=- ${n} 1 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\n`

/** From one seat to the other. */
export const messageExamples: { readonly [T in PeerMessage['type']]: SomeOf<Message<T>> } = {
  offer: [
    { type: 'offer', connection: 'a1.1', negotiation: 1, sdp: sdp(1) },
    { type: 'offer', connection: 'a1.1', negotiation: 2, sdp: sdp(1), proof: 'p'.repeat(43) },
  ],
  answer: [{ type: 'answer', connection: 'a1.1', negotiation: 1, sdp: sdp(2) }],
  candidate: [
    {
      type: 'candidate',
      connection: 'a1.1',
      candidate: {
        candidate: 'candidate:1 1 udp 2122260223 192.0.2.7 50000 typ host',
        sdpMid: '0',
        sdpMLineIndex: 0,
        usernameFragment: 'uf',
      },
    },
    {
      type: 'candidate',
      connection: 'a1.1',
      candidate: { candidate: '', sdpMid: null, sdpMLineIndex: null, usernameFragment: null },
    },
  ],
  media: [{ type: 'media', microphone: true, camera: true, screen: false }],
  hangup: [{ type: 'hangup' }, { type: 'hangup', reason: 'unsupported' }],
  'trace.subscribe': [{ type: 'trace.subscribe', enabled: true, fromStart: true }],
  'trace.entries': [
    {
      type: 'trace.entries',
      sentAtMs: 5_000,
      entries: [
        {
          atMs: 4_980,
          place: 'here',
          machine: 'call',
          event: 'offer.received',
          fields: { negotiation: 1 },
          state: 'answering',
        },
      ],
    },
  ],
}

/** From the server to a seat. */
export const eventExamples: { readonly [T in RoomEvent['type']]: SomeOf<EventOf<T>> } = {
  joined: [
    {
      type: 'joined',
      protocol: 1,
      room: 'blue-door',
      seat: 'b',
      role: 'polite',
      token,
      epoch: 2,
      resumed: false,
      peer: 'connected',
      state: 'ready',
      acked: 0,
      door: { policy: 'open', visitor: null },
      iceServers: [],
      lifetimeMs: timeouts.turnCredentialLifetimeMs,
    },
  ],
  ready: [{ type: 'ready' }, { type: 'ready', preparation: 7 }],
  full: [{ type: 'full' }],
  message: [{ type: 'message', message: { type: 'hangup' } }],
  'peer.disconnected': [{ type: 'peer.disconnected', pageClosing: false }],
  'peer.reconnected': [{ type: 'peer.reconnected', reloaded: false }],
  'peer.left': [{ type: 'peer.left', reason: 'left' }],
  'seat.replaced': [{ type: 'seat.replaced' }],
  resync: [{ type: 'resync' }],
  drain: [{ type: 'drain', delayMs: 3_200 }],
  door: [
    { type: 'door', policy: 'ask', visitor: { id: 3, name: 'Ben', isAdmitted: false } },
    { type: 'door', policy: 'locked', visitor: null },
    { type: 'door', policy: 'open', visitor: null, preparation: 7 },
  ],
  'preparation.answered': [{ type: 'preparation.answered', preparation: 7, sdp: relaySdp }],
  'room.trace': [
    {
      type: 'room.trace',
      entry: {
        atMs: 0,
        place: 'server',
        machine: 'room',
        event: 'visitor.joined',
        fields: { seat: 'a' },
        state: 'created',
      },
    },
  ],
}

/** From page to page on the data channel. */
export const channelExamples: { readonly [T in ChannelMessage['type']]: SomeOf<ChannelMessageOf<T>> } = {
  heartbeat: [{ type: 'heartbeat', seq: 1, media: { microphone: true, camera: true, screen: false } }],
  hangup: [{ type: 'hangup' }],
  join: [{ type: 'join' }],
  admitted: [{ type: 'admitted' }],
  commit: [{ type: 'commit', commitment: 'c'.repeat(43) }],
  reveal: [{ type: 'reveal', nonce: 'n'.repeat(43) }],
  secret: [{ type: 'secret', secret: 's'.repeat(43) }],
  name: [{ type: 'name', name: 'Anna' }],
  features: [{ type: 'features', chat: 1, files: 1 }],
}

type Inputs = inferRouterInputs<AppRouter>
type Outputs = inferRouterOutputs<AppRouter>
type At<Routes, Path> = Path extends `${infer Group}.${infer Name}`
  ? Group extends keyof Routes
    ? Name extends keyof Routes[Group]
      ? Routes[Group][Name]
      : never
    : never
  : never
/** The data of one result. A subscription yields several; a tracked event becomes an object with its id. */
type ResultOf<Output> = [Output] extends [never]
  ? undefined
  : Output extends AsyncIterable<infer Item>
    ? Item extends readonly unknown[]
      ? TrackedEvent
      : Item
    : Output
interface TrackedEvent {
  id: string
  data: RoomEvent
}
interface ProcedureExamples<Path> {
  readonly inputs: SomeOf<At<Inputs, Path>>
  readonly result: ResultOf<At<Outputs, Path>>
}

/** The inputs of each procedure, and one result. */
export const procedureExamples: { readonly [Path in ProcedurePath]: ProcedureExamples<Path> } = {
  'room.join': {
    inputs: [
      { protocol: 1, room: 'blue-door', joinKey },
      {
        protocol: 1,
        room: 'blue-door',
        joinKey,
        token,
        lastEventId: '4f2k9x.7',
        requestedAt: 81_250,
        mediaFlow: 'stopped',
        includeTrace: false,
      },
      { protocol: 1, room: 'blue-door', joinKey, formerToken: token },
      { protocol: 1, room: 'blue-door', joinKey, policy: 'ask' },
      { protocol: 1, room: 'blue-door', joinKey, preparation: 7 },
    ],
    result: { id: '4f2k9x.1', data: { type: 'ready' } },
  },
  'room.send': { inputs: [{ room: 'blue-door', seq: 1, message: { type: 'hangup' } }], result: { acked: 1 } },
  'room.reportMedia': { inputs: [{ room: 'blue-door', mediaFlow: 'flowing' }], result: undefined },
  'room.leave': { inputs: [{ room: 'blue-door', pageClosing: false }], result: undefined },
  'room.visit': {
    inputs: [
      { protocol: 1, room: 'blue-door' },
      { room: 'blue-door', ask: { joinKey, name: 'Ben' } },
    ],
    result: { occupancy: 'waiting', policy: 'ask', ask: 'declined', retryAfterMs: timeouts.askAgainMs },
  },
  'room.prepare': {
    inputs: [
      { room: 'blue-door', step: { type: 'request' } },
      { room: 'blue-door', step: { type: 'offer', id: 7, sdp: relaySdp } },
      { room: 'blue-door', step: { type: 'answer', id: 7, sdp: relaySdp } },
      { room: 'blue-door', step: { type: 'end', id: 7 } },
    ],
    result: undefined,
  },
  'room.answerVisitor': { inputs: [{ room: 'blue-door', visitor: 3, isAdmitted: true }], result: undefined },
  'room.setPolicy': { inputs: [{ room: 'blue-door', policy: 'ask' }], result: undefined },
  'ice.servers': {
    inputs: [undefined],
    result: {
      iceServers: [
        { urls: ['stun:host:3478'] },
        { urls: ['turn:host:3478'], username: '1800000000:x', credential: 'c2VjcmV0' },
      ],
      lifetimeMs: timeouts.turnCredentialLifetimeMs,
    },
  },
  'server.rooms': {
    inputs: [undefined],
    result: {
      room: 1,
      entry: {
        atMs: 0,
        place: 'server',
        machine: 'room',
        event: 'media.started',
        fields: { seat: 'a', epoch: 1, stateBefore: 'ready' },
        state: 'ready',
      },
    },
  },
  'room.reportFailure': { inputs: [{ room: 'blue-door', reason: 'failed' }], result: undefined },
}

/**
 * The times that a client of the protocol meets, with their meaning. Null: a page uses the time for itself, and another
 * client may choose its own.
 */
export const clientTimes: Readonly<Record<keyof typeof timeouts, string | null>> = {
  clientPingIntervalMs: null,
  clientPongTimeoutMs: null,
  probeTimeoutMs: null,
  serverPingIntervalMs: 'The server sends `PING` after this time without a frame.',
  serverPongTimeoutMs: 'The server closes a socket that sends nothing for this time after a `PING`.',
  firstMessageTimeoutMs: 'The server closes a socket that sends no first frame in this time.',
  reconnectDelaysMs: null,
  openTimeoutMs: null,
  stableAfterMs: null,
  peerBannerDelayMs: null,
  rejoinIntervalMs: null,
  seatGraceMs: 'The seat of a closed socket is reserved for this time.',
  seatGraceAfterCloseMs:
    'The same after a `room.leave` with `pageClosing`, or if the client closed the socket with code 1001.',
  doorGraceMs: 'The place at the door is kept for this time after the visitor’s socket closed.',
  admissionMs: 'An admitted visitor that does not join leaves the door after this time.',
  admissionWaitMs: 'A join of the visitor at the door waits this long for its admission.',
  prepareTimeoutMs: 'A page ends a preparation that does not connect in this time.',
  preparedMaxAgeMs: 'A page in the lobby replaces a prepared connection of this age.',
  preparedHiddenMs: null,
  joinConfirmationMs: 'After `join` or `admitted` a page closes the connection if no seat is confirmed in this time.',
  prepareAgainMs: null,
  prepareAgainMaxMs: null,
  directDelayMs: null,
  askAgainMs: 'A declined visitor may ask again after this time.',
  askPauseMs: 'The same after `asksPerVisitor` declines.',
  mailboxLifetimeMs: `A mailbox drops all its events when the newest has this age. Those for a free seat stay, at most ${limits.mailboxMessages / 2}.`,
  gapTimeoutMs: null,
  answerTimeoutMs: 'A page replaces an offer that has no answer after this time.',
  offerTimeoutMs: null,
  connectTimeoutMs: 'A page gives up a transport that does not connect in this time after the answer.',
  offerMaxAgeMs: 'A page renews a waiting offer at this age.',
  mediaSilenceMs: 'Without a packet for this time, a page treats the call as stalled.',
  heartbeatSilenceMs: 'The same if neither side sends audio or video.',
  networkChangeSilenceMs: null,
  heartbeatIntervalMs: 'Interval of the heartbeats on the data channel.',
  chatAckMs: 'A page acknowledges chat texts this long after the first of them.',
  politeRestartDelayMs: null,
  resumeReadMs: null,
  restartCooldownMs: null,
  restartWindowMs: 'The window of `iceRestartsPerMinute`.',
  restartTimeoutMs: 'A page treats an ICE restart as failed after this time.',
  callLostTimeoutMs: 'Without media for this time, a page ends the call.',
  decisionTimeoutMs: null,
  verificationTimeoutMs: 'A page waits this long for `commit` and for `reveal`.',
  turnCredentialLifetimeMs: 'Lifetime of TURN credentials for a client with a seat.',
  guestTurnCredentialLifetimeMs: 'The same without a seat.',
  drainSpreadMs: 'The largest `delayMs` of `drain`.',
  transportBannerDelayMs: null,
  signalingBannerDelayMs: null,
  peerReloadTimeoutMs: null,
  bannerMinTimeMs: null,
  deviceStableAfterMs: null,
  deviceStalledAfterMs: null,
  trackMutedAfterMs: null,
  devicePollIntervalMs: null,
  mutedSpeechMs: null,
  mutedHintEndMs: null,
  mutedHintPauseMs: null,
  silentMicrophoneMs: null,
  quietMicrophoneMs: null,
  talkTailMs: null,
}
