import { TRPCError } from '@trpc/server'
import { ZodError } from 'zod'
import type { ErrorCode } from '../../machines/protocol/messages.ts'

/** The message that the client reads, and the nearest of tRPC's own codes. */
const apiErrors = {
  full: ['The room is full.', 'CONFLICT'],
  'invalid-room-name': ['This is no name of a room.', 'BAD_REQUEST'],
  'invalid-input': ['The server does not understand this.', 'BAD_REQUEST'],
  'too-large': ['This is more than the server takes.', 'PAYLOAD_TOO_LARGE'],
  throttled: ['Too much at once. Try again later.', 'TOO_MANY_REQUESTS'],
  'server-full': ['The server has no room left. Try again in a few minutes.', 'TOO_MANY_REQUESTS'],
  'not-joined': ['Join the room first.', 'PRECONDITION_FAILED'],
  'seat-lost': ['The seat belongs to someone else now.', 'FORBIDDEN'],
  'out-of-order': ['A message is missing before this one.', 'CONFLICT'],
  unavailable: ['The server cannot say now. Try again.', 'SERVICE_UNAVAILABLE'],
  'not-found': ['There is no such procedure.', 'NOT_FOUND'],
  internal: ['Something went wrong in the server.', 'INTERNAL_SERVER_ERROR'],
} as const satisfies Record<ErrorCode, readonly [text: string, TRPCError['code']]>

/** An error that clients see, with its stable code. Everything else that is thrown is `internal` to them. */
export class ApiError extends TRPCError {
  readonly errorCode: ErrorCode
  /** False for a token that is genuine but no longer in force: the rate limiter does not count it. */
  readonly countsAsFailure: boolean

  constructor(errorCode: ErrorCode, countsAsFailure = true) {
    super({ code: apiErrors[errorCode][1], message: apiErrors[errorCode][0] })
    this.errorCode = errorCode
    this.countsAsFailure = countsAsFailure
  }
}

export const errorMessage = (code: ErrorCode): string => apiErrors[code][0]

export function toErrorCode(error: TRPCError): ErrorCode {
  if (error instanceof ApiError) return error.errorCode
  if (error.cause instanceof ZodError) return issueErrorCode(error.cause.issues)
  if (error.code === 'NOT_FOUND') return 'not-found'
  if (error.code === 'INTERNAL_SERVER_ERROR') return 'internal'
  return 'invalid-input'
}

function issueErrorCode(issues: ZodError['issues']): ErrorCode {
  if (issues.some(({ path }) => path[0] === 'room')) return 'invalid-room-name'
  return issues.some(isSizeIssue) ? 'too-large' : 'invalid-input'
}

/** A description's only condition besides its length and beginning is the number of its lines (machines/protocol/messages.ts). */
const isSizeIssue = ({ code, path }: ZodError['issues'][number]): boolean =>
  code === 'too_big' || (code === 'custom' && path.at(-1) === 'sdp')
