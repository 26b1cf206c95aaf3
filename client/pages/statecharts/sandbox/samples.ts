import type { MicrophoneHintEvent } from '../../../../machines/audio/microphoneHintMachine.ts'
import type { PushToTalkEvent } from '../../../../machines/audio/pushToTalkMachine.ts'
import type { CallEvent } from '../../../../machines/call/callEvents.ts'
import type { CallContext } from '../../../../machines/call/negotiation.ts'
import type { ChatContext, ChatEvent } from '../../../../machines/chat/chatEvents.ts'
import { createEmptyChat } from '../../../../machines/chat/chatMachine.ts'
import type { DeviceEvent } from '../../../../machines/media/deviceEvents.ts'
import type { MembershipContext, MembershipEvent } from '../../../../machines/membership/membershipMachine.ts'
import type { PreparationContext, PreparationEvent } from '../../../../machines/preparation/preparationEvents.ts'
import { type MachineName, machineNameFor, type TracedMachine } from '../../../../machines/protocol/traceEntry.ts'
import type { JoinedEvent } from '../../../../machines/protocol/messages.ts'
import type { RoomMachineEvent } from '../../../../machines/room/roomEvents.ts'
import { nextDeadline, type RoomContext } from '../../../../machines/room/seats.ts'
import type { SignalingContext, SignalingEvent } from '../../../../machines/signaling/signalingEvents.ts'
import type { QualityEvent } from '../../../../machines/status/qualityMachine.ts'
import type { StatusBannerEvent } from '../../../../machines/status/statusBannerMachine.ts'
import type { TransferContext, TransferEvent } from '../../../../machines/transfer/transferEvents.ts'
import type { VerificationContext, VerificationEvent } from '../../../../machines/verification/verificationEvents.ts'

/** Fields of an event besides its type. */
export type EventFields = Record<string, unknown>

/** The fields of each event that has required fields, and of others where a field is worth a try. */
type Samples<C, E extends { type: string }> = (
  context: C,
) => { [K in E['type'] as object extends FieldsOf<E, K> ? never : K]: FieldsOf<E, K> } & {
  [K in E['type']]?: FieldsOf<E, K>
}
type FieldsOf<E, K> = Omit<Extract<E, { type: K }>, 'type'>

/** Documentation addresses of RFC 5737. No sample is a secret. */
const candidate = (usernameFragment: string | null) => ({
  candidate: 'candidate:1 1 udp 2122252543 192.0.2.7 50000 typ host',
  sdpMid: '0',
  sdpMLineIndex: 0,
  usernameFragment,
})
const sdp = 'v=0\r\na=ice-ufrag:u1\r\n'

const call: Samples<CallContext, CallEvent> = ({ seat, role, epoch, connection, negotiation, remoteUfrag }) => {
  const other = seat === 'a' ? 'b' : 'a'
  const own = { connection: connection ?? 'a1.1', negotiation: Math.max(1, negotiation), sdp }
  const theirs = { connection: `${other}2.1`, negotiation: 1, sdp }
  return {
    'join.accepted':
      seat === null
        ? { seat: 'a', role: 'impolite', epoch: 1, peer: 'absent', resumed: false }
        : { seat, role, epoch: epoch + 1, peer: 'connected', resumed: true },
    'seat.lost': { reason: 'replaced' },
    'peer.left': { reason: 'left' },
    'peer.reconnected': { reloaded: false },
    'offer.received': theirs,
    'answer.received': own,
    'candidate.received': { connection: connection ?? theirs.connection, candidate: candidate(remoteUfrag) },
    'unauthenticatedOffer.received': theirs,
    'unauthenticatedAnswer.received': own,
    'offer.created': own,
    'answer.created': own,
    'candidate.gathered': { connection: own.connection, candidate: candidate('u2') },
    'connection.failed': { message: 'DTLS failed' },
  }
}

