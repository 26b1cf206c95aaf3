import type { Socket } from 'node:net'
import type { TurnLog } from './log.ts'

/** Options of `startTurn`. */
export interface TurnOptions {
  /** Address to listen on. Default: every address of this machine, each with its own socket. */
  host?: string
  /** Port for UDP and TCP; 0 picks a free one. */
  port: number
  /** Inclusive range from which relay ports are drawn at random. */
  relayPorts: readonly [first: number, last: number]
  /**
   * Addresses to advertise in relay candidates, comma-separated, as in coturn's `external-ip`.
   * `203.0.113.5` applies to all relays of its family; `203.0.113.5/10.0.0.2` (public/private) to relays on that
   * address.
   */
  externalIp?: string
  realm: string
  /** REST secrets, newest first. All of them are accepted. */
  secrets: readonly string[]
  /** Passwords by name, beside the REST credentials. */
  users?: ReadonlyMap<string, string>
  /** Ends an allocation when its REST credentials expire. Default: it can still be refreshed. */
  hasStrictExpiry?: boolean
  /** Allows peers in private ranges (a LAN). Loopback, link-local and reserved ranges stay denied. */
  allowPrivatePeers?: boolean
  /** CIDRs that are allowed against the default policy. `denyPeers` overrides them. */
  allowPeers?: readonly string[]
  denyPeers?: readonly string[]
  quotas?: Partial<Quotas>
  /** Listens for TURN over TLS on a separate port. */
  tls?: CertificateFiles & { readonly port: number }
  /**
   * Addresses and CIDRs of proxies whose TCP and TLS connections begin with a header of the PROXY protocol. Default:
   * none.
   */
  proxySources?: readonly string[]
  /** Transports to listen on. Default: both. */
  transports?: readonly Transport[]
  /**
   * Threads that serve UDP. Default: 1 with the batch engine, which then serves streams too. 0 with `node:dgram`: the
   * main thread serves both. More threads with `node:dgram` need Node 22.12 or newer.
   */
  workers?: number
  /** `batch` requires the batch engine. Default: `auto`, the batch engine where it loads, else `node:dgram`. */
  engine?: 'auto' | 'batch' | 'dgram'
  /** Tests the listening server as a client and logs a warning for each failed step. Default: false. */
  selfTest?: boolean
  log?: TurnLog
}

/** Paths of PEM files. */
export interface CertificateFiles {
  readonly cert: string
  readonly key: string
}

/** Upper limits. A reserved port counts as an allocation. */
export interface Quotas {
  /** Allocations of one user: the `id` of a REST username, or a listed name. */
  user: number
  /** Allocations of one guest: a REST id with the prefix `guest-`, for pages without a seat. */
  guest: number
  /**
   * Allocations of one network: an IPv4 address or an IPv6 /64. An IPv6 /48 may have twice as many.
   * They count for the client's network and for the network of the page that received the credentials.
   */
  source: number
  /** Allocations of one network's guests, within `source`. */
  guestSource: number
  /** Allocations of the server. */
  total: number
  /** Percent of `total` and of the relay ports that guests cannot use. */
  reservedPercent: number
  /** Permissions of one allocation. */
  permissions: number
  /** Channels of one allocation. */
  channels: number
  /** Bytes per second that one allocation relays, both directions together. */
  bytesPerSecond: number
  /** The same for all allocations of one IPv4 address or IPv6 /64. A /48 may have twice as many. */
  sourceBytesPerSecond: number
  /** The same for the whole server. */
  totalBytesPerSecond: number
  /** TCP and TLS connections from one source. */
  connections: number
}

/** The options that `reload` can change. */
export type ReloadableOptions = Pick<
  TurnOptions,
  'secrets' | 'users' | 'hasStrictExpiry' | 'quotas' | 'allowPrivatePeers' | 'allowPeers' | 'denyPeers'
>

/** A transport to listen on. TLS is separate: see `TurnOptions.tls`. */
export type Transport = 'udp' | 'tcp'

/** Counters. `allocations`, `permissions`, `channels` and `connections` are current values; the others only grow. */
export interface TurnCounters {
  allocations: number
  permissions: number
  channels: number
  connections: number
  allocated: number
  /** The same by the transport and the address family of the client. Each pair is present. */
  allocatedBy: Record<`${Transport}${4 | 6}`, number>
  /** The guests' part of `allocations`; `guestAllocated` is their part of `allocated`. */
  guestAllocations: number
  guestAllocated: number
  /** Packets and payload bytes relayed from clients to peers, and from peers to clients. */
  packetsToPeers: number
  bytesToPeers: number
  packetsToClients: number
  bytesToClients: number
  /** Error responses, by code. */
  errorResponses: Record<number, number>
  /** Rejections by quota: requests rejected, packets dropped (byte quotas) and connections closed. */
  overQuota: Record<keyof Quotas, number>
  /** Responses over UDP to unauthenticated requests, not sent because the source exceeded its rate limit. */
  responsesRateLimited: number
  /** TLS connections closed before their handshake, because their network exceeded its rate limit. */
  handshakesRejected: number
  /** Packets dropped without a response: not STUN, no permission, no channel, `sendQueueDropped`, or rejected by the kernel. */
  dropped: number
  /** Packets dropped because the network or a client was too slow, over UDP and streams. */
  sendQueueDropped: number
  /** Days until the server's TLS certificate expires; undefined without one. */
  certificateDaysLeft: number | undefined
  /** Relay ports that could not be bound because another process held them. */
  portConflicts: number
}

/** A running TURN server. */
export interface TurnServer {
  /** The source of UDP sockets. */
  readonly engine: 'batch' | 'dgram'
  /** Port of UDP and TCP. */
  readonly port: number
  readonly tlsPort: number | undefined
  /** The newest secret; empty if only listed users are accepted. */
  readonly secret: string
  /** Serves a TCP or TLS connection that the caller accepted. The caller must unshift all bytes that it read. */
  handleConnection(socket: Socket): void
  /**
   * Returns the host for ICE URLs of a page at `pageHost` (as in `URL.hostname`). IPv6 has brackets.
   * A loopback name becomes an address of this machine, because Firefox ignores ICE servers on loopback.
   */
  iceHostFor(pageHost: string): string
  /** Returns the counters, summed over all threads. Those of a worker are up to 250 ms old. */
  counters(): TurnCounters
  /** Resolves with the counters of this moment. */
  currentCounters(): Promise<TurnCounters>
  /**
   * Applies the options that can change at run time; allocations stay. May be called again.
   * An omitted option returns to its default, except the secrets. Options that need a restart are logged.
   * @throws {Error} for a wrong value; then nothing has changed
   */
  reload(changes: Partial<TurnOptions>): void
  /** Rejects new allocations (508). Resolves when the last allocation has ended, or after `timeoutMs`. */
  drain(timeoutMs: number): Promise<void>
  /** Deletes every allocation and resolves when every socket is closed. */
  close(): Promise<void>
}
