import type { Socket } from 'node:net'
import type { TurnLog } from './log.ts'

/** What an owner may choose, and what a running server tells. */
export interface TurnOptions {
  /** Address to listen on. Default: every address of this machine, each bound by itself. */
  host?: string
  /** The same port for UDP and TCP; 0 picks a free one. */
  port: number
  /** Inclusive range from which relay ports are drawn at random. */
  relayPorts: readonly [first: number, last: number]
  /**
   * Addresses to advertise in relay candidates, comma-separated: `203.0.113.5` (for all relays of its family), or
   * `203.0.113.5/10.0.0.2` (public/private: for relays on that private address), as coturn's `external-ip`.
   */
  externalIp?: string
  realm: string
  /** REST secrets, newest first: all of them are accepted. */
  secrets: readonly string[]
  /** Passwords by name, beside the REST credentials. */
  users?: ReadonlyMap<string, string>
  /** Ends an allocation with the REST credentials that made it. Default: it may be refreshed on. */
  hasStrictExpiry?: boolean
  /** Lets clients reach peers in private ranges (a LAN). Loopback, link-local and reserved ranges stay closed. */
  allowPrivatePeers?: boolean
  /** CIDRs that are allowed although the policy would refuse them; a denial in `denyPeers` is stronger. */
  allowPeers?: readonly string[]
  denyPeers?: readonly string[]
  quotas?: Partial<Quotas>
  /** Listens for TURN over TLS at a port of its own. */
  tls?: CertificateFiles & { readonly port: number }
  /** Default: both. */
  transports?: readonly Transport[]
  /** Threads that serve UDP, beside this one for streams. Default: none, this one does both. Wants Node 22.12 or newer. */
  workers?: number
  /** Once it listens, tries itself as a client would and warns in the log of what fails. Default: it does not. */
  selfTest?: boolean
  log?: TurnLog
}

/** Paths of PEM files. */
export interface CertificateFiles {
  readonly cert: string
  readonly key: string
}

/** The most of each. A reserved port counts as an allocation. */
export interface Quotas {
  /** Allocations of one user: the `id` of a REST username, or a name of the list. */
  user: number
  /** Allocations of one guest: a REST id that begins with `guest-`, for pages without a seat. */
  guest: number
  /**
   * Allocations of one network: an IPv4 address or an IPv6 /64, of the client and of the page that its credentials were given to. An
   * IPv6 /48 may have twice as many.
   */
  source: number
  /** Of these, what guests may have. */
  guestSource: number
  /** Allocations. */
  total: number
  /** Percent of `total` and of the relay ports that guests leave to others. */
  reservedPercent: number
  /** Addresses and channels of one allocation. */
  permissions: number
  channels: number
  /** Bytes that one allocation relays in a second, both ways together. */
  bytesPerSecond: number
  /** The same for the allocations of one IPv4 address or IPv6 /64; a /48 may have twice as many. */
  sourceBytesPerSecond: number
  /** The same for all. */
  totalBytesPerSecond: number
  /** Over TCP and TLS, from one source. */
  connections: number
}

/** What `reload` takes. */
export type ReloadableOptions = Pick<
  TurnOptions,
  'secrets' | 'users' | 'hasStrictExpiry' | 'quotas' | 'allowPrivatePeers' | 'allowPeers' | 'denyPeers'
>

export type Transport = 'udp' | 'tcp'

/** `allocations`, `permissions`, `channels` and `connections` are what is held now; everything else only grows. */
export interface TurnCounters {
  allocations: number
  permissions: number
  channels: number
  connections: number
  allocated: number
  /** Of guests: part of `allocations` and of `allocated`. */
  guestAllocations: number
  guestAllocated: number
  /** Bytes and packets of relayed payload: from clients to peers, and from peers to clients. */
  packetsToPeers: number
  bytesToPeers: number
  packetsToClients: number
  bytesToClients: number
  /** Error responses, by code. */
  errorResponses: Record<number, number>
  /** What a quota stopped: requests that were refused, packets (those of bytes) and connections that were dropped. */
  overQuota: Record<keyof Quotas, number>
  /** Responses over UDP to unauthenticated requests that were not sent, because their source exceeded its rate limit. */
  responsesRateLimited: number
  /** Packets dropped in silence: not STUN, no permission, no channel, or `sendQueueDropped`. */
  dropped: number
  /** Packets dropped because the network or a reader took them more slowly than they came, over UDP and streams. */
  sendQueueDropped: number
  /** Days until the server's TLS certificate expires; undefined without one. */
  certificateDaysLeft: number | undefined
  /** Relay ports that could not be bound because another process held them. */
  portConflicts: number
}

export interface TurnServer {
  /** The port that UDP and TCP listen on. */
  readonly port: number
  readonly tlsPort: number | undefined
  /** The newest of the secrets; empty where only users of the list come. */
  readonly secret: string
  /** Takes a connection that somebody else accepted, over TCP or TLS; what was read of it must have been put back. */
  handleConnection(socket: Socket): void
  /**
   * The host to name in ICE URLs for a page that was opened at `pageHost` (as in `URL.hostname`): a loopback name becomes an
   * address of this machine, because Firefox asks no ICE server on loopback. IPv6 comes in brackets.
   */
  iceHostFor(pageHost: string): string
  counters(): TurnCounters
  /**
   * Takes what may change while it runs; allocations stay. What is left out goes back to its default, save the secrets; of
   * what cannot change it says so in the log. Throws when a value is wrong, and then nothing has changed.
   */
  reload(changes: Partial<TurnOptions>): void
  /** Rejects new allocations (508). Resolves when the last one has ended, or after `timeoutMs`. */
  drain(timeoutMs: number): Promise<void>
  /** Deletes every allocation and resolves when every socket is closed. */
  close(): Promise<void>
}