const joined = {
  type: 'joined',
  room: 'den',
  seat: 'a',
  role: 'impolite',
  token: 'a token',
  epoch: 1,
  resumed: false,
  peer: 'absent',
  state: 'created',
  acked: 0,
  iceServers: [],
  lifetimeMs: 3_600_000,
} as const satisfies JoinedEvent

const signaling: Samples<SignalingContext, SignalingEvent> = ({ token, joinKey }) => ({
  'join.requested': { joinKey: 'a join key', token },
  'visit.requested': { ask: null },
  'visitor.answered': { visitor: 1, isAdmitted: true },
  'policy.selected': { policy: 'ask' },
  'preparation.stepped': { step: { type: 'request' } },
  'media.reported': { mediaFlow: 'flowing' },
  'socket.closed': { random: 0.5 },
  'join.accepted': { position: 'e.1', seat: { ...joined, resumed: token !== null } },
  'event.received': { position: 'e.2', roomEvent: { type: 'ready' } },
  'join.rejected': { code: 'full', random: 0.5, joinKey: joinKey ?? 'another join key' },
  'visit.updated': { view: { occupancy: 'waiting', policy: 'open', ask: 'none' } },
  'visit.rejected': { code: 'throttled' },
})

const membership: Samples<MembershipContext, MembershipEvent> = ({ room }) => ({
  'user.asked': { name: 'Ben' },
  'visit.updated': { occupancy: 'waiting', policy: 'ask', ask: 'none' },
  'visit.rejected': { code: 'throttled' },
  'join.accepted': room === 'empty' ? { state: 'created', peer: 'absent' } : { state: 'ready', peer: 'connected' },
  'join.rejected': { code: 'full', isCalling: false },
  'door.changed': { policy: 'ask', visitor: { id: 1, name: 'Ben', isAdmitted: false } },
  'peer.disconnected': { pageClosing: false },
  'peer.reconnected': { reloaded: false },
  'call.ended': { reason: 'remote' },
})

const device: Samples<unknown, DeviceEvent> = () => ({
  'device.selected': { deviceId: 'camera 2' },
  'devices.changed': { addedDeviceIds: ['camera 2'] },
  'device.opened': { deviceId: 'camera 1', label: 'Camera 1', preferredProblem: null },
  'device.rejected': { problem: 'denied' },
  'track.ended': { problem: 'unplugged' },
})

const verification: Samples<VerificationContext, VerificationEvent> = ({ connection }) => ({
  'channel.opened': { connection: 'a1.1' },
  'channel.closed': { connection: connection ?? 'a1.1' },
  'peer.committed': { commitment: 'their commitment' },
  'peer.revealed': { nonce: 'their nonce' },
  'code.derived': { code: [3, 14, 15, 9, 26, 53, 58] },
})

const statusBanner: Samples<unknown, StatusBannerEvent> = () => ({ 'peer.disconnected': { pageClosing: false } })

const quality: Samples<unknown, QualityEvent> = () => ({
  'sample.taken': {
    sample: {
      inboundLossRatio: 0,
      outboundLossRatio: 0,
      roundTripMs: 40,
      jitterMs: 5,
      freezeRatio: 0,
      uplinkShortfall: 0,
    },
  },
})

const preparation: Samples<PreparationContext, PreparationEvent> = ({ attempt }) => ({
  'attempt.started': { id: (attempt ?? 0) + 1, side: 'visitor' },
  'offer.received': { sdp },
  'answer.received': { sdp },
  'seat.confirmed': { id: attempt },
  'description.created': { sdp },
})

const chat: Samples<ChatContext, ChatEvent> = ({ peerStay, receivedSeq, channelSeq, entryId }) => ({
  'hello.received': { stay: peerStay ?? 'stay of Ben', received: null },
  'text.received': { seq: receivedSeq + 1, text: 'Hello!', atMs: 0 },
  'ack.received': { seq: channelSeq },
  'user.sent': { text: `Text ${entryId + 1}`, atMs: 0 },
  'chat.cleared': { stay: 'another stay' },
  'chat.handedOver': {
    chat: {
      stay: 'stay of the other tab',
      peerStay: 'stay of Ben',
      receivedSeq: 1,
      sentSeq: 0,
      outbox: [],
      entries: [{ id: 1, from: 'peer', text: 'Hello!', atMs: 0 }],
      entryId: 1,
      droppedCount: 0,
    },
  },
})

