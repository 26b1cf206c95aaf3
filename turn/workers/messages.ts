import type { Changeable, TurnCounters, TurnOptions } from '../common/options.ts'
import type { TurnLog } from '../common/log.ts'

/** What all threads have in common. */
export interface Shared {
  /** Of `SharedRelayIps`. */
  readonly memory: SharedArrayBuffer
  /** Of `Common`. */
  readonly nonceKey: Uint8Array
  /** Of `systemClock`: a nonce of one thread is as old in every other. */
  readonly timeOrigin: number
}

/** Which part of the whole one thread has: the kernel chooses the thread of a client, so each can only count its own. */
export interface Share {
  readonly index: number
  readonly of: number
}

/** What a thread is started with. */
export interface Duty {
  readonly options: Omit<TurnOptions, 'log'>
  readonly share: Share
  readonly shared: Shared
}

export type Order =
  | { readonly type: 'reload'; readonly changes: Partial<Changeable> }
  | { readonly type: 'drain'; readonly milliseconds: number }
  | { readonly type: 'close' }

export type News =
  | { readonly type: 'listening' }
  /** It could not; the thread ends. */
  | { readonly type: 'failed'; readonly words: string }
  | { readonly type: 'counters'; readonly counters: TurnCounters }
  | { readonly type: 'drained' }
  | { readonly type: 'log'; readonly level: keyof TurnLog; readonly fields: object; readonly message: string }
