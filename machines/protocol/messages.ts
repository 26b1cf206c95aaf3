/**
 * What crosses the wire, and so the vocabulary of the machines' events.
 * The server parses with these schemas; everyone else takes the types (`import type`), so zod stays out of the browser.
 */
import { z } from 'zod'
import { isHostAddress } from './iceCandidate.ts'
import { limits } from './limits.ts'
import { canonicalName, isRoomName } from './roomName.ts'
import { isLine, type TraceLine } from './traceLine.ts'
import { byeReasons, codes, flows, type peerMessageTypes, presences, roles, type roomEventTypes, seats } from './vocabulary.ts'

/** The version of this protocol (docs/protocol.md), in the first message of both sides. A change that old peers cannot read makes it 2. */
export const protocolVersion = 1
const protocol = z.literal(protocolVersion)

export const seatName = z.enum(seats)
export const role = z.enum(roles)

/** A room's name in its one spelling, whatever was typed. */
export const roomName = z.string().max(4 * limits.nameCharacters).transform(canonicalName).refine(isRoomName)

/** The visitor's own proof of one entry: 256 random bits, base64url. */
export const key = z.string().regex(/^[A-Za-z0-9_-]{43}$/)

/** The right to a seat, made by the server (server/rooms/tokens.ts). Its form is the server's own business: other programs only give it back. */
export const token = z.string().regex(/^[A-Za-z0-9_.-]{43,128}$/)

/** `epoch.n`: how far a mailbox was read. */
export const position = z.string().regex(/^[a-z0-9]{1,16}\.\d{1,15}$/)

/** Which pair of peer connections a message is about: seat and epoch of the one who made it, and a count: `a3.1`. */
export const connection = z.string().regex(/^[ab]\d{1,15}\.\d{1,9}$/)

/** HMAC-SHA-256, base64url: the message comes from the page that this one talked to (client/verification/continuity.ts). The server cannot make one. */
const proof = token.optional()

const count = z.int().min(1).max(1_000_000_000)
const sdp = z.string().startsWith('v=0').max(limits.descriptionCharacters)
  .refine((text) => text.split('\n').length <= limits.descriptionLines)

export const candidate = z.strictObject({
  /** RFC 8839 §5.1, or empty: this generation has no more. */
  candidate: z.string().max(limits.candidateCharacters).refine((line) => line === '' || isHostAddress(line)),
  sdpMid: z.string().max(64).nullable(),
  sdpMLineIndex: z.int().min(0).max(255).nullable(),
  usernameFragment: z.string().max(256).nullable(),
})

/** What happened at one place; holds nothing that could be used (traceFacts.ts). */
export const traceLine = z.custom<TraceLine>(isLine)

export const byeReason = z.enum(byeReasons)

/** What one holder says to the other through the server. */
export const peerMessage = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('offer'), connection, negotiation: count, sdp, proof }),
  z.strictObject({ type: z.literal('answer'), connection, negotiation: count, sdp, proof }),
  z.strictObject({ type: z.literal('candidate'), connection, candidate }),
  /** What the speaker sends, so that black and silence have a reason. */
  z.strictObject({ type: z.literal('media'), microphone: z.boolean(), camera: z.boolean(), screen: z.boolean() }),
  /** The speaker hangs up. `reason`: why, where the person did not decide it. */
  z.strictObject({ type: z.literal('bye'), reason: byeReason.optional(), proof }),
  /** The speaker looks at what happens in the other's page, or no more. `anew`: from the beginning, as far as it is kept. */
  z.strictObject({ type: z.literal('watch'), on: z.boolean(), anew: z.boolean() }),
  /** What happened in the speaker's page, for one who looks. `at`: when it is said, on the clock of its lines. Nobody keeps it. */
  z.strictObject({ type: z.literal('trace'), at: z.int(), lines: z.array(traceLine).min(1).max(limits.traceLines) }),
]) satisfies z.ZodType<{ type: (typeof peerMessageTypes)[number] }>

export const code = z.enum(codes)

export const iceServer = z.object({ urls: z.array(z.string()), username: z.string().optional(), credential: z.string().optional() })