const sha256 = 'hash of the file'

const transfer: Samples<TransferContext, TransferEvent> = () => ({
  'peer.accepted': { offset: 0 },
  'peer.ended': { sha256 },
  'peer.cancelled': { reason: 'cancelled' },
  'content.sent': { sha256 },
  'content.failed': { reason: 'storage' },
})

const microphoneHint: Samples<unknown, MicrophoneHintEvent> = () => ({})

const pushToTalk: Samples<unknown, PushToTalkEvent> = () => ({ 'key.pressed': { isMuted: true } })

const room: Samples<RoomContext, RoomMachineEvent> = (context) => {
  const { seats, door, epoch } = context
  const name = seats.a || !seats.b ? 'a' : 'b'
  const holder = { seat: name, epoch: seats[name]?.epoch ?? 1 } as const
  const answer = { ...holder, visitorId: door.visitor?.id ?? 1, at: 0 }
  const tokens = { presentedTokenHash: seats[name]?.tokenHash ?? 'token 1', tokenHash: `token ${epoch + 1}` }
  const at = nextDeadline(context) ?? 60_000
  return {
    'visitor.joined': {
      tokenHash: `token ${epoch + 1}`,
      joinKey: `key ${epoch + 1}`,
      formerTokenHash: null,
      requestedAt: 1,
      policy: 'open',
    },
    'holder.resumed': { seat: name, ...tokens, reloaded: false, requestedAt: 2 },
    'holder.restored': {
      seat: name,
      ...tokens,
      claimedEpoch: 1,
      reloaded: false,
      hasMedia: true,
      requestedAt: 1,
      policy: 'open',
      at: 0,
    },
    'visitor.asked': { keyHash: 'key of Ben', source: 'network of Ben', name: 'Ben', at: 0 },
    'visitor.withdrew': { visit: door.visitor?.visit ?? 1 },
    'visitor.disconnected': { visit: door.visitor?.visit ?? 1, at: 0 },
    'visitor.admitted': answer,
    'visitor.declined': answer,
    'preparation.requested': { keyHash: null, source: 'network of Ben', at: 0 },
    'preparation.ended': { id: door.preparation?.id ?? 1 },
    'policy.changed': { ...holder, policy: door.policy === 'ask' ? 'open' : 'ask' },
    'socket.closed': { ...holder, at: 0 },
    'page.closing': holder,
    'holder.left': holder,
    'media.started': { ...(seats.a?.hasMedia && seats.b ? { seat: 'b', epoch: seats.b.epoch } : holder), at: 0 },
    'media.stopped': { ...holder, at: 0 },
    'time.passed': { at },
  }
}

/** Every machine is here, so a new one does not compile without its row. Without fields the row is `() => ({})`. */
const samples: Record<MachineName, (context: never) => Partial<Record<string, object>>> = {
  room,
  membership,
  signaling,
  call,
  verification,
  device,
  statusBanner,
  quality,
  preparation,
  chat,
  transfer,
  microphoneHint,
  pushToTalk,
}

/** Returns sensible fields of an event in this context; none for an event without fields. */
export const sampleFields = (machine: MachineName, type: string, context: unknown): EventFields =>
  ({ ...samples[machine](context as never)[type] }) as EventFields

/** Returns the input of a machine; undefined without one. */
export function sampleInput(traced: TracedMachine): unknown {
  if (traced === 'signaling') return { room: 'den' }
  if (traced === 'transfer') return { side: 'sender', size: 1_000_000, isOffered: true }
  if (traced === 'chat') return createEmptyChat('own stay')
  return machineNameFor(traced) === 'device' ? { kind: traced, selectedDeviceId: null } : undefined
}
