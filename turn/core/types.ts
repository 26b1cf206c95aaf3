import type { Attribute } from '../stun/attributes.ts'
import type { PasswordHash, IntegrityAlgorithm } from '../stun/integrity.ts'
import type { Address, Family } from '../stun/ip.ts'
import type { Message } from '../stun/message.ts'
import type { UserClass } from './credentials.ts'
import type { FiveTuple } from './fiveTuple.ts'
import type { Meter } from './meter.ts'
import type { PortShape } from './relayPorts.ts'

/** IP addresses of a relay: `local` for the socket, `advertised` for peers. They differ behind a NAT. */
export interface RelayAddress {
  readonly local: string
  readonly advertised: string
}

/** A relayed transport address (RFC 8656 §2.4). Relays are compared by identity. */
export interface Relay {
  readonly family: Family
  /** The address that the socket is bound to. */
  readonly local: Address
  /** The address that peers receive. It differs from `local` behind a NAT (`externalIp`). */
  readonly advertised: Address
  allocation?: Allocation
  /** Each family has its own expiry (RFC 8656 §8.2). */
  expiresAt: number
}

/** A permission for a peer's address (RFC 8656 §9), with the channels bound to its ports. */
export interface Permission {
  /** The address in the client's request. */
  readonly requestedIp: string
  /** The address on the wire. It differs from `requestedIp` for this server's own relays behind a NAT. */
  readonly reachedIp: string
  readonly relay: Relay
  /** True if the peer is this machine; then only the relay ports are open. */
  isRelayPortsOnly: boolean
  /** Expiry of the permission. Channels may outlive it. */
  expiresAt: number
  /** By the peer's port. */
  readonly channels: Map<number, Channel>
}

/** A channel (RFC 8656 §12). `port` is the peer's port. */
export interface Channel {
  readonly number: number
  readonly permission: Permission
  readonly port: number
  expiresAt: number
}

/** An allocation (RFC 8656 §2.2). */
export interface Allocation {
  readonly fiveTuple: FiveTuple
  readonly user: User
  /** One relay, or two if the client requested IPv4 and IPv6. */
  relays: readonly Relay[]
  /**
   * Transaction of the Allocate. It and the `initial…` fields let a retransmission get the same response
   * (`allocationAttributes`).
   */
  readonly transactionKey: string
  readonly initialRelays: readonly Relay[]
  /** In ms. */
  readonly initialLifetimeMs: number
  readonly extraAttributes: readonly Attribute[]
  /** Expiry of the last relay. */
  expiresAt: number
  /** Start of the current second of the allocation's byte quota. */
  secondStartedAt: number
  bytesThisSecond: number
  /** Byte quota of the client's network. */
  readonly meter: Meter
  /** By `reachedIp`. */
  readonly permissions: Map<string, Permission>
  readonly channels: Map<number, Channel>
}

/** The user of a request, and the key and algorithm for the response's MESSAGE-INTEGRITY. */
export interface User {
  readonly name: string
  /** The key that quotas count by. */
  readonly id: string
  readonly userClass: UserClass
  /** See `Account`. */
  readonly networkTag?: string
  readonly password: string
  readonly key: Uint8Array
  /** The algorithm of `key`. */
  readonly passwordHash: PasswordHash
  readonly integrity: IntegrityAlgorithm
  /** In strict mode, the time when the credentials end the allocation; otherwise Infinity. */
  readonly expiresAt: number
}

/** One request or indication. */
export interface Request {
  readonly message: Message
  readonly fiveTuple: FiveTuple
  /** In ms, on a clock that only goes forward. */
  readonly now: number
}

/** A request with valid credentials. */
export interface AuthenticatedRequest extends Request {
  readonly user: User
}

/** A relayed address that an Allocate requests. A `pair` needs two sockets; the odd port is reserved. */
export interface RequestedRelay {
  readonly family: Family
  readonly address: RelayAddress
  readonly shape: PortShape
}

/** An Allocate that waits for its sockets. */
export interface PendingAllocation {
  readonly request: AuthenticatedRequest
  /** The requested relays that are still possible. */
  requestedRelays: readonly RequestedRelay[]
  /** Added to the response. */
  extraAttributes: readonly Attribute[]
  /** The number of allocations and reservations that quotas count for it. */
  readonly quotaCount: number
  /** Ports that other processes hold, by local address. */
  readonly conflictingPorts: Map<string, Set<number>>
  relays: Relay[]
  /** The relays whose sockets are not bound yet. */
  readonly unboundRelays: Set<Relay>
}
