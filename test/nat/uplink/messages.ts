import type { TurnCounters } from '../../../turn/index.ts'

/** Reply of the relay process to a query of the test. */
export interface RelayUsage {
  /** Bytes after a garbage collection: the resident set, and array buffers. */
  readonly rssBytes: number
  readonly bufferBytes: number
  readonly counters: TurnCounters
}

/** The destination of the flood: from the listener to a client, or from a relay port to a peer. */
export type Direction = 'clients' | 'peers'

/** Command of the test to the flood process. */
export interface FloodCommand {
  readonly serverIp: string
  readonly direction: Direction
  /** The size and the rate of the flood. */
  readonly bytes: number
  readonly bytesPerSecond: number
}

/** Reply of the flood process. */
export interface FloodResult {
  /** One-way delays through the relay in ms, of another client's packets during the flood. */
  readonly probeDelaysMs: readonly number[]
  readonly probesSent: number
  readonly floodDelaysMs: readonly number[]
}
