import type { z } from 'zod'
import type { RoomView, visitInput } from '../../machines/protocol/messages.ts'
import { ApiError } from '../common/apiError.ts'
import { Notifier } from '../common/notifier.ts'
import type { VisitorIdentity } from '../rooms/admission.ts'
import { type LobbyVisit, receiveOffer } from '../rooms/preparations.ts'
import { hashToken } from '../rooms/tokens.ts'
import type { RateLimiter } from '../limits/rateLimiter.ts'
import type { ClientSession } from './clientSession.ts'
import type { Context } from './trpc.ts'

/**
 * Streams the room as a visitor without a seat sees it: at the start, and after each change. With `ask` the visitor asks
 * for admission, and is at the door while the subscription runs. A stop frees the door at once. After a lost socket the
 * visitor has a short grace period.
 * @throws {ApiError} `throttled` or `unavailable`
 */
export async function* visitRoom(
  { session, dependencies: { rooms, preparations, rateLimiter, drain, clock } }: Context,
  { room, ask }: z.infer<typeof visitInput>,
  signal?: AbortSignal,
): AsyncGenerator<RoomView, void> {
  if (drain.isDraining) throw new ApiError('unavailable')
  if (!rateLimiter.mayJoin(session, clock.now())) throw new ApiError('throttled')
  const source = hashToken(`${room} ${session.networkPrefix}`)
  const visitor: VisitorIdentity | null = ask ? { keyHash: hashToken(ask.joinKey), source } : null
  const notifier = new Notifier()
  const lobbyVisit: LobbyVisit = {
    room,
    keyHash: visitor?.keyHash ?? null,
    source,
    current: null,
    isOver: false,
    notify: notifier.notify,
  }
  const stopWatching = await rooms.store.watch(room, notifier.notify, (offer) => receiveOffer(lobbyVisit, offer))
  session.lobbyVisit = lobbyVisit
  signal?.addEventListener('abort', notifier.notify, { once: true })
  let visit: number | null = null
  try {
    if ((await rooms.view(room, null)).occupancy === 'empty') chargeGuess(session, rateLimiter, clock.now())
    if (ask && visitor) visit = await rooms.ask(room, visitor, ask.name)
    let previous = ''
    while (!signal?.aborted) {
      const preparation = await preparations?.view(lobbyVisit)
      const view = { ...(await rooms.view(room, visitor)), ...(preparation !== undefined && { preparation }) }
      const { retryAfterMs: _, ...state } = view
      if (JSON.stringify(state) !== previous) yield view
      previous = JSON.stringify(state)
      if (!signal?.aborted) await notifier.wait()
    }
  } finally {
    stopWatching()
    if (session.lobbyVisit === lobbyVisit) session.lobbyVisit = null
    if (visit !== null) await rooms.leaveDoor(room, visit, !session.isClosed || session.hasLeftPage)
    await preparations?.leave(lobbyVisit)
  }
}

/**
 * A visit of an empty room is a wrong guess, as the join that creates the room.
 * @throws {ApiError} `throttled` for a client that may not create a room now
 */
function chargeGuess(session: ClientSession, rateLimiter: RateLimiter, nowMs: number): void {
  if (rateLimiter.mayCreateRoom(session, nowMs)) return rateLimiter.recordRoomCreated(session, nowMs)
  rateLimiter.recordFailure(session, nowMs)
  throw new ApiError('throttled')
}
