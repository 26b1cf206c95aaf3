import type { Login } from '../../../../turn/client/client.ts'

/** The server that is asked, on 127.0.0.1. Without a login it is the bare relay (bare.ts). */
export interface Target {
  pid: number
  port: number
  login: Login | undefined
}

/** What the bench asks of the generator, one thing at a time. */
export interface Orders {
  /** Closed loop: so many messages of `size` bytes under way in each pair, for so long. */
  relay: { pairs: number; size: number; window: number; seconds: number }
  /** Open loop: so many round trips begun in a second; `direct` leaves the server out. */
  pace: { pairs: number; size: number; perSecond: number; seconds: number; direct: boolean }
  /** Closed loop: challenge, Allocate, Refresh with 0, each from a new socket. */
  churn: { atOnce: number; seconds: number }
  /** Opens allocations with a permission and a channel each, and keeps them until the generator ends. */
  crowd: { count: number }
}

export interface Answers {
  relay: Used & { messages: number; lost: number }
  pace: { sent: number; lost: number; p50: number; p99: number }
  churn: Used & { cycles: number }
  crowd: { count: number }
}

/** Microseconds: of the clock, of the server's CPU, of the generator's. */
export interface Used {
  wall: number
  server: number
  generator: number
}

export type Kind = keyof Orders
export type Order<K extends Kind = Kind> = { [Each in K]: { kind: Each; target: Target } & Orders[Each] }[K]
