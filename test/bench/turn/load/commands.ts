import type { TurnCredentials } from '../../../../turn/client/client.ts'

/** The server that is asked, on 127.0.0.1. Without a login it is the bare relay (bareRelay.ts). */
export interface Target {
  pid: number
  port: number
  login: TurnCredentials | undefined
}

/** What the bench asks of the generator, one thing at a time. */
export interface CommandInputs {
  /** Closed loop: so many messages of `sizeBytes` bytes under way in each pair, for so long. */
  relay: { pairs: number; sizeBytes: number; window: number; seconds: number }
  /** Open loop: so many round trips begun in a second; `direct` leaves the server out. */
  pace: { pairs: number; sizeBytes: number; perSecond: number; seconds: number; direct: boolean }
  /** Closed loop: challenge, Allocate, Refresh with 0, each from a new socket. */
  churn: { concurrency: number; seconds: number }
  /** Opens allocations with a permission and a channel each, and keeps them until the generator ends. */
  holdAllocations: { count: number }
}

export interface CommandResults {
  relay: TimeUsed & { messages: number; lost: number }
  pace: { sent: number; lost: number; p50Ms: number; p99Ms: number }
  churn: TimeUsed & { cycles: number }
  holdAllocations: { count: number }
}

/** Microseconds: of the clock, of the server's CPU, of the generator's. */
export interface TimeUsed {
  wallMicros: number
  serverCpuMicros: number
  generatorCpuMicros: number
}

export type CommandKind = keyof CommandInputs
export type LoadCommand<K extends CommandKind = CommandKind> = {
  [Each in K]: { kind: Each; target: Target } & CommandInputs[Each]
}[K]
