import type { Address } from '../stun/ip.ts'

/** A 5-tuple, with the function that sends to its client. */
export interface FiveTuple {
  /** Unique among the live 5-tuples. For TCP, each connection has its own key. */
  readonly key: string
  readonly transport: 'udp' | 'tcp'
  readonly local: Address
  readonly remote: Address
  /** Called by the code that carries out effects. The core itself sends nothing. */
  send(packet: Uint8Array): void
}
