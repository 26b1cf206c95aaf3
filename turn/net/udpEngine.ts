import type { Clock } from '../common/clock.ts'
import type { TurnLog } from '../common/log.ts'
import type { Effect } from '../core/effects.ts'
import type { FiveTuple } from '../core/fiveTuple.ts'
import type { ServerState } from '../core/serverState.ts'
import type { Relay } from '../core/types.ts'
import type { Address } from '../stun/ip.ts'
import type { DescriptorLimit } from './descriptors.ts'
import type { SendContext } from './udpSender.ts'
import type { Warnings } from './warnings.ts'

/** A bound listener. */
export interface Listener {
  readonly address: Address
  close(): Promise<void>
}

/** The dependencies of the UDP sockets of one thread. */
export interface UdpContext {
  readonly state: ServerState
  readonly clock: Clock
  readonly log: TurnLog
  /** Each relay socket takes one descriptor. */
  readonly descriptors: DescriptorLimit
  readonly sendContext: SendContext
  readonly warnings: Warnings
  /** Carries out the effects that the core returns when a socket was bound or failed. */
  perform(effects: readonly Effect[]): void
  /** Relays one ChannelData message from a client. @param key of the client's 5-tuple */
  relayChannelData(key: string, packet: Buffer): void
  /** Handles any other packet from a client. */
  handlePacket(packet: Buffer, fiveTuple: FiveTuple): void
}

/** The UDP sockets of relays. */
export interface RelaySockets {
  /** Opens a relay's socket. Does nothing if an earlier socket of the same Allocate has failed. */
  open(relay: Relay): void
  /** Sends to a peer. On the per-packet path: allocates no objects. */
  send(relay: Relay, packet: Uint8Array, offset: number, length: number, port: number, ip: string): void
  /** Sends a datagram with DF. Called only if `canSetDontFragment` is true. */
  sendWhole(relay: Relay, packet: Uint8Array, port: number, ip: string): void
  /** Closes a relay's socket. Does nothing if it is closed already. */
  close(relay: Relay): void
  /** Closes all sockets and resolves when they are closed. */
  closeAll(): Promise<void>
}

/** The source of UDP sockets for one thread: `node:dgram`, or the batch engine. */
export interface UdpEngine {
  readonly name: 'dgram' | 'batch'
  /** True if `sendWhole` sets DF. */
  readonly canSetDontFragment: boolean
  /**
   * Listens for TURN over UDP. Rejects with the system's error when the address cannot be bound.
   * @param isShared true if sockets of other threads share the port
   */
  listen(context: UdpContext, ip: string, port: number, isShared?: boolean): Promise<Listener>
  createRelaySockets(context: UdpContext): RelaySockets
}
