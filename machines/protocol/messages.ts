/**
 * The schema of every message between client and server; the machines' events use the same types.
 * The server parses with these schemas. The browser imports types only (`import type`), so its bundle excludes zod.
 */
import { z } from 'zod'
import { isAllowedCandidate } from './iceCandidate.ts'
import { limits } from './limits.ts'
import { isRelayDescription } from './relayDescription.ts'
import { canonicalRoomName, isRoomName } from './roomName.ts'
import { cleanVisitorName } from './visitorName.ts'
import { isTraceEntry, type TraceEntry } from './traceEntry.ts'
import {
  askStates,
  hangupMessageReasons,
  errorCodes,
  callFailureReasons,
  mediaFlows,
  occupancies,
  type peerMessageTypes,
  presences,
  roles,
  roomPolicies,
  type roomEventTypes,
  seats,
} from './vocabulary.ts'

/**
 * The protocol version (docs/protocol.md), in the first message of both sides. An incompatible change increments it.
 */
export const protocolVersion = 1
const protocol = z.literal(protocolVersion)

export const seatName = z.enum(seats)
export const role = z.enum(roles)

/** Parses a room name as typed into its canonical form (roomName.ts). */
export const roomName = z
  .string()
  .max(4 * limits.roomNameCharacters)
  .transform(canonicalRoomName)
  .refine(isRoomName)

/** 256 random bits, base64url; created by the client for one join. A repeated join with the same key is a retry. */
export const joinKey = z.string().regex(/^[A-Za-z0-9_-]{43}$/)

/** Grants a seat; issued by the server (server/rooms/tokens.ts). Its content is opaque to clients. */
export const token = z.string().regex(/^[A-Za-z0-9_.-]{43,128}$/)

/** A name as a visitor typed it. The result is at most `visitorNameCharacters` long, and may be empty. */
export const visitorName = z
  .string()
  .max(4 * limits.visitorNameCharacters)
  .transform(cleanVisitorName)

export const roomPolicy = z.enum(roomPolicies)

/** Names one request for admission; the number is unique in its room. */
const visitorId = z.int().min(1)

/** Names one preparation; the number is unique in its room, also among the epochs. */
const preparationId = z.int().min(1)

/** A read position in a mailbox: `mailboxId.seq`. */
export const position = z.string().regex(/^[a-z0-9]{1,16}\.\d{1,15}$/)

/** Name of a pair of peer connections: seat and epoch of the offerer, and a count, such as `a3.1`. */
export const connection = z.string().regex(/^[ab]\d{1,15}\.\d{1,9}$/)

/**
 * HMAC-SHA-256, base64url: proves that the sender is the same page as before (client/verification/continuity.ts). The
 * server cannot forge it.
 */
const proof = token.optional()

const sequenceNumber = z.int().min(1).max(1_000_000_000)
const sdp = z
  .string()
  .startsWith('v=0')
  .max(limits.descriptionCharacters)
  .refine((text) => text.split('\n').length <= limits.descriptionLines)

/** A description that shows only relay candidates (relayDescription.ts). */
const relaySdp = sdp.refine(isRelayDescription, { params: { isForm: true } })

export const candidate = z.strictObject({
  /** RFC 8839 §5.1; empty at the end of the candidates of this generation. */
  candidate: z
    .string()
    .max(limits.candidateCharacters)
    .refine((line) => line === '' || isAllowedCandidate(line)),
  sdpMid: z.string().max(64).nullable(),
  sdpMLineIndex: z.int().min(0).max(255).nullable(),
  usernameFragment: z.string().max(256).nullable(),
})

/** One recorded event, without secrets and personal data (traceFields.ts). */
export const traceEntry = z.custom<TraceEntry>(isTraceEntry)

export const hangupReason = z.enum(hangupMessageReasons)

