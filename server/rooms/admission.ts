import type { SnapshotFrom } from 'xstate'
import type { z } from 'zod'
import type { roomMachine as machine } from '../../machines/room/roomMachine.ts'
import type { RoomMachineEvent } from '../../machines/room/roomEvents.ts'
import { findDecline, isSeatKept, mayEnter } from '../../machines/room/door.ts'
import { visibleDoor } from '../../machines/room/roomMachine.ts'
import {
  firstFreeSeat,
  isJoinKeyUsed,
  nextEpoch,
  otherSeat,
  type RoomContext,
  findSeatByToken,
} from '../../machines/room/seats.ts'
import type { TraceEntry } from '../../machines/protocol/traceEntry.ts'
import type { MediaFlow, RoomPolicy } from '../../machines/protocol/vocabulary.ts'
import type { JoinedEvent, Presence, RoomView, SeatName, joinInput } from '../../machines/protocol/messages.ts'
import { ApiError } from '../common/apiError.ts'
import { type MailboxState, parsePosition, type Position } from './store.ts'
import { type TokenPayload, hashToken } from './tokens.ts'
import type { SeatClaim } from './seatClaim.ts'

/** The validated input of a join. */
export type JoinRequest = Omit<z.infer<typeof joinInput>, 'includeTrace' | 'mediaFlow'> & { mediaFlow?: MediaFlow }
export type RoomSnapshot = SnapshotFrom<typeof machine>

/** The result of a join. */
export interface Admission {
  claim: SeatClaim
  joined: Omit<JoinedEvent, 'iceServers' | 'lifetimeMs'>
  /** Position from which reading resumes; null if it is invalid, and the reader starts at `mailboxEnd`. */
  resumeFrom: Position | null
  mailboxEnd: Position
  /** The trace entry of this join. */
  traceEntry: TraceEntry
  /** The type of the room event for this join. */
  arrival: ArrivalType
}

/** The room events for a join. */
export type ArrivalType = Extract<RoomMachineEvent['type'], 'visitor.joined' | 'holder.resumed' | 'holder.restored'>
export type ArrivalEvent = Extract<RoomMachineEvent, { type: ArrivalType }>

/** The facts about a join that are not part of the request. */
export interface AdmissionContext {
  /** False for a client with too many failed joins: it may only resume its own seat. */
  mayJoin: boolean
  /** False for a client with too many new rooms: it may only join a room that exists. */
  mayCreateRoom: boolean
  /** The payload of the presented token; null if its signature is not valid. */
  tokenPayload: TokenPayload | null
  /** True if the request proves a former seat in this room. The join then does not count as a guess. */
  hadSeat: boolean
  nowMs: number
  /** The policy of a new room, unless the request selects one. */
  defaultPolicy: RoomPolicy
  /** Issues the new token of the claim; returns its hash. */
  issueToken(seat: SeatName, epoch: number): string
}

/**
 * The room event for a join: a new visitor, a returning holder, or a holder with a token of an earlier run.
 * A join with a signed token, current or former, is never throttled and never counts as a guess. An admitted visitor is
 * never throttled.
 * @throws {ApiError} `full`, `ask-first`, `locked`, `throttled` or `seat-lost`
 */
