import type { z } from 'zod'
import type { prepareInput } from '../../machines/protocol/messages.ts'
import { ApiError } from '../common/apiError.ts'
import type { Context } from './trpc.ts'

/**
 * Takes one step of a preparation. The holder offers, and the visitor requests and answers. A step of an attempt that
 * has ended, or of the wrong side, does nothing.
 * @throws {ApiError} `not-joined` without a seat in the room and without a visit of it; `throttled`; `unavailable` if
 *   the server prepares no connections
 */
export async function takePreparationStep(
  { session, dependencies: { preparations } }: Context,
  { room, step }: z.infer<typeof prepareInput>,
): Promise<void> {
  if (!preparations) throw new ApiError('unavailable')
  const claim = session.findSeat(room)
  if (claim) {
    if (step.type === 'offer') await preparations.offer(claim, step.id, step.sdp)
    else if (step.type === 'end') await preparations.endByHolder(claim, step.id)
    return
  }
  const visit = session.lobbyVisit
  if (visit?.room !== room) throw new ApiError('not-joined')
  if (step.type === 'request') await preparations.request(visit)
  else if (step.type === 'answer') await preparations.answer(visit, step.id, step.sdp)
  else if (step.type === 'end' && step.id === visit.current?.id) await preparations.endByVisitor(visit)
}