/** A message from one seat to the other, relayed by the server. */
export const peerMessage = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('offer'), connection, negotiation: sequenceNumber, sdp, proof }),
  z.strictObject({ type: z.literal('answer'), connection, negotiation: sequenceNumber, sdp, proof }),
  z.strictObject({ type: z.literal('candidate'), connection, candidate }),
  /** The media that the sender sends. It explains a black picture or silence to the peer. */
  z.strictObject({ type: z.literal('media'), microphone: z.boolean(), camera: z.boolean(), screen: z.boolean() }),
  /** The sender hangs up. `reason` is set if the user did not decide it. */
  z.strictObject({ type: z.literal('hangup'), reason: hangupReason.optional(), proof }),
  /** Subscribes to the trace of the peer's page, or unsubscribes. `fromStart`: includes all stored entries. */
  z.strictObject({ type: z.literal('trace.subscribe'), enabled: z.boolean(), fromStart: z.boolean() }),
  /**
   * Trace entries of the sender's page, for a subscriber. `sentAtMs` uses the clock of the entries' `atMs`. Never
   * stored.
   */
  z.strictObject({
    type: z.literal('trace.entries'),
    sentAtMs: z.int(),
    entries: z.array(traceEntry).min(1).max(limits.traceEntriesPerMessage),
  }),
]) satisfies z.ZodType<{ type: (typeof peerMessageTypes)[number] }>

export const errorCode = z.enum(errorCodes)

export const iceServer = z.object({
  urls: z.array(z.string()),
  username: z.string().optional(),
  credential: z.string().optional(),
})

/** STUN and TURN servers. `lifetimeMs` is relative to the response, because clocks differ. */
export const iceConfig = z.object({ iceServers: z.array(iceServer), lifetimeMs: z.number() })

const presence = z.enum(presences)

/** The visitor at the door of a room, for its waiting holder. */
const doorVisitor = z.object({ id: visitorId, name: z.string(), isAdmitted: z.boolean() })

/**
 * The policy of a room, and the visitor at its door; null without one. `preparation`: the holder makes a connection with
 * a visitor in the lobby.
 */
export const door = z.object({
  policy: roomPolicy,
  visitor: doorVisitor.nullable(),
  preparation: preparationId.optional(),
})

/** The room as a visitor without a seat sees it. `room.visit` yields it at the start and after each change. */
export const roomView = z.object({
  occupancy: z.enum(occupancies),
  policy: roomPolicy,
  ask: z.enum(askStates),
  /** Time in ms until a declined visitor may ask again. */
  retryAfterMs: z.number().optional(),
  /** The preparation of this visitor, with the holder's offer once there is one. Null: the visitor may request one. */
  preparation: z.object({ id: preparationId, offer: relaySdp.optional() }).nullish(),
})

/** An event that `room.join` yields. Each carries its position. */
export const roomEvent = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('joined'),
    protocol: protocol.optional(),
    room: roomName,
    seat: seatName,
    role,
    token,
    /** Increases with each join of the seat. Requests with an older epoch are rejected. */
    epoch: z.number(),
    /** True if this client held the seat before. */
    resumed: z.boolean(),
    peer: presence,
    state: z.enum(['created', 'ready', 'full']),
    /** The newest `seq` that the server has from this seat. The client sends the next one. */
    acked: z.number(),
    door: door.optional(),
    /** The preparation whose connection is the call's. */
    preparation: preparationId.optional(),
    iceServers: z.array(iceServer),
    lifetimeMs: z.number(),
  }),
  /** `preparation`: as in `joined`. */
  z.object({ type: z.literal('ready'), preparation: preparationId.optional() }),
  z.object({ type: z.literal('full') }),
  z.object({ type: z.literal('message'), message: peerMessage }),
  /** `pageClosing`: the page announced it (a reload, or a closed tab). Otherwise only the socket is lost. */
  z.object({ type: z.literal('peer.disconnected'), pageClosing: z.boolean() }),
  /** `reloaded`: the page was reloaded and has no call. It sends an offer. */
  z.object({ type: z.literal('peer.reconnected'), reloaded: z.boolean() }),
  /** `left`: the peer released the seat. `lost`: the peer did not return within the grace period. */
  z.object({ type: z.literal('peer.left'), reason: z.enum(['left', 'lost']) }),
  z.object({ type: z.literal('seat.replaced') }),
  /** Events were dropped, so the client has to renegotiate. */
  z.object({ type: z.literal('resync') }),
  z.object({ type: z.literal('drain'), delayMs: z.number() }),
  /** The policy or the visitor at the door has changed. The event contains both. */
  door.extend({ type: z.literal('door') }),
  /** The visitor in the lobby answered the offer of this preparation. Never stored. */
  z.object({ type: z.literal('preparation.answered'), preparation: preparationId, sdp: relaySdp }),
  /** One event of the room, for a join with `includeTrace`. The receiver sets the time. Never stored. */
  z.object({ type: z.literal('room.trace'), entry: traceEntry }),
]) satisfies z.ZodType<{ type: (typeof roomEventTypes)[number] }>

