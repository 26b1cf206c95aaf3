import type { TraceEntry } from '../traceEntry.ts'

/** A recorded trace, as in a trace file. */
export interface Trace {
  version: 1
  /** ISO 8601, UTC. */
  startedAt: string
  entries: TraceEntry[]
}

/** Any event of a machine. */
export type TracedEvent = { type: string } & Record<string, unknown>
/** A state value as in XState: `{ connected: 'flowing' }`. */
export type StateValue = string | { [name: string]: StateValue | undefined }
