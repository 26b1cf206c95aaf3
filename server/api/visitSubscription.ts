import type { z } from 'zod'
import type { RoomView, visitInput } from '../../machines/protocol/messages.ts'
import { ApiError } from '../common/apiError.ts'
import { Notifier } from '../common/notifier.ts'
import type { VisitorIdentity } from '../rooms/admission.ts'
import { hashToken } from '../rooms/tokens.ts'
import type { Context } from './trpc.ts'

/**
 * Streams the room as a visitor without a seat sees it: at the start, and after each change. With `ask` the visitor asks
 * for admission, and is at the door while the subscription runs. A stop frees the door at once. After a lost socket the
 * visitor has a short grace period.
 * @throws {ApiError} `throttled` or `unavailable`
 */
export async function* visitRoom(
  { session, dependencies: { rooms, rateLimiter, drain, clock } }: Context,
  { room, ask }: z.infer<typeof visitInput>,
  signal?: AbortSignal,
): AsyncGenerator<RoomView, void> {
  if (drain.isDraining) throw new ApiError('unavailable')
  if (!rateLimiter.isAllowed(session, clock.now())) throw new ApiError('throttled')
  const visitor: VisitorIdentity | null = ask
    ? { keyHash: hashToken(ask.joinKey), source: hashToken(`${room} ${session.networkPrefix}`) }
    : null
  const notifier = new Notifier()
  const stopWatching = await rooms.store.watch(room, notifier.notify)
  signal?.addEventListener('abort', notifier.notify, { once: true })
  let visit: number | null = null
  try {
    // A visit of an empty room is a wrong guess, as the join that creates the room.
    if ((await rooms.view(room, null)).occupancy === 'empty') rateLimiter.recordRoomCreated(session, clock.now())
    if (ask && visitor) visit = await rooms.ask(room, visitor, ask.name)
    let previous = ''
    while (!signal?.aborted) {
      const view = await rooms.view(room, visitor)
      const { retryAfterMs: _, ...state } = view
      if (JSON.stringify(state) !== previous) yield view
      previous = JSON.stringify(state)
      if (!signal?.aborted) await notifier.wait()
    }
  } finally {
    stopWatching()
    if (visit !== null) await rooms.leaveDoor(room, visit, !session.isClosed || session.hasLeftPage)
  }
}
