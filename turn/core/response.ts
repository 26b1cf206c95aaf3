import type { Attribute } from '../stun/attributes.ts'
import { encode } from '../stun/encode.ts'
import { reasonPhrases } from '../stun/error.ts'
import { has, type MessageClass } from '../stun/message.ts'
import type { Request, User } from './types.ts'
import type { ServerState } from './serverState.ts'
import type { Effect } from './effects.ts'
import type { TurnError } from './turnError.ts'

/** Returns the transaction id as hex. */
export const transactionKey = ({ message }: Request): string => Buffer.from(message.transactionId).toString('hex')

/** Returns the effect that sends a success response. It is never rate-limited. */
export const successResponse = (
  request: Request & { readonly user?: User },
  attributes: readonly Attribute[],
): Effect => createResponse(request, 'success', attributes)

/**
 * Returns the effect that sends an error response. Responses to authenticated requests are always sent.
 * Returns no effect for an unauthenticated request over UDP that exceeds its rate limit.
 */
export function errorResponse(
  state: ServerState,
  request: Request & { readonly user?: User },
  { code, attributes, isClientVerified }: TurnError,
): Effect[] {
  const { counters, responseLimiter, nonces } = state
  const isUnauthenticated = !request.user && !isClientVerified
  if (isUnauthenticated && request.fiveTuple.transport === 'udp' && !responseLimiter.allowError(request, nonces))
    return suppressResponse(state)
  counters.errorResponses[code] = (counters.errorResponses[code] ?? 0) + 1
  return [createResponse(request, 'error', [['errorCode', { code, reason: reasonPhrases[code] }], ...attributes])]
}

/** Counts a rate-limited response and returns no effects. The source of its request may be forged. */
export function suppressResponse({ counters }: ServerState): Effect[] {
  counters.responsesRateLimited++
  return []
}

/** Adds MESSAGE-INTEGRITY for an authenticated user (RFC 8489 §9.2.4) and FINGERPRINT if the request had one. */
function createResponse(
  { message, fiveTuple, user }: Request & { readonly user?: User },
  messageClass: MessageClass,
  attributes: readonly Attribute[],
): Effect {
  const header = { messageClass, method: message.method, transactionId: message.transactionId }
  const packet = encode(header, attributes, {
    integrity: user?.integrity,
    key: user?.key,
    hasFingerprint: has(message, 'fingerprint'),
  })
  return { type: 'send', to: fiveTuple, packet }
}
