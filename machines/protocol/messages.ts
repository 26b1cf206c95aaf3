/**
 * What crosses the wire, and so the vocabulary of the machines' events.
 * The server parses with these schemas; everyone else takes the types (`import type`), so zod stays out of the browser.
 */
import { z } from 'zod'
import { isAllowedCandidate } from './iceCandidate.ts'
import { limits } from './limits.ts'
import { canonicalRoomName, isRoomName } from './roomName.ts'
import { isTraceEntry, type TraceEntry } from './traceEntry.ts'
import {
  hangupMessageReasons,
  errorCodes,
  mediaFlows,
  type peerMessageTypes,
  presences,
  roles,
  type roomEventTypes,
  seats,
} from './vocabulary.ts'

/** The version of this protocol (docs/protocol.md), in the first message of both sides. A change that old peers cannot read makes it 2. */
export const protocolVersion = 1
const protocol = z.literal(protocolVersion)

export const seatName = z.enum(seats)
export const role = z.enum(roles)

/** A room's name in its one spelling, whatever was typed. */
export const roomName = z
  .string()
  .max(4 * limits.roomNameCharacters)
  .transform(canonicalRoomName)
  .refine(isRoomName)

/** Made by the client for one join: 256 random bits, base64url. A repeated join with the same key is a retry. */
export const joinKey = z.string().regex(/^[A-Za-z0-9_-]{43}$/)

/** The right to a seat, made by the server (server/rooms/tokens.ts). Its form is the server's own business: other programs only give it back. */
export const token = z.string().regex(/^[A-Za-z0-9_.-]{43,128}$/)

/** `mailboxId.seq`: how far a mailbox was read. */
export const position = z.string().regex(/^[a-z0-9]{1,16}\.\d{1,15}$/)

/** Which pair of peer connections a message is about: seat and epoch of the one who made it, and a count: `a3.1`. */
export const connection = z.string().regex(/^[ab]\d{1,15}\.\d{1,9}$/)

/** HMAC-SHA-256, base64url: the message comes from the page that this one talked to (client/verification/continuity.ts). The server cannot make one. */
const proof = token.optional()

const sequenceNumber = z.int().min(1).max(1_000_000_000)
const sdp = z
  .string()
  .startsWith('v=0')
  .max(limits.descriptionCharacters)
  .refine((text) => text.split('\n').length <= limits.descriptionLines)

export const candidate = z.strictObject({
  /** RFC 8839 §5.1, or empty: this generation has no more. */
  candidate: z
    .string()
    .max(limits.candidateCharacters)
    .refine((line) => line === '' || isAllowedCandidate(line)),
  sdpMid: z.string().max(64).nullable(),
  sdpMLineIndex: z.int().min(0).max(255).nullable(),
  usernameFragment: z.string().max(256).nullable(),
})

/** One recorded event. It holds no secret and no personal data (traceFields.ts). */
export const traceEntry = z.custom<TraceEntry>(isTraceEntry)

export const hangupReason = z.enum(hangupMessageReasons)

/** A message from one seat to the other, relayed by the server. */
export const peerMessage = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('offer'), connection, negotiation: sequenceNumber, sdp, proof }),
  z.strictObject({ type: z.literal('answer'), connection, negotiation: sequenceNumber, sdp, proof }),
  z.strictObject({ type: z.literal('candidate'), connection, candidate }),
  /** Which media the sender sends, so that a black picture and silence have a reason. */
  z.strictObject({ type: z.literal('media'), microphone: z.boolean(), camera: z.boolean(), screen: z.boolean() }),
  /** The sender hangs up. `reason` is set where the person did not decide it. */
  z.strictObject({ type: z.literal('hangup'), reason: hangupReason.optional(), proof }),
  /** Subscribes to the trace of the other page, or unsubscribes. `fromStart`: with all entries that are still kept. */
  z.strictObject({ type: z.literal('trace.subscribe'), enabled: z.boolean(), fromStart: z.boolean() }),
  /** Trace entries of the sender's page, for a subscriber. `sentAtMs` is on the clock of the entries' `atMs`. Never stored. */
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

/** Servers to gather from. `lifetimeMs` counts from when they were given, for clocks differ. */
export const iceConfig = z.object({ iceServers: z.array(iceServer), lifetimeMs: z.number() })

