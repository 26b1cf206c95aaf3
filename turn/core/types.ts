import type { Attribute } from '../stun/attributes.ts'
import type { PasswordHash, IntegrityAlgorithm } from '../stun/integrity.ts'
import type { Address, Family } from '../stun/ip.ts'
import type { Message } from '../stun/message.ts'
import type { UserClass } from './credentials.ts'
import type { FiveTuple } from './fiveTuple.ts'
import type { Meter } from './meter.ts'
import type { PortShape } from './relayPorts.ts'

/** Addresses without ports: where a relay socket is bound, and what peers are told. */
export interface RelayAddress {
  readonly local: string
  readonly advertised: string
}

/** A relayed transport address (RFC 8656 §2.4); compared by identity. */
export interface Relay {
  readonly family: Family
  /** Where the socket is bound. */
  readonly local: Address
  /** What peers are told: differs behind a NAT (`externalIp`). */
  readonly advertised: Address
  allocation?: Allocation
  /** Each family of a pair has its own (RFC 8656 §8.2). */
  expiresAt: number
}

/** A peer's address with its permission (RFC 8656 §9), and the channels bound to its ports. */
export interface Permission {
  /** As the client named it. */
  readonly requestedIp: string
  /** Where its packets go and come from: differs from `requestedIp` for our own relays behind a NAT. */
  readonly reachedIp: string
  readonly relay: Relay
  /** Only its relay ports are open: it is this machine. */
  isRelayPortsOnly: boolean
  /** End of the permission; channels may outlive it. */
  expiresAt: number
  readonly channels: Map<number, Channel>
}

/** RFC 8656 §12. */
export interface Channel {
  readonly number: number
  readonly permission: Permission
  readonly port: number
  expiresAt: number
}

export interface Allocation {
  readonly fiveTuple: FiveTuple
  readonly user: User
  /** Two when IPv4 and IPv6 were both asked for. */
  relays: readonly Relay[]
  /** The request that created it, and what its answer was made of (`allocationAttributes`): a retransmission gets the same. */
  readonly transactionKey: string
  readonly initialRelays: readonly Relay[]
  /** In ms. */
  readonly initialLifetimeMs: number
  readonly extraAttributes: readonly Attribute[]
  /** When the last of the relays ends. */
  expiresAt: number
  /** For the quota of its own bytes. */
  secondStartedAt: number
  bytesThisSecond: number
  /** For that of its client's network. */
  readonly meter: Meter
  /** By `reachedIp`. */
  readonly permissions: Map<string, Permission>
  readonly channels: Map<number, Channel>
}

/** The user of a request, and the key and algorithm for the response's MESSAGE-INTEGRITY. */
export interface User {
  readonly name: string
  /** What quotas are counted by. */
  readonly id: string
  readonly userClass: UserClass
  /** See `Account`. */
  readonly networkTag?: string
  readonly password: string
  readonly key: Uint8Array
  /** What the key was made with. */
  readonly passwordHash: PasswordHash
  readonly integrity: IntegrityAlgorithm
  /** When the credentials end an allocation: in strict mode. */
  readonly expiresAt: number
}

/** One request or indication, without the core that handles it. */
export interface ReceivedMessage {
  readonly message: Message
  readonly fiveTuple: FiveTuple
  /** In ms, on a clock that only goes forward. */
  readonly now: number
}

/** A request whose sender is known, without the core that handles it. */
export interface AuthenticatedMessage extends ReceivedMessage {
  readonly user: User
}

/** One relayed address that an Allocate wants; a `pair` is two sockets, the odd one reserved. */
export interface RequestedRelay {
  readonly family: Family
  readonly address: RelayAddress
  readonly shape: PortShape
}

/** An Allocate that waits for its sockets. */
export interface PendingAllocation {
  readonly request: AuthenticatedMessage
  /** What can be had of what was asked for. */
  requestedRelays: readonly RequestedRelay[]
  /** To be added to the answer. */
  extraAttributes: readonly Attribute[]
  /** Allocations and reservations that it was counted as. */
  readonly quotaCount: number
  /** Ports that other processes hold, by local address. */
  readonly conflictingPorts: Map<string, Set<number>>
  relays: Relay[]
  /** Not yet bound. */
  readonly unboundRelays: Set<Relay>
}
