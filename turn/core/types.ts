import type { Attribute } from '../stun/attributes.ts'
import type { Hash, Seal } from '../stun/integrity.ts'
import type { Address, Family } from '../stun/ip.ts'
import type { Message } from '../stun/message.ts'
import type { UserClass } from './credentials.ts'
import type { Path } from './fiveTuple.ts'
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
  owner?: Allocation
  /** In milliseconds: of a pair of families each has its own (RFC 8656 §8.2). */
  expiresAt: number
}

/** A peer's address with its permission (RFC 8656 §9), and the channels bound to its ports. */
export interface Host {
  /** As the client named it. */
  readonly named: string
  /** Where its packets go and come from: differs from `named` for our own relays behind a NAT. */
  readonly reached: string
  readonly relay: Relay
  /** Only its relay ports are open: it is this machine. */
  relaysOnly: boolean
  /** End of the permission; channels may outlive it. */
  expiresAt: number
  readonly channels: Map<number, Channel>
}

/** RFC 8656 §12. */
export interface Channel {
  readonly number: number
  readonly host: Host
  readonly port: number
  expiresAt: number
}

export interface Allocation {
  readonly path: Path
  readonly user: User
  /** Two when IPv4 and IPv6 were both asked for. */
  relays: readonly Relay[]
  /** The request that created it, and what its answer was made of (`answerOf`): a retransmission gets the same. */
  readonly transaction: string
  readonly relaysAtFirst: readonly Relay[]
  /** In ms. */
  readonly lifetimeAtFirst: number
  readonly extra: readonly Attribute[]
  /** When the last of the relays ends. */
  expiresAt: number
  /** For the quota of its own bytes. */
  secondBegan: number
  bytesThisSecond: number
  /** For that of its client's network. */
  readonly meter: Meter
  /** By `reached`. */
  readonly hosts: Map<string, Host>
  readonly channels: Map<number, Channel>
}

/** Who is behind a request, and how the answer is sealed. */
export interface User {
  readonly name: string
  /** What quotas are counted by. */
  readonly id: string
  readonly userClass: UserClass
  /** See `Account`. */
  readonly address?: string
  readonly password: string
  readonly key: Uint8Array
  /** What the key was made with. */
  readonly hash: Hash
  readonly seal: Seal
  /** When the credentials end an allocation: in strict mode. */
  readonly endsAt: number
}

/** One request or indication, without the core that handles it. */
export interface ReceivedMessage {
  readonly message: Message
  readonly path: Path
  /** In ms, on a clock that only goes forward. */
  readonly now: number
}

/** A request whose sender is known, without the core that handles it. */
export interface UserRequest extends ReceivedMessage {
  readonly user: User
}

/** One relayed address that an Allocate wants; a `pair` is two sockets, the odd one reserved. */
export interface Want {
  readonly family: Family
  readonly address: RelayAddress
  readonly shape: PortShape
}

/** An Allocate that waits for its sockets. */
export interface Opening {
  readonly call: UserRequest
  /** What can be had of what was asked for. */
  wants: readonly Want[]
  /** To be added to the answer. */
  extra: readonly Attribute[]
  /** Allocations and reservations that it was counted as. */
  readonly count: number
  /** Ports that other processes hold, by local address. */
  readonly avoid: Map<string, Set<number>>
  relays: Relay[]
  /** Not yet bound. */
  readonly pending: Set<Relay>
}
