import { tracked, type TrackedEnvelope } from '@trpc/server'
import type { RoomEvent } from '../../machines/protocol/messages.ts'
import { TransientEventBuffer } from '../rooms/transientEvents.ts'
import type { Admission, JoinRequest } from '../rooms/admission.ts'
import { MailboxReader } from '../rooms/mailboxReader.ts'
import { ApiError } from '../common/apiError.ts'
import { formatPosition } from '../rooms/store.ts'
import type { Context } from './trpc.ts'
import type { SeatClaim } from '../rooms/seatClaim.ts'

type SubscriptionInput = JoinRequest & { includeTrace?: boolean }
type TrackedRoomEvent = TrackedEnvelope<RoomEvent>

/** The subscription is the presence: the seat counts as connected while this generator runs. */
export function subscribeToRoom(
  context: Context,
  input: SubscriptionInput,
  signal?: AbortSignal,
): AsyncGenerator<TrackedRoomEvent, void> {
  // Now, not at the first step of the iteration: a `leave` in the same frame has to find the join under way.
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
  const joining = rooms.join(input, rateLimiter.isAllowed(session, clock.now()), signal, session.networkPrefix)
  joining.catch((error: unknown) => {
    if (countsAsFailedJoin(error)) rateLimiter.recordFailure(session, clock.now())
    // This answer reveals that the room does not exist, as making the room would.
    if (error instanceof ApiError && error.errorCode === 'server-full')
      rateLimiter.recordRoomCreated(session, clock.now())
  })
  return session.trackJoin(joining)
}

/** Only a rejected seat reveals something about a room. Malformed names fail earlier, and a genuine token does not count. */
const countsAsFailedJoin = (error: unknown): boolean =>
  error instanceof ApiError && error.countsAsFailure && (error.errorCode === 'full' || error.errorCode === 'seat-lost')

/** The part of a join that is needed while the subscription lasts. */
interface JoinedRoom {
  claim: SeatClaim
  reader: MailboxReader
  /** Opens the reader, and makes the first event. */
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
    // The line of this join was published before the reader subscribed.
    transientEvents.push({ type: 'room.trace', entry: admission.traceEntry })
    return buildJoinedEvent(context, admission, input)
  }
  return { claim: admission.claim, reader, open }
}

/**
 * A generator keeps its variables for as long as it runs, which is hours here. Values that only the start needs (the input, the admission)
 * are kept behind functions that are released afterwards: 1 KB per client.
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

/** Carries the position from which reading goes on. A position that is gone stays invalid if only this event arrives. */
function buildJoinedEvent(
  { session, dependencies }: Context,
  { joined, resumeFrom, mailboxEnd }: Admission,
  { lastEventId }: JoinRequest,
): TrackedRoomEvent {
  const id = resumeFrom ? formatPosition(resumeFrom) : (lastEventId ?? formatPosition(mailboxEnd))
  return tracked(id, { ...joined, ...dependencies.ice.createConfig(session) })
}
