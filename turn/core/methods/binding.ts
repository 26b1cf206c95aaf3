import { success, withhold } from '../response.ts'
import type { Call } from '../call.ts'
import type { Effect } from '../effects.ts'

/** RFC 8489 §6.3.1; open to everybody, within the budget of their source. */
export function answerBinding(call: Call): Effect[] {
  if (call.path.transport === 'udp' && !call.core.strangers.mayAnswerBinding(call)) return withhold(call)
  return [success(call, [['xorMappedAddress', call.path.remote]])]
}
