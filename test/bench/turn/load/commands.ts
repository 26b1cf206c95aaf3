import type { TurnCredentials } from '../../../../turn/client/client.ts'

/** The server under test, on 127.0.0.1. */
export interface Target {
  name: string
  pid: number
  port: number
  login: TurnCredentials
}

/** Commands of the bench to the generator, one at a time. */
export interface CommandInputs {
  /** Closed loop: `window` messages of `sizeBytes` bytes in flight per pair, for `seconds`. */
  relay: { pairs: number; sizeBytes: number; window: number; seconds: number }
  /** Open loop: `perSecond` messages a second from all ends in turn. `direct` bypasses the server. */
  pace: { pairs: number; sizeBytes: number; perSecond: number; seconds: number; direct: boolean }
  /** Closed loop: challenge, Allocate, Refresh with 0, each from a new socket. */
  churn: { concurrency: number; warmUpSeconds: number; seconds: number }
  /** Opens allocations with a permission and a channel each, and keeps them until the generator exits. */
  holdAllocations: { count: number }
  /** Measures the cost of a system call on this machine. */
  syscall: object
}

/** The results of the commands. */
export interface CommandResults {
  relay: TimeUsed & { messages: number; lost: number }
  /** Delays of one way: from an end through the server, or directly, to the other end. */
  pace: TimeUsed & { sent: number; lost: number; p50Ms: number; p99Ms: number }
  churn: TimeUsed & { cycles: number }
  holdAllocations: { count: number }
  syscall: { nanoseconds: number }
}

/** Elapsed time, and CPU time of the server and of the generator. */
export interface TimeUsed {
  wallMicros: number
  serverCpuMicros: number
  generatorCpuMicros: number
}

export type CommandKind = keyof CommandInputs
export type LoadCommand<K extends CommandKind = CommandKind> = {
  [Each in K]: { kind: Each; target: Target } & CommandInputs[Each]
}[K]