const presence = z.enum(presences)

/** What `room.join` yields, each with its position. */
export const roomEvent = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('joined'),
    protocol: protocol.optional(),
    room: roomName,
    seat: seatName,
    role,
    token,
    /** Grows with each join of the seat. Requests with an older epoch are rejected. */
    epoch: z.number(),
    /** True: the seat was this visitor's already. */
    resumed: z.boolean(),
    peer: presence,
    state: z.enum(['created', 'ready', 'full']),
    /** The newest `seq` that the server has from this seat. The client sends the next one. */
    acked: z.number(),
    iceServers: z.array(iceServer),
    lifetimeMs: z.number(),
  }),
  z.object({ type: z.literal('ready') }),
  z.object({ type: z.literal('full') }),
  z.object({ type: z.literal('message'), message: peerMessage }),
  /** `pageClosing`: the page announced it (a reload, or a closed tab). Otherwise only its socket is known to be lost. */
  z.object({ type: z.literal('peer.disconnected'), pageClosing: z.boolean() }),
  /** `reloaded`: the page was loaded again and knows nothing of the call. It will send an offer. */
  z.object({ type: z.literal('peer.reconnected'), reloaded: z.boolean() }),
  /** `left`: of their own will. `lost`: did not come back in time. */
  z.object({ type: z.literal('peer.left'), reason: z.enum(['left', 'lost']) }),
  z.object({ type: z.literal('seat.replaced') }),
  /** Events in between were dropped: renegotiate. */
  z.object({ type: z.literal('resync') }),
  z.object({ type: z.literal('drain'), delayMs: z.number() }),
  /** One event of the room, for a join with `includeTrace`. The receiver sets the time. Never stored. */
  z.object({ type: z.literal('room.trace'), entry: traceEntry }),
]) satisfies z.ZodType<{ type: (typeof roomEventTypes)[number] }>

/** Inputs of the procedures. */
export const joinInput = z.strictObject({
  protocol: protocol.optional(),
  room: roomName,
  /** Made by the client for this one join, so a retry gets the same seat. */
  joinKey,
  /** The seat's token, when there is a seat to come back to. */
  token: token.nullish(),
  /** The token of the seat that the page lost. It proves that the page knows the room, so the server counts no guess when it refuses. */
  formerToken: token.nullish(),
  /** Time of the request on any monotonic clock of the client. Of two joins for one seat the newer wins, in any order of arrival. */
  requestedAt: z.int().min(0).default(0),
  /** Where reading goes on. Without it a returning holder starts at the newest: what went before belongs to a page that is gone. */
  lastEventId: position.nullish(),
  /** Whether media arrives from the other holder. It keeps their seat for them where the server has lost the room. */
  mediaFlow: z.enum(mediaFlows).default('stopped'),
  /** Sends `room.trace` events, too. */
  includeTrace: z.boolean().default(false),
})
export const sendInput = z.strictObject({ room: roomName, seq: sequenceNumber, message: peerMessage })
export const reportMediaInput = z.strictObject({ room: roomName, mediaFlow: z.enum(mediaFlows) })
export const leaveInput = z.strictObject({
  room: roomName,
  /** The page is closing, perhaps for a reload: the server keeps the seat for 8 s. */
  pageClosing: z.boolean().default(false),
})

export type SeatName = z.infer<typeof seatName>
export type Role = z.infer<typeof role>
export type Presence = z.infer<typeof presence>
export type Candidate = z.infer<typeof candidate>
export type PeerMessage = z.infer<typeof peerMessage>
export type Message<T extends PeerMessage['type']> = Extract<PeerMessage, { type: T }>
export type HangupMessageReason = z.infer<typeof hangupReason>
export type DescriptionMessage = Omit<Message<'offer'>, 'type' | 'proof'>
export type CandidateMessage = Omit<Message<'candidate'>, 'type'>
export type MediaState = Omit<Message<'media'>, 'type'>
export type RoomEvent = z.infer<typeof roomEvent>
export type JoinedEvent = Extract<RoomEvent, { type: 'joined' }>
export type IceServer = z.infer<typeof iceServer>
export type IceConfig = z.infer<typeof iceConfig>
export type ErrorCode = z.infer<typeof errorCode>
