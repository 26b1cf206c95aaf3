import { TRPCError } from '@trpc/server'
import type { z } from 'zod'
import { sendInput } from '../../machines/protocol/messages.ts'
import type { Awaitable } from '../common/eventSink.ts'
import { isPlainCandidate } from './plainCandidate.ts'
import { takeCallToken, type Context } from './trpc.ts'

/** The path of the procedure below. */
export const sendPath = 'room.send'

/** The result of `room.send`. */
interface Acknowledgement {
  acked: number
}

/**
 * The procedure `room.send`: relays a message to the other seat.
 * @throws {ApiError} `not-joined`, `seat-lost`, `out-of-order` or `throttled`; the promise may reject with it, too
 */
export function sendMessage(
  { session, dependencies }: Context,
  { room, seq, message }: z.infer<typeof sendInput>,
): Awaitable<Acknowledgement> {
  const acked = dependencies.rooms.sendMessage(session.requireSeat(room), seq, message, session.networkPrefix)
  return acked instanceof Promise ? acked.then(toAcknowledgement) : toAcknowledgement(acked)
}

const toAcknowledgement = (acked: number): Acknowledgement => ({ acked })

/**
 * Calls `room.send` as tRPC would: the token of the call, the schema, the procedure, and the same errors. The generic
 * caller of tRPC took a quarter of the CPU of a relayed message.
 * @param input as received
 * @throws {TRPCError} as the procedure, or with the ZodError as `cause`; the promise may reject with it, too
 */
export function callSend(context: Context, input: unknown): Awaitable<Acknowledgement> {
  takeCallToken(context)
  if (isPlainCandidate(input)) return sendMessage(context, input)
  const parsed = sendInput.safeParse(input)
  if (!parsed.success) throw new TRPCError({ code: 'BAD_REQUEST', cause: parsed.error })
  return sendMessage(context, parsed.data)
}
