import type { TurnCounters } from '../../../turn/index.ts'

/** What the test asks of the relay's process. */
export interface RelayUsage {
  /** Bytes after a garbage collection: sharedUser, and of buffers. */
  readonly rssBytes: number
  readonly bufferBytes: number
  readonly counters: TurnCounters
}

/** Where the flood leaves the relay: from its listener to a client, or from a relay port to a peer. */
export type Direction = 'clients' | 'peers'

export interface FloodCommand {
  readonly serverIp: string
  readonly direction: Direction
  /** Bytes to be offered, and how fast. */
  readonly bytes: number
  readonly bytesPerSecond: number
}

export interface FloodResult {
  /** From the sender through the relay to the receiver, in ms: of another client's packets, sent one by one during the flood. */
  readonly probeDelaysMs: readonly number[]
  readonly probesSent: number
  readonly floodDelaysMs: readonly number[]
}
