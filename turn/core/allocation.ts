import type { Address, Family } from '../stun/ip.ts'
import type { Attribute } from '../stun/attributes.ts'
import type { User } from './auth.ts'
import type { Meter } from './meter.ts'
import type { Path } from './path.ts'

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

/** Milliseconds. RFC 8656 §7.2, §9, §12. */
export const lifetimes = { allocation: 600_000, longestAllocation: 3_600_000, permission: 300_000, channel: 600_000, reservation: 30_000 } as const

/** RFC 8656 §7.2: at least the default, at most the server's maximum, in whole seconds. @param asked in seconds @param left in milliseconds */
export const lifetimeOf = (asked: number | undefined, left: number): number =>
  Math.floor(Math.min(Math.max((asked ?? 0) * 1000, lifetimes.allocation), lifetimes.longestAllocation, left) / 1000) * 1000

/** Forgets what has expired inside of a live allocation. */
export function forgetExpired(allocation: Allocation, now: number): void {
  for (const channel of allocation.channels.values()) if (channel.expiresAt <= now) unbind(allocation, channel)
  for (const [ip, host] of allocation.hosts) if (host.expiresAt <= now && host.channels.size === 0) allocation.hosts.delete(ip)
}

export function unbind(allocation: Allocation, channel: Channel): void {
  allocation.channels.delete(channel.number)
  channel.host.channels.delete(channel.port)
}