/** Servers to gather from. `lifetimeMs` counts from when they were given, for clocks differ. */
export const iceConfig = z.object({ iceServers: z.array(iceServer), lifetimeMs: z.number() })

const presence = z.enum(presences)

/** What `room.visit` yields, each with its position. */
export const roomEvent = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('joined'), protocol: protocol.optional(), room: roomName, seat: seatName, role, token,
    /** Grows with each visit to the seat; what carries an older one is refused. */
    epoch: z.number(),
    /** True: the seat was this visitor's already. */
    resumed: z.boolean(),
    peer: presence, state: z.enum(['created', 'ready', 'full']),
    /** How many of this holder's messages the server has: the outbox goes on from here. */
    said: z.number(),
    iceServers: z.array(iceServer), lifetimeMs: z.number(),
  }),
  z.object({ type: z.literal('ready') }),
  z.object({ type: z.literal('full') }),
  z.object({ type: z.literal('message'), message: peerMessage }),
  /** `closes`: the page had said so (it is loaded anew, or gone for good). Else only the line to it is lost, for all that is known. */
  z.object({ type: z.literal('peer.away'), closes: z.boolean() }),
  /** `fresh`: with a page that was loaded anew, and knows nothing of the call: it will offer. */
  z.object({ type: z.literal('peer.back'), fresh: z.boolean() }),
  /** `left`: of their own will. `lost`: did not come back in time. */
  z.object({ type: z.literal('peer.left'), reason: z.enum(['left', 'lost']) }),
  z.object({ type: z.literal('seat.taken') }),
  /** Something in between is gone: negotiate anew. */
  z.object({ type: z.literal('resync') }),
  z.object({ type: z.literal('drain'), delayMs: z.number() }),
  /** What happened in the room, for a visit that asked. When, the page knows that hears it. Nobody keeps it. */
  z.object({ type: z.literal('log'), line: traceLine }),
]) satisfies z.ZodType<{ type: (typeof roomEventTypes)[number] }>

/** Inputs of the procedures. */
export const visitInput = z.strictObject({
  protocol: protocol.optional(),
  room: roomName,
  /** Made by the visitor for this one entry, so that asking twice gives one seat. */
  key,
  /** The seat's token, when there is a seat to come back to. */
  token: token.nullish(),
  /** The token of the seat that the page lost. It proves that the page knows the room, so the server counts no guess when it refuses. */
  former: token.nullish(),
  /** When it was asked for, on a clock of the visitor's that only goes forward: of two for one seat the newer counts, in whichever order they come. */
  asked: z.int().min(0).default(0),
  /** Where reading goes on. Without it a returning holder starts at the newest: what went before belongs to a page that is gone. */
  lastEventId: position.nullish(),
  /** Whether media arrives from the other holder. It keeps their seat for them where the server has lost the room. */
  media: z.enum(flows).default('stopped'),
  /** Tell also what happens in the room. */
  log: z.boolean().default(false),
})
export const sayInput = z.strictObject({ room: roomName, n: count, message: peerMessage })
export const reportInput = z.strictObject({ room: roomName, media: z.enum(flows) })
export const leaveInput = z.strictObject({
  room: roomName,
  /** The page was closed, perhaps only to be loaded again: keep the seat for a moment. */
  mayReturn: z.boolean().default(false),
})

export type SeatName = z.infer<typeof seatName>
export type Role = z.infer<typeof role>
export type Presence = z.infer<typeof presence>
export type Candidate = z.infer<typeof candidate>
export type PeerMessage = z.infer<typeof peerMessage>
export type Message<T extends PeerMessage['type']> = Extract<PeerMessage, { type: T }>
export type ByeReason = z.infer<typeof byeReason>
export type Description = Omit<Message<'offer'>, 'type' | 'proof'>
export type Trickle = Omit<Message<'candidate'>, 'type'>
export type MediaState = Omit<Message<'media'>, 'type'>
export type RoomEvent = z.infer<typeof roomEvent>
export type Joined = Extract<RoomEvent, { type: 'joined' }>
export type IceServer = z.infer<typeof iceServer>
export type IceConfig = z.infer<typeof iceConfig>
export type Code = z.infer<typeof code>
