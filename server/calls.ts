import { parseTRPCMessage, type TRPCClientOutgoingMessage } from '@trpc/server/rpc'
import { appRouter } from './router.ts'

/** What comes in frames, before anybody knows what it is. */

export type Id = number | string

/** An id is said again with every answer. */
const idCharacters = 64

/** What is no JSON is one call that nobody can read. */
export function parseFrame(text: string): unknown[] {
  try {
    const frame: unknown = JSON.parse(text)
    return Array.isArray(frame) ? frame : [frame]
  } catch {
    return [undefined]
  }
}

export function parseCall(call: unknown): TRPCClientOutgoingMessage | null {
  try {
    return parseTRPCMessage(call, appRouter._def._config.transformer)
  } catch {
    return null
  }
}

export function idOf(call: unknown): Id | null {
  const id = typeof call === 'object' && call !== null && 'id' in call ? call.id : null
  return typeof id === 'number' || (typeof id === 'string' && id.length <= idCharacters) ? id : null
}