export function admissionEvent(
  room: RoomSnapshot,
  request: JoinRequest,
  { mayJoin, mayCreateRoom, tokenPayload, hadSeat, nowMs, defaultPolicy, issueToken }: AdmissionContext,
): ArrivalEvent {
  const { context } = room
  const { requestedAt, policy = defaultPolicy } = request
  const presented = hashToken(request.token ?? request.joinKey)
  const reloaded = !request.lastEventId
  const seat = findSeatByToken(context, presented)
  if (seat)
    return requireAllowed(
      room,
      {
        type: 'holder.resumed',
        seat,
        presentedTokenHash: presented,
        tokenHash: issueToken(seat, nextEpoch(context)),
        reloaded,
        requestedAt,
      },
      new ApiError('seat-lost', { countsAsFailure: tokenPayload === null }),
    )
  if (tokenPayload) {
    const seatLost = new ApiError('seat-lost', { countsAsFailure: false })
    if (tokenPayload.isFromThisRun) throw seatLost
    const token = issueToken(tokenPayload.seat, nextEpoch(context, tokenPayload.epoch))
    return requireAllowed(
      room,
      {
        type: 'holder.restored',
        seat: tokenPayload.seat,
        claimedEpoch: tokenPayload.epoch,
        presentedTokenHash: presented,
        tokenHash: token,
        reloaded,
        hasMedia: request.mediaFlow === 'flowing',
        requestedAt,
        policy: restoredPolicy(room, request, defaultPolicy),
        at: nowMs,
      },
      seatLost,
    )
  }
  const formerTokenHash = hadSeat && request.formerToken ? hashToken(request.formerToken) : null
  const isKnown = hadSeat || isAdmitted(context, presented)
  if (!mayJoin && !isKnown) throw new ApiError('throttled', { countsAsFailure: false })
  if (request.token || isJoinKeyUsed(context, presented)) throw new ApiError('seat-lost', { countsAsFailure: !hadSeat })
  // This error shows that the room does not exist, so it counts.
  if (room.value === 'empty' && !mayCreateRoom && !hadSeat) throw new ApiError('throttled')
  return requireAllowed(
    room,
    {
      type: 'visitor.joined',
      tokenHash: issueToken(firstFreeSeat(context), nextEpoch(context)),
      joinKey: presented,
      formerTokenHash,
      requestedAt,
      policy,
      ...(request.preparation === context.door.preparation?.id && pickPreparation(request)),
    },
    new ApiError(rejectionCode(room, presented, formerTokenHash), { countsAsFailure: !hadSeat }),
  )
}

/** The holder knows this visitor, so its join guesses nothing. */
const isAdmitted = ({ door: { visitor } }: RoomContext, keyHash: string): boolean =>
  visitor?.isAdmitted === true && visitor.keyHash === keyHash

const pickPreparation = ({ preparation }: JoinRequest) => (preparation === undefined ? {} : { preparation })

/** The default policy is for the holder that restores the room. For a room that exists it would be a change. */
const restoredPolicy = ({ value, context }: RoomSnapshot, { policy }: JoinRequest, byDefault: RoomPolicy): RoomPolicy =>
  policy ?? (value === 'empty' ? byDefault : context.door.policy)

/** The reason why a visitor with this key does not get a seat. */
function rejectionCode(
  { value, context }: RoomSnapshot,
  keyHash: string,
  formerTokenHash: string | null,
): 'full' | 'ask-first' | 'locked' {
  const isWaiting = value === 'created' && context.reservedUntil === null && !isSeatKept(context.door)
  if (!isWaiting || mayEnter(context.door, keyHash, formerTokenHash)) return 'full'
  return context.door.policy === 'locked' ? 'locked' : 'ask-first'
}

function requireAllowed(room: RoomSnapshot, event: ArrivalEvent, error: ApiError): ArrivalEvent {
  if (!room.can(event)) throw error
  return event
}

/**
 * Builds the result of a join.
 * A restored holder negotiates like a new visitor, because the earlier messages are lost. A reloaded page has no call
 * to negotiate about; it makes an offer, like a holder that resumes.
 * @param room after the event
 * @param token the new token of the claim
 * @param event the room event of this join
 * @param mailbox its state before the event
 * @param before the room before the event
 */
