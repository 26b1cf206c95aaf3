import { tracked, type TrackedEnvelope } from '@trpc/server'
import type { ErrorCode, RoomEvent } from '../../machines/protocol/messages.ts'
import { TransientEventBuffer } from '../rooms/transientEvents.ts'
import type { Admission, JoinRequest } from '../rooms/admission.ts'
import { MailboxReader } from '../rooms/mailboxReader.ts'
import { ApiError } from '../common/apiError.ts'
import { formatPosition } from '../rooms/store.ts'
import type { Context } from './trpc.ts'
import type { SeatClaim } from '../rooms/seatClaim.ts'

type SubscriptionInput = JoinRequest & { includeTrace?: boolean }
type TrackedRoomEvent = TrackedEnvelope<RoomEvent>

/**
 * Joins a room and streams its events: `joined` first, then the mailbox.
 * The subscription is the presence: the seat counts as connected while this generator runs.
 */
export function subscribeToRoom(
  context: Context,
  input: SubscriptionInput,
  signal?: AbortSignal,
): AsyncGenerator<TrackedRoomEvent, void> {
  // The join starts now, not at the first step of the iteration: a `leave` in the same frame must find it pending.
  const joining = startJoin(context, input, signal)
  joining.catch(() => undefined)
  return streamRoomEvents(context, () => openReader(context, input, joining, signal))
}

async function startJoin(
  { session, dependencies: { rooms, rateLimiter, drain, clock } }: Context,
  input: SubscriptionInput,
  signal?: AbortSignal,
): Promise<Admission> {
  if (drain.isDraining) throw new ApiError('unavailable')
  const { preparation, ...request } = input
  const lobbyVisit = session.lobbyVisit
  // Another socket cannot claim the connection of this visitor.
  const isOwn = lobbyVisit?.room === input.room && lobbyVisit.current?.id === preparation
  const joining = rooms.join(
    isOwn ? input : request,
    () => ({
      mayJoin: rateLimiter.mayJoin(session, clock.now()),
      mayCreateRoom: rateLimiter.mayCreateRoom(session, clock.now()),
    }),
    signal,
    session.networkPrefix,
  )
  joining.catch((error: unknown) => {
    if (countsAsFailedJoin(error)) rateLimiter.recordFailure(session, clock.now())
    // `server-full` reveals that the room does not exist, as creating the room would.
    if (error instanceof ApiError && error.errorCode === 'server-full')
      rateLimiter.recordRoomCreated(session, clock.now())
  })
  return session.trackJoin(joining)
}

const failureCodes: ReadonlySet<ErrorCode> = new Set(['full', 'ask-first', 'locked', 'seat-lost', 'throttled'])

/**
 * A rejected seat and a blocked new room reveal whether the room exists. Malformed names fail earlier, and signed tokens
 * do not count.
 */
const countsAsFailedJoin = (error: unknown): boolean =>
  error instanceof ApiError && error.countsAsFailure && failureCodes.has(error.errorCode)

/** The part of a join that the running subscription needs. */
interface JoinedRoom {
  claim: SeatClaim
  reader: MailboxReader
  /** Opens the reader and builds the first event. */
  open(): Promise<TrackedRoomEvent>
}

async function openReader(
  context: Context,
  input: SubscriptionInput,
  joining: Promise<Admission>,
  signal?: AbortSignal,
): Promise<JoinedRoom> {
  const {
    session,
    dependencies: { rooms, rateLimiter, drain, clock },
  } = context
  const admission = await joining
  if (hasCreatedRoom(admission)) rateLimiter.recordRoomCreated(session, clock.now())
  const transientEvents = new TransientEventBuffer(input.includeTrace === true, clock)
  const reader = new MailboxReader(admission, rooms.store, drain, transientEvents)
  const open = async (): Promise<TrackedRoomEvent> => {
    await reader.open(signal)
    // The trace entry of this join was published before the reader subscribed.
    transientEvents.push({ type: 'room.trace', entry: admission.traceEntry })
    return buildJoinedEvent(context, admission, input)
  }
  return { claim: admission.claim, reader, open }
}

/**
 * This generator keeps its variables for hours. Closures hold the values that only the start needs (the input, the
 * admission). They are released afterwards, which saves 1 KB per client.
 */
async function* streamRoomEvents(
  { session, dependencies: { rooms } }: Context,
  startReading: (() => Promise<JoinedRoom>) | null,
): AsyncGenerator<TrackedRoomEvent, void> {
  let joinedRoom = (await startReading?.()) ?? null
  startReading = null
  if (!joinedRoom) return
  const { claim, reader } = joinedRoom
  try {
    yield await joinedRoom.open()
    joinedRoom = null
    for (let next = await reader.next(); next; next = await reader.next())
      yield tracked(formatPosition(next.position), next.event)
  } finally {
    reader.close()
    session.releaseSeat(claim)
    if (session.hasLeftPage) await rooms.leave(claim, true)
    await rooms.disconnect(claim)
  }
}

const hasCreatedRoom = ({ joined, arrival }: Admission): boolean =>
  arrival === 'visitor.joined' && joined.state === 'created'

/**
 * `joined`, with the position from which reading resumes. If the client's position is invalid, the event repeats it:
 * a client that receives only this event then still gets a `resync` at its next join.
 */
function buildJoinedEvent(
  { session, dependencies }: Context,
  { joined, resumeFrom, mailboxEnd }: Admission,
  { lastEventId }: JoinRequest,
): TrackedRoomEvent {
  const id = resumeFrom ? formatPosition(resumeFrom) : (lastEventId ?? formatPosition(mailboxEnd))
  return tracked(id, { ...joined, ...dependencies.ice.createConfig(session) })
}
