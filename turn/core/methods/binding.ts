import { successResponse, suppressResponse } from '../response.ts'
import type { Request } from '../request.ts'
import type { Effect } from '../effects.ts'

/** RFC 8489 §6.3.1; open to everybody, within the rate limit of their source. */
export function handleBinding(request: Request): Effect[] {
  if (request.fiveTuple.transport === 'udp' && !request.state.responseLimiter.allowBinding(request))
    return suppressResponse(request)
  return [successResponse(request, [['xorMappedAddress', request.fiveTuple.remote]])]
}
