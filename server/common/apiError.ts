import { TRPCError } from '@trpc/server'
import { ZodError } from 'zod'
import type { ErrorCode } from '../../machines/protocol/messages.ts'

/** The message for the client, and the closest tRPC code. */
const apiErrors = {
  full: ['The room is full.', 'CONFLICT'],
  'ask-first': ['Ask for admission first.', 'FORBIDDEN'],
  locked: ['The room is locked.', 'FORBIDDEN'],
  'invalid-room-name': ['This is not a valid room name.', 'BAD_REQUEST'],
  'invalid-input': ['The request is not valid.', 'BAD_REQUEST'],
  'too-large': ['The request is too large.', 'PAYLOAD_TOO_LARGE'],
  throttled: ['Too many requests. Try again later.', 'TOO_MANY_REQUESTS'],
  'server-full': ['The server is full. Try again in a few minutes.', 'TOO_MANY_REQUESTS'],
  'not-joined': ['Join the room first.', 'PRECONDITION_FAILED'],
  'seat-lost': ['You no longer have a seat in this room.', 'FORBIDDEN'],
  'out-of-order': ['An earlier message is missing.', 'CONFLICT'],
  unavailable: ['The server is unavailable. Try again.', 'SERVICE_UNAVAILABLE'],
  'not-found': ['Unknown procedure.', 'NOT_FOUND'],
  internal: ['Internal server error.', 'INTERNAL_SERVER_ERROR'],
} as const satisfies Record<ErrorCode, readonly [text: string, TRPCError['code']]>

/** An error that clients see, with a stable code. Clients see every other error as `internal`. */
export class ApiError extends TRPCError {
  readonly errorCode: ErrorCode
  /** False for a visitor with a signed token: it had a seat, so the rate limiter does not count the failed join. */
  readonly countsAsFailure: boolean

  /** @param options `countsAsFailure` is true by default */
  constructor(errorCode: ErrorCode, { countsAsFailure = true }: { countsAsFailure?: boolean } = {}) {
    super({ code: apiErrors[errorCode][1], message: apiErrors[errorCode][0] })
    this.errorCode = errorCode
    this.countsAsFailure = countsAsFailure
  }
}

/** True for an error that ends by itself, such as an outage of the store. */
export const isUnavailable = (error: unknown): boolean => error instanceof ApiError && error.errorCode === 'unavailable'

/** The message for clients. */
export const errorMessage = (code: ErrorCode): string => apiErrors[code][0]

/** The stable code of any tRPC error. Input that fails its schema is an `invalid-…` or `too-large` error. */
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

/**
 * A custom check of a description counts its lines, so it is a size limit. A check of its form has the parameter
 * `isForm` (machines/protocol/messages.ts).
 */
const isSizeIssue = (issue: ZodError['issues'][number]): boolean =>
  issue.code === 'too_big' || (issue.code === 'custom' && issue.path.at(-1) === 'sdp' && issue.params?.isForm !== true)
