/**
 * An Error without a stack trace, for errors that any client can cause. To capture a trace costs more than to handle
 * the rest of the packet.
 */
export class TracelessError extends Error {
  constructor(message: string) {
    const { stackTraceLimit } = Error
    Error.stackTraceLimit = 0
    super(message)
    Error.stackTraceLimit = stackTraceLimit
  }
}

/** A malformed packet; `where` names the part. Decoding throws no other error. */
export class StunError extends TracelessError {
  readonly where: string
  constructor(where: string, detail: string) {
    super(`${where}: ${detail}`)
    this.name = 'StunError'
    this.where = where
  }
}

/** Reason phrases by code (RFC 8489 §14.8, RFC 8656 §19). */
export const reasonPhrases = {
  400: 'Bad Request',
  401: 'Unauthenticated',
  403: 'Forbidden',
  420: 'Unknown Attribute',
  437: 'Allocation Mismatch',
  438: 'Stale Nonce',
  440: 'Address Family not Supported',
  441: 'Wrong Credentials',
  442: 'Unsupported Transport Protocol',
  443: 'Peer Address Family Mismatch',
  486: 'Allocation Quota Reached',
  500: 'Server Error',
  508: 'Insufficient Capacity',
} as const

/** A code that this server sends. */
export type ErrorCode = keyof typeof reasonPhrases
