import { successResponse, suppressResponse } from '../response.ts'
import type { Request } from '../types.ts'
import type { ServerState } from '../serverState.ts'
import type { Effect } from '../effects.ts'

/** Answers a Binding request (RFC 8489 §6.3.1). It needs no credentials; over UDP its source is rate-limited. */
export function handleBinding(state: ServerState, request: Request): Effect[] {
  if (request.fiveTuple.transport === 'udp' && !state.responseLimiter.allowBinding(request))
    return suppressResponse(state)
  return [successResponse(request, [['xorMappedAddress', request.fiveTuple.remote]])]
}
