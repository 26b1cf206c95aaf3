import type { ReloadableOptions, TurnCounters, TurnOptions } from '../common/options.ts'
import type { TurnLog } from '../common/log.ts'
import type { ConnectionEnds } from '../net/streamConnections.ts'

/** Values that all threads share. */
export interface SharedValues {
  /** The buffer of `SharedRelayIps`. */
  readonly relayIpBuffer: SharedArrayBuffer
  /** See `SharedState.nonceKey`. */
  readonly nonceKey: Uint8Array
  /** The origin for `createSystemClock`: a nonce has the same age in every thread. */
  readonly timeOrigin: number
}

/** One thread's share. The kernel chooses the thread of a client, so each thread counts only its own clients. */
export interface Partition {
  readonly index: number
  readonly count: number
}

/** The `workerData` of a thread. */
export interface WorkerOptions {
  readonly options: Omit<TurnOptions, 'log'>
  readonly partition: Partition
  readonly shared: SharedValues
  readonly engine: 'batch' | 'dgram'
  /** True for the thread that serves TCP and TLS too. */
  readonly hasStreams: boolean
  /** The buffer of `OpenDescriptors`. */
  readonly descriptorBuffer: SharedArrayBuffer
}

/** Commands from the main thread. */
export type WorkerCommand =
  | { readonly type: 'reload'; readonly changes: Partial<ReloadableOptions> }
  | { readonly type: 'drain'; readonly timeoutMs: number }
  | { readonly type: 'close' }
  /** The thread answers with `reported`. */
  | { readonly type: 'report' }
  /** A connection of the web port. The thread owns the descriptor. */
  | { readonly type: 'connection'; readonly fd: number; readonly ends: ConnectionEnds }

/** The state of a thread that the main thread reports. */
export interface WorkerStatus {
  readonly counters: TurnCounters
  /** The bound addresses; a wildcard stays a wildcard. */
  readonly addresses: readonly string[]
}

/** Messages to the main thread. */
export type WorkerMessage =
  | {
      readonly type: 'listening'
      readonly port: number
      readonly tlsPort: number | undefined
      readonly status: WorkerStatus
    }
  /** The thread could not listen, and ends. */
  | { readonly type: 'failed'; readonly reason: string; readonly isEngineUnavailable: boolean }
  | { readonly type: 'status' | 'reported'; readonly status: WorkerStatus }
  | { readonly type: 'drained'; readonly status: WorkerStatus }
  | { readonly type: 'log'; readonly level: keyof TurnLog; readonly fields: object; readonly message: string }