/** Inputs of the procedures. */
export const joinInput = z.strictObject({
  protocol: protocol.optional(),
  room: roomName,
  joinKey,
  /** The token of the seat to resume. */
  token: token.nullish(),
  /** The token of a lost seat. It proves that the page knows the room, so a rejection does not count as a guess. */
  formerToken: token.nullish(),
  /**
   * Time of the request in ms, on any monotonic clock of the client. Of two joins for one seat the newer wins, in any
   * order of arrival.
   */
  requestedAt: z.int().min(0).default(0),
  /**
   * Position to resume from. Without it a returning holder starts at the newest event, because older ones belong to its
   * previous page.
   */
  lastEventId: position.nullish(),
  /** Whether media arrives from the peer. After the server lost its rooms, `flowing` reserves the peer's seat. */
  mediaFlow: z.enum(mediaFlows).default('stopped'),
  /**
   * The policy of a room that this join creates, or restores after the server lost its rooms. Default: `DUET_ROOM_POLICY`.
   */
  policy: roomPolicy.optional(),
  /** The visitor's preparation, whose connection is connected. The join must use the socket of the visit. */
  preparation: preparationId.optional(),
  /** Requests `room.trace` events. */
  includeTrace: z.boolean().default(false),
})
export const sendInput = z.strictObject({ room: roomName, seq: sequenceNumber, message: peerMessage })
export const reportMediaInput = z.strictObject({ room: roomName, mediaFlow: z.enum(mediaFlows) })
export const reportFailureInput = z.strictObject({ room: roomName, reason: z.enum(callFailureReasons) })
export const leaveInput = z.strictObject({
  room: roomName,
  /** The page is closing, perhaps for a reload: the server keeps the seat for 8 s. */
  pageClosing: z.boolean().default(false),
})

export const visitInput = z.strictObject({
  protocol: protocol.optional(),
  room: roomName,
  /** Asks for admission. `joinKey`: the key of the join that follows. A repeated key is the same request. */
  ask: z.strictObject({ joinKey, name: visitorName.default('') }).optional(),
})
/** A step of a preparation. A visitor requests it, the holder offers, the visitor answers, and both may end it. */
const preparationStep = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('request') }),
  z.strictObject({ type: z.literal('offer'), id: preparationId, sdp: relaySdp }),
  z.strictObject({ type: z.literal('answer'), id: preparationId, sdp: relaySdp }),
  z.strictObject({ type: z.literal('end'), id: preparationId }),
])
export const prepareInput = z.strictObject({ room: roomName, step: preparationStep })
export const setPolicyInput = z.strictObject({ room: roomName, policy: roomPolicy })
export const answerVisitorInput = z.strictObject({ room: roomName, visitor: visitorId, isAdmitted: z.boolean() })

export type SeatName = z.infer<typeof seatName>
export type Role = z.infer<typeof role>
export type Presence = z.infer<typeof presence>
export type Candidate = z.infer<typeof candidate>
export type PeerMessage = z.infer<typeof peerMessage>
/** The peer message with this `type`. */
export type Message<T extends PeerMessage['type']> = Extract<PeerMessage, { type: T }>
export type HangupMessageReason = z.infer<typeof hangupReason>
/** A session description with its connection and negotiation number. */
export type DescriptionMessage = Omit<Message<'offer'>, 'type' | 'proof'>
export type CandidateMessage = Omit<Message<'candidate'>, 'type'>
export type MediaState = Omit<Message<'media'>, 'type'>
export type RoomEvent = z.infer<typeof roomEvent>
export type JoinedEvent = Extract<RoomEvent, { type: 'joined' }>
export type Door = z.infer<typeof door>
export type RoomView = z.infer<typeof roomView>
export type PreparationStep = z.infer<typeof preparationStep>
export type IceServer = z.infer<typeof iceServer>
export type IceConfig = z.infer<typeof iceConfig>
export type ErrorCode = z.infer<typeof errorCode>
