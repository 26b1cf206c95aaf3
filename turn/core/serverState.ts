import type { Quotas, TurnCounters } from '../common/options.ts'
import type { Family } from '../stun/ip.ts'
import type { Allocation, PendingAllocation, Relay, RelayAddress } from './types.ts'
import { createNonceCookie, computeUserHash } from './passwordAlgorithms.ts'
import { KnownUsers } from './knownUsers.ts'
import { Meters } from './meter.ts'
import { Nonces } from './nonce.ts'
import { PeerPolicy, type PeerRules } from './peerPolicy.ts'
import { Ports } from './relayPorts.ts'
import { ResponseLimiter } from './responseLimiter.ts'
import { AllocationCounts, type QuotaKeys } from './allocationCounts.ts'

/** Settings and functions that the core depends on. */
export interface CoreRules {
  readonly realm: string
  /** Newest first. */
  readonly secrets: readonly string[]
  /** Passwords by name, beside the REST credentials. */
  readonly users: ReadonlyMap<string, string>
  /** True if an allocation ends with the REST credentials that created it. */
  readonly hasStrictExpiry: boolean
  readonly relayPorts: readonly [first: number, last: number]
  readonly quotas: Quotas
  readonly peerRules: Omit<PeerRules, 'isRelayAddress'>
  /**
   * Returns the relay address for a family, or undefined if this server has none.
   * @param serverIp the local address that the client sent to
   */
  readonly chooseRelayAddress: (serverIp: string, family: Family) => RelayAddress | undefined
  /** True if relays can set DF. Default: false, and DONT-FRAGMENT gets a 420. */
  readonly canSetDontFragment?: boolean
  /** From a CSPRNG. */
  readonly randomBytes: (bytes: number) => Uint8Array
  /** Unix time in ms, for the expiry of REST usernames. All other times use the `now` of `handlePacket`. */
  readonly unixTimeMs: () => number
}

/** State that the cores of one server share or divide among them. */
export interface SharedState {
  /** Every used relay address: advertised IP to local IP. */
  readonly relayIps: RelayIps
  /** The relay ports that this core hands out. */
  readonly ownRelayPorts: readonly [first: number, last: number]
  /** 32 bytes from a CSPRNG. With a shared key, every core accepts the nonces of the others. */
  readonly nonceKey: Uint8Array
}

/** Maps advertised relay IPs to local ones. */
export interface RelayIps {
  readonly size: number
  has(advertised: string): boolean
  get(advertised: string): string | undefined
  set(advertised: string, local: string): void
}

/** A reserved port, claimed by an Allocate with its token (RFC 8656 §7.2). */
export interface Reservation {
  readonly relay: Relay
  readonly userName: string
  readonly quotaKeys: QuotaKeys
  readonly expiresAt: number
}

/** The whole state of one core. */
export class ServerState {
  rules!: CoreRules
  readonly nonces: Nonces
  /** RFC 8489 §14.4: listed names by their hash. */
  namesByUserHash!: ReadonlyMap<string, string>
  readonly responseLimiter: ResponseLimiter
  peerPolicy!: PeerPolicy
  readonly ports: Ports
  readonly counters: TurnCounters = createCounters()
  readonly allocations = new Map<string, Allocation>()
  readonly pendingAllocations = new Map<string, PendingAllocation>()
  /** Relays whose sockets are being bound. */
  readonly pendingRelays = new Map<Relay, PendingAllocation>()
  /** By token, in hex. */
  readonly reservations = new Map<string, Reservation>()
  readonly knownUsers = new KnownUsers()
  readonly allocationCounts = new AllocationCounts()
  readonly meters = new Meters()
  readonly relayIps: RelayIps
  /** True during shutdown: new allocations are rejected. */
  isDraining = false

  constructor(
    rules: CoreRules,
    {
      relayIps = new Map(),
      ownRelayPorts = rules.relayPorts,
      nonceKey = rules.randomBytes(32),
    }: Partial<SharedState> = {},
  ) {
    this.relayIps = relayIps
    this.nonces = new Nonces(nonceKey, '')
    this.responseLimiter = new ResponseLimiter(rules.randomBytes)
    this.ports = new Ports(ownRelayPorts, rules.randomBytes)
    this.configure(rules)
  }

  /**
   * Replaces the rules; may be called again on a running server.
   * @param rules with the same relay ports and realm as before
   * @throws {Error} for a wrong CIDR; then nothing has changed
   */
  configure(rules: CoreRules): void {
    // Must run first: it is the only step that throws.
    this.peerPolicy = new PeerPolicy({ ...rules.peerRules, isRelayAddress: (ip) => this.relayIps.has(ip) })
    this.rules = rules
    this.knownUsers.clear()
    this.namesByUserHash = new Map([...rules.users.keys()].map((name) => [computeUserHash(name, rules.realm), name]))
    // USERHASH works for listed names only, so a server with REST secrets does not offer it.
    this.nonces.cookie = createNonceCookie(rules.secrets.length === 0)
  }

  /** Returns the live allocation of a 5-tuple, if any. */
  findAllocation(key: string, now: number): Allocation | undefined {
    const allocation = this.allocations.get(key)
    return allocation && allocation.expiresAt > now ? allocation : undefined
  }
}

const createCounters = (): TurnCounters => ({
  allocations: 0,
  permissions: 0,
  channels: 0,
  connections: 0,
  allocated: 0,
  allocatedBy: { udp4: 0, udp6: 0, tcp4: 0, tcp6: 0 },
  guestAllocations: 0,
  guestAllocated: 0,
  packetsToPeers: 0,
  bytesToPeers: 0,
  packetsToClients: 0,
  bytesToClients: 0,
  certificateDaysLeft: undefined,
  errorResponses: {},
  overQuota: {
    user: 0,
    guest: 0,
    source: 0,
    guestSource: 0,
    total: 0,
    reservedPercent: 0,
    permissions: 0,
    channels: 0,
    bytesPerSecond: 0,
    sourceBytesPerSecond: 0,
    totalBytesPerSecond: 0,
    connections: 0,
  },
  responsesRateLimited: 0,
  handshakesRejected: 0,
  dropped: 0,
  sendQueueDropped: 0,
  portConflicts: 0,
})
