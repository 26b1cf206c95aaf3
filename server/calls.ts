import { parseTRPCMessage, type TRPCClientOutgoingMessage } from '@trpc/server/rpc'
import { serverLimits } from '../machines/limits.ts'
import { appRouter } from './router.ts'

/** Reads the frames of tRPC clients. Every function here takes time that is bounded by the limits, whatever comes. */

export type Id = number | string

const { idCharacters, valuesPerFrame } = serverLimits

/** A shorter frame has too few values to take long. */
const shortFrameCharacters = 8 * 1024

/**
 * The calls in a frame, unchecked. Text that is not JSON counts as one call that nobody can read.
 * @returns null for a frame with more values than `valuesPerFrame`; 8,000 keys of one object parse in 6 ms, and 32,000 nested lists take up to 12 ms with their garbage collection
 */
export function parseFrame(text: string): unknown[] | null {
  if (text.length > shortFrameCharacters && hasMoreValues(text, valuesPerFrame)) return null
  try {
    const frame: unknown = JSON.parse(text)
    return Array.isArray(frame) ? frame : [frame]
  } catch {
    return [undefined]
  }
}

/** Each value follows a comma or an opening bracket, except the first. Those inside strings count as well. */
function hasMoreValues(text: string, most: number): boolean {
  let count = 0
  for (const mark of [',', '[', '{']) {
    for (let at = text.indexOf(mark); at >= 0; at = text.indexOf(mark, at + 1)) if (++count > most) return true
  }
  return false
}

/** One call, or null where it is none. A call with `lastEventId` has it in its input, too, as tRPC's own adapter does it. */
export function parseCall(call: unknown): TRPCClientOutgoingMessage | null {
  try {
    const request = parseTRPCMessage(call, appRouter._def._config.transformer)
    if (request.method === 'subscription.stop' || request.params.lastEventId === undefined) return request
    const { params } = request
    if (!isObject(params.input)) return null
    params.input.lastEventId = params.lastEventId
    return request
  } catch {
    return null
  }
}

/** tRPC's first message where the client has `connectionParams`. We need none, and it gets no answer. */
export const isConnectionParams = (call: unknown): boolean => isObject(call) && call.method === 'connectionParams'

export function idOf(call: unknown): Id | null {
  const id = isObject(call) ? call.id : null
  return typeof id === 'number' || (typeof id === 'string' && id.length <= idCharacters) ? id : null
}

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value)
