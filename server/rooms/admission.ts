import type { SnapshotFrom } from 'xstate'
import type { z } from 'zod'
import type { roomMachine as machine, RoomMachineEvent } from '../../machines/room/roomMachine.ts'
import {
  firstFreeSeat,
  isJoinKeyUsed,
  nextEpoch,
  otherSeat,
  type RoomContext,
  findSeatByToken,
} from '../../machines/room/seats.ts'
import type { TraceEntry } from '../../machines/protocol/traceEntry.ts'
import type { MediaFlow } from '../../machines/protocol/vocabulary.ts'
import type { JoinedEvent, Presence, SeatName, joinInput } from '../../machines/protocol/messages.ts'
import { ApiError } from '../common/apiError.ts'
import { type MailboxState, parsePosition, type Position } from './store.ts'
import { type TokenPayload, hashToken } from './tokens.ts'
import type { SeatClaim } from './seatClaim.ts'

export type JoinRequest = Omit<z.infer<typeof joinInput>, 'includeTrace' | 'mediaFlow'> & { mediaFlow?: MediaFlow }
export type RoomSnapshot = SnapshotFrom<typeof machine>

/** The result of a join. */
export interface Admission {
  claim: SeatClaim
  joined: Omit<JoinedEvent, 'iceServers' | 'lifetimeMs'>
  /** Where reading goes on; null if that position is gone, and the mailbox has to be read from `mailboxEnd`. */
  resumeFrom: Position | null
  mailboxEnd: Position
  /** The trace entry of this join. */
  traceEntry: TraceEntry
  /** The event by which the visitor came in. */
  arrival: ArrivalType
}

/** How a visitor may come in. */
export type ArrivalType = Extract<RoomMachineEvent['type'], 'visitor.joined' | 'holder.resumed' | 'holder.restored'>
export type ArrivalEvent = Extract<RoomMachineEvent, { type: ArrivalType }>

/** What the server knows about a join besides the request. */
export interface AdmissionContext {
  /** False for a client above its rate limit: it may only come back to a seat that it has. */
  isAllowed: boolean
  /** The payload of the presented token, if its signature is valid. */
  tokenPayload: TokenPayload | null
  /** The request proves that the visitor had a seat in this room, so the join does not count as a guess. */
  hadSeat: boolean
  nowMs: number
  /** Issues the new token of the claim; returns its hash. */
  issueToken(seat: SeatName, epoch: number): string
}

/**
 * The room event for a join: a new visitor, a holder who is back, or a holder whose seat an earlier run of the server gave.
 * @throws {ApiError} `full`, `throttled` or `seat-lost`. The server never throttles a
 * signed token, of the seat or of a former one, and never counts it as a guess.
 */
export function admissionEvent(
  room: RoomSnapshot,
  request: JoinRequest,
  { isAllowed, tokenPayload, hadSeat, nowMs, issueToken }: AdmissionContext,
): ArrivalEvent {
  const { context } = room
  const { requestedAt } = request
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
      new ApiError('seat-lost', tokenPayload === null),
    )
  if (tokenPayload) {
    const seatLost = new ApiError('seat-lost', false)
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
        at: nowMs,
      },
      seatLost,
    )
  }
  if (!isAllowed && !hadSeat) throw new ApiError('throttled')
  if (request.token || isJoinKeyUsed(context, presented)) throw new ApiError('seat-lost', !hadSeat)
  return requireAllowed(
    room,
    {
      type: 'visitor.joined',
      tokenHash: issueToken(firstFreeSeat(context), nextEpoch(context)),
      joinKey: presented,
      requestedAt,
    },
    new ApiError('full', !hadSeat),
  )
}

function requireAllowed(room: RoomSnapshot, event: ArrivalEvent, error: ApiError): ArrivalEvent {
  if (!room.can(event)) throw error
  return event
}

/**
 * @param room after the event
 * @param event how the visitor came in. A restored holder negotiates like a new visitor, because the earlier messages are lost. Only a
 * reloaded page has no call to negotiate about, and offers one like a holder who resumes.
 */
export function buildAdmission(
  room: RoomSnapshot,
  request: JoinRequest,
  token: string,
  event: ArrivalEvent,
  mailbox: MailboxState,
): Omit<Admission, 'traceEntry'> {
  const { context, value } = room
  const seat = findSeatByToken(context, event.tokenHash) ?? 'a'
  const epoch = context.seats[seat]?.epoch ?? 0
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
    },
    resumeFrom:
      event.type === 'holder.restored'
        ? { mailboxId: mailbox.mailboxId, seq: mailbox.droppedCount }
        : resumePosition(mailbox, request, resumed),
    mailboxEnd: { mailboxId: mailbox.mailboxId, seq: mailbox.lastSeq },
  }
}

/**
 * A new holder reads from the beginning: the offer made in advance is there. So does one who asks again with the key and
 * never heard anything, for the first answer was lost. Any other page without a position is a new one: it starts at the end.
 */
function resumePosition(
  { mailboxId, droppedCount, lastSeq }: MailboxState,
  { token, lastEventId }: JoinRequest,
  resumed: boolean,
): Position | null {
  if (!lastEventId) return { mailboxId, seq: resumed && token ? lastSeq : droppedCount }
  const position = parsePosition(lastEventId)
  // One that is too old is found out by the store when it is read.
  return position.mailboxId === mailboxId && position.seq <= lastSeq ? position : null
}

function peerPresence({ seats }: RoomContext, name: SeatName): Presence {
  const seat = seats[name]
  if (!seat) return 'absent'
  return seat.expiresAt === null ? 'connected' : 'disconnected'
}
