import type { ReloadableOptions, TurnCounters, TurnOptions } from '../common/options.ts'
import type { TurnLog } from '../common/log.ts'

/** What all threads have in common. */
export interface SharedValues {
  /** Of `SharedRelayIps`. */
  readonly relayIpBuffer: SharedArrayBuffer
  /** Of `SharedState`. */
  readonly nonceKey: Uint8Array
  /** Of `createSystemClock`: a nonce of one thread is as old in every other. */
  readonly timeOrigin: number
}

/** Which part of the whole one thread has: the kernel chooses the thread of a client, so each can only count its own. */
export interface Partition {
  readonly index: number
  readonly count: number
}

/** What a thread is started with. */
export interface WorkerOptions {
  readonly options: Omit<TurnOptions, 'log'>
  readonly partition: Partition
  readonly shared: SharedValues
}

export type WorkerCommand =
  | { readonly type: 'reload'; readonly changes: Partial<ReloadableOptions> }
  | { readonly type: 'drain'; readonly timeoutMs: number }
  | { readonly type: 'close' }

export type WorkerMessage =
  | { readonly type: 'listening' }
  /** It could not; the thread ends. */
  | { readonly type: 'failed'; readonly reason: string }
  | { readonly type: 'counters'; readonly counters: TurnCounters }
  | { readonly type: 'drained' }
  | { readonly type: 'log'; readonly level: keyof TurnLog; readonly fields: object; readonly message: string }
