import { tracked, type TrackedEnvelope } from '@trpc/server'
import type { ErrorCode, RoomEvent } from '../../machines/protocol/messages.ts'
import { TransientEventBuffer } from '../rooms/transientEvents.ts'
import type { Admission, JoinRequest } from '../rooms/admission.ts'
import { MailboxReader } from '../rooms/mailboxReader.ts'
import { ApiError } from '../common/apiError.ts'
import { type EventSink, type EventSource, pullEvents } from '../common/eventSink.ts'
import { formatPosition } from '../rooms/store.ts'
import type { Context } from './trpc.ts'
import type { SeatClaim } from '../rooms/seatClaim.ts'

type SubscriptionInput = JoinRequest & { includeTrace?: boolean }
type TrackedRoomEvent = TrackedEnvelope<RoomEvent>

/**
 * Joins a room and pushes its events: `joined` first, then the mailbox.
 * The subscription is the presence: the seat counts as connected until it ends.
 */
export function subscribeToRoom(context: Context, input: SubscriptionInput, signal?: AbortSignal): RoomSubscription {
  // The join starts now, not with the push of events: a `leave` in the same frame must find it pending.
  const joining = startJoin(context, input, signal)
  joining.catch(() => undefined)
  return new RoomSubscription(context, () => openReader(context, input, joining, signal))
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
  open(): Promise<{ id: string; event: RoomEvent }>
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
  const open: JoinedRoom['open'] = async () => {
    await reader.open(signal)
    // The trace entry of this join was published before the reader subscribed.
    transientEvents.push({ type: 'room.trace', entry: admission.traceEntry })
    return buildJoinedEvent(context, admission, input)
  }
  return { claim: admission.claim, reader, open }
}

/** The events of a room for one seat. */
export class RoomSubscription implements EventSource<RoomEvent>, AsyncIterable<TrackedRoomEvent> {
  readonly #context: Context
  #startReading: (() => Promise<JoinedRoom>) | null

  /** @param startReading resolves when the client has its seat */
  constructor(context: Context, startReading: () => Promise<JoinedRoom>) {
    this.#context = context
    this.#startReading = startReading
  }

  /**
   * This function keeps its variables for hours. Closures hold the values that only the start needs (the input, the
   * admission). They are released afterwards, which saves 1 KB per client.
   */
  async pushTo(sink: EventSink<RoomEvent>): Promise<void> {
    const { session, dependencies } = this.#context
    let joinedRoom = (await this.#startReading?.()) ?? null
    this.#startReading = null
    if (!joinedRoom) return
    const { claim, reader } = joinedRoom
    try {
      await joinedRoom.open().then(({ id, event }) => sink.send(id, event))
      joinedRoom = null
      await reader.pushTo(sink)
    } finally {
      reader.close()
      session.releaseSeat(claim)
      if (session.hasLeftPage) await dependencies.rooms.leave(claim, true)
      await dependencies.rooms.disconnect(claim)
    }
  }

  /** The same events, for callers that pull them, such as tRPC's own adapters. */
  async *[Symbol.asyncIterator](): AsyncGenerator<TrackedRoomEvent, void> {
    for await (const { id, event } of pullEvents(this)) yield tracked(id, event)
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
): { id: string; event: RoomEvent } {
  const id = resumeFrom ? formatPosition(resumeFrom) : (lastEventId ?? formatPosition(mailboxEnd))
  return { id, event: { ...joined, ...dependencies.ice.createConfig(session) } }
}
