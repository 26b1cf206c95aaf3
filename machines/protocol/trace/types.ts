import type { TraceEntry } from '../traceEntry.ts'

export interface Trace {
  version: 1
  /** ISO 8601, UTC. */
  startedAt: string
  entries: TraceEntry[]
}

export type TracedEvent = { type: string } & Record<string, unknown>
/** XState's form of a state: `{ connected: 'flowing' }`. */
export type StateValue = string | { [name: string]: StateValue | undefined }
