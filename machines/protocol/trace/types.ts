import type { TraceLine } from '../traceLine.ts'

export interface Trace {
  version: 1
  /** When, as ISO 8601 says it. */
  began: string
  lines: TraceLine[]
}

export type TracedEvent = { type: string } & Record<string, unknown>
/** As XState has it: `{ connected: 'flowing' }`. */
export type StateValue = string | { [name: string]: StateValue | undefined }
