import { TRPCError } from '@trpc/server'
import { ZodError } from 'zod'
import type { Code } from '../../machines/protocol/messages.ts'

/** What the visitor reads, and the nearest of tRPC's own codes. */
const refusals = {
  full: ['The room is full.', 'CONFLICT'],
  'bad-room': ['This is no name of a room.', 'BAD_REQUEST'],
  'bad-input': ['The server does not understand this.', 'BAD_REQUEST'],
  'too-large': ['This is more than the server takes.', 'PAYLOAD_TOO_LARGE'],
  throttled: ['Too much at once. Try again later.', 'TOO_MANY_REQUESTS'],
  'server-full': ['The server has no room left. Try again in a few minutes.', 'TOO_MANY_REQUESTS'],
  'not-ready': ['Visit the room first.', 'PRECONDITION_FAILED'],
  'seat-lost': ['The seat belongs to someone else now.', 'FORBIDDEN'],
  'out-of-order': ['A message is missing before this one.', 'CONFLICT'],
  unavailable: ['The server cannot say now. Try again.', 'SERVICE_UNAVAILABLE'],
  'not-found': ['There is no such procedure.', 'NOT_FOUND'],
  internal: ['Something went wrong in the server.', 'INTERNAL_SERVER_ERROR'],
} as const satisfies Record<Code, readonly [text: string, TRPCError['code']]>

/** A refusal with its stable code. Everything else that is thrown is `internal`. */
export class Refusal extends TRPCError {
  readonly refused: Code
  /** False: what was presented is genuine, only no longer in force. The throttle does not count it. */
  readonly mayBeGuess: boolean

  constructor(refused: Code, mayBeGuess = true) {
    super({ code: refusals[refused][1], message: refusals[refused][0] })
    this.refused = refused
    this.mayBeGuess = mayBeGuess
  }
}

export const textOf = (code: Code): string => refusals[code][0]

export function codeOf(error: TRPCError): Code {
  if (error instanceof Refusal) return error.refused
  if (error.cause instanceof ZodError) return codeOfIssues(error.cause.issues)
  if (error.code === 'NOT_FOUND') return 'not-found'
  if (error.code === 'INTERNAL_SERVER_ERROR') return 'internal'
  return 'bad-input'
}

function codeOfIssues(issues: ZodError['issues']): Code {
  if (issues.some(({ path }) => path[0] === 'room')) return 'bad-room'
  return issues.some(isSize) ? 'too-large' : 'bad-input'
}

/** A description's only condition besides its length and beginning is the number of its lines (machines/protocol/messages.ts). */
const isSize = ({ code, path }: ZodError['issues'][number]): boolean =>
  code === 'too_big' || (code === 'custom' && path.at(-1) === 'sdp')