export function buildAdmission(
  room: RoomSnapshot,
  request: JoinRequest,
  token: string,
  event: ArrivalEvent,
  mailbox: MailboxState,
  before: RoomSnapshot,
): Omit<Admission, 'traceEntry'> {
  const { context, value } = room
  const seat = findSeatByToken(context, event.tokenHash) ?? 'a'
  const epoch = context.seats[seat]?.epoch ?? 0
  const isPrepared = event.type === 'visitor.joined' && event.preparation !== undefined
  const resumed = event.type === 'holder.resumed' || (event.type === 'holder.restored' && event.reloaded)
  return {
    arrival: event.type,
    claim: { room: request.room, seat, epoch },
    joined: {
      type: 'joined',
      protocol: 1,
      room: request.room,
      seat,
      role: seat === 'a' ? 'impolite' : 'polite',
      token,
      epoch,
      resumed,
      peer: peerPresence(context, otherSeat(seat)),
      state: value as JoinedEvent['state'],
      acked: mailbox.acked,
      door: visibleDoor(context.door),
      ...(isPrepared && pickPreparation(request)),
    },
    resumeFrom:
      event.type === 'holder.restored'
        ? // The mailbox of a taken seat belongs to an earlier time, from which the store lost writes.
          before.context.seats[seat] === null
          ? { mailboxId: mailbox.mailboxId, seq: mailbox.droppedCount }
          : null
        : // The connection exists, so the visitor needs neither the waiting offer nor the addresses in it.
          isPrepared
          ? { mailboxId: mailbox.mailboxId, seq: mailbox.lastSeq }
          : resumePosition(mailbox, request, resumed),
    mailboxEnd: { mailboxId: mailbox.mailboxId, seq: mailbox.lastSeq },
  }
}

/**
 * A new holder reads from the beginning, where the waiting offer is. So does a retry with the join key, because the
 * first response was lost. Any other page without a position is a new page and starts at the end.
 */
function resumePosition(
  { mailboxId, droppedCount, lastSeq }: MailboxState,
  { token, lastEventId }: JoinRequest,
  resumed: boolean,
): Position | null {
  if (!lastEventId) return { mailboxId, seq: resumed && token ? lastSeq : droppedCount }
  const position = parsePosition(lastEventId)
  // The store detects a position that is too old when it is read.
  return position.mailboxId === mailboxId && position.seq <= lastSeq ? position : null
}

function peerPresence({ seats }: RoomContext, name: SeatName): Presence {
  const seat = seats[name]
  if (!seat) return 'absent'
  return seat.expiresAt === null ? 'connected' : 'disconnected'
}

/** A visitor that asks for admission: the hashes of its join key and of its network. */
export interface VisitorIdentity {
  keyHash: string
  source: string
}

/**
 * The room as a visitor without a seat sees it. It shows no name and no message of the holder.
 * @param visitor null for a visitor that only looks
 */
export function viewRoom({ value, context }: RoomSnapshot, visitor: VisitorIdentity | null, nowMs: number): RoomView {
  const { door, reservedUntil } = context
  const isWaiting = value === 'created' && reservedUntil === null && !isSeatKept(door)
  const occupancy = value === 'empty' ? 'empty' : isWaiting ? 'waiting' : 'full'
  const view = { occupancy, policy: door.policy, ask: 'none' } as const
  if (!visitor) return view
  if (door.visitor?.keyHash === visitor.keyHash)
    return { ...view, ask: door.visitor.isAdmitted ? 'admitted' : 'asking' }
  const { until = nowMs } = findDecline(door, visitor) ?? {}
  if (until > nowMs) return { ...view, ask: 'declined', retryAfterMs: until - nowMs }
  return occupancy === 'waiting' && door.visitor ? { ...view, ask: 'occupied' } : view
}

/**
 * The preparation as a visitor sees it: its own attempt, null if it may request one, or undefined.
 * @param visitor `keyHash` is null for a visitor that only looks
 * @param current the attempt that this visit has; null without one
 */
export function viewPreparation(
  room: RoomSnapshot,
  visitor: { keyHash: string | null; source: string },
  current: { id: number; offer?: string | undefined } | null,
  nowMs: number,
): RoomView['preparation'] {
  if (current && current.id === room.context.door.preparation?.id)
    return { id: current.id, ...(current.offer !== undefined && { offer: current.offer }) }
  return room.can({ type: 'preparation.requested', ...visitor, at: nowMs }) ? null : undefined
}
