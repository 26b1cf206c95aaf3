import type { Address } from '../stun/ip.ts'

/** A 5-tuple, and the way back to a client. */
export interface FiveTuple {
  /** Unique among the 5-tuples that live at one time; for TCP, of one connection. */
  readonly key: string
  readonly transport: 'udp' | 'tcp'
  readonly local: Address
  readonly remote: Address
  /** For whoever carries out effects: the core itself sends nothing. */
  send(packet: Uint8Array): void
}
