import { success, type Call } from '../call.ts'
import type { Effect } from '../effects.ts'

/** RFC 8489 §6.3.1; open to everybody. */
export const answerBinding = (call: Call): Effect[] => [success(call, [['xorMappedAddress', call.path.remote]])]
