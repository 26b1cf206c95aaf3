import type { Address } from '../stun/ip.ts'
import type { Relay } from './types.ts'
import type { FiveTuple } from './fiveTuple.ts'

/** I/O that the core requests. The caller carries out effects in order. */
export type Effect =
  | { readonly type: 'send'; readonly to: FiveTuple; readonly packet: Uint8Array }
  /** `isWhole`: set DF, so that no router fragments the datagram (RFC 8656 §18.9). */
  | {
      readonly type: 'relay'
      readonly from: Relay
      readonly to: Address
      readonly data: Uint8Array
      readonly isWhole?: boolean
    }
  /** Bind a UDP socket at `relay.local`; the core then expects `handleRelayBound` or `handleRelayFailed`, once. */
  | { readonly type: 'open'; readonly relay: Relay }
  | { readonly type: 'close'; readonly relay: Relay }
