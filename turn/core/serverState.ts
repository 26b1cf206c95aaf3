import type { Quotas, TurnCounters } from '../common/options.ts'
import type { Family } from '../stun/ip.ts'
import type { Allocation, Opening, Relay, RelayAddress } from './types.ts'
import { nonceCookie, userHashOf } from './passwordAlgorithms.ts'
import { KnownUsers } from './knownUsers.ts'
import { Meters } from './meter.ts'
import { Nonces } from './nonce.ts'
import { PeerPolicy, type PeerRules } from './peerPolicy.ts'
import { Ports } from './relayPorts.ts'
import { Strangers } from './strangers.ts'
import { Tally, type Owner } from './allocationCounts.ts'

export interface Rules {
  readonly realm: string
  /** Newest first. */
  readonly secrets: readonly string[]
  /** Passwords by name, beside the REST credentials. */
  readonly users: ReadonlyMap<string, string>
  /** Whether an allocation ends with the REST credentials that made it. */
  readonly isStrict: boolean
  readonly relayPorts: readonly [first: number, last: number]
  readonly quotas: Quotas
  readonly peers: Omit<PeerRules, 'isRelay'>
  /** @param asked the local address that the client sent to; undefined when we have none of the family */
  readonly relayAddress: (asked: string, family: Family) => RelayAddress | undefined
  /** From a CSPRNG. */
  readonly random: (bytes: number) => Uint8Array
  /** The wall clock, in ms: REST usernames carry a Unix time. Every other time is the `now` of `handle`. */
  readonly unixTime: () => number
}

/** What several cores of one server have in common, or have divided among them. */
export interface Common {
  /** Every address that relays were given, from what is advertised to where it is bound. */
  readonly relayIps: RelayIps
  /** The part of the relay ports that this core hands out. */
  readonly ownPorts: readonly [first: number, last: number]
  /** 32 bytes from a CSPRNG: a challenge of one is good for all. */
  readonly nonceKey: Uint8Array
}

export interface RelayIps {
  readonly size: number
  has(advertised: string): boolean
  get(advertised: string): string | undefined
  set(advertised: string, local: string): void
}

/** An allocated port that waits for whoever shows its token (RFC 8656 §7.2). */
export interface Reservation {
  readonly relay: Relay
  readonly userName: string
  readonly owner: Owner
  readonly expiresAt: number
}

/** Everything the server knows. */
export class Core {
  rules!: Rules
  readonly nonces: Nonces
  /** RFC 8489 §14.4: names of the list by their hash. */
  hiddenNames!: ReadonlyMap<string, string>
  readonly strangers: Strangers
  policy!: PeerPolicy
  readonly ports: Ports
  readonly counters: TurnCounters = newCounters()
  readonly allocations = new Map<string, Allocation>()
  readonly openings = new Map<string, Opening>()
  /** Relays whose sockets are being bound. */
  readonly awaited = new Map<Relay, Opening>()
  /** By token, in hex. */
  readonly reservations = new Map<string, Reservation>()
  readonly knownUsers = new KnownUsers()
  readonly tally = new Tally()
  readonly meters = new Meters()
  readonly relayIps: RelayIps
  /** Before the end: no allocation begins any more. */
  isDraining = false

  constructor(rules: Rules, { relayIps = new Map(), ownPorts = rules.relayPorts, nonceKey = rules.random(32) }: Partial<Common> = {}) {
    this.relayIps = relayIps
    this.nonces = new Nonces(nonceKey, '')
    this.strangers = new Strangers(rules.random)
    this.ports = new Ports(ownPorts, rules.random)
    this.configure(rules)
  }

  /** @param rules with the same relay ports and realm as before */
  configure(rules: Rules): void {
    // First, as the only one that throws: then nothing has changed.
    this.policy = new PeerPolicy({ ...rules.peers, isRelay: (ip) => this.relayIps.has(ip) })
    this.rules = rules
    this.knownUsers.clear()
    this.hiddenNames = new Map([...rules.users.keys()].map((name) => [userHashOf(name, rules.realm), name]))
    // A client that hides its name behind a hash must be in the list: who comes with a REST name is in none.
    this.nonces.cookie = nonceCookie(rules.secrets.length === 0)
  }

  /** The allocation of a 5-tuple, unless its time is over. */
  live(key: string, now: number): Allocation | undefined {
    const allocation = this.allocations.get(key)
    return allocation && allocation.expiresAt > now ? allocation : undefined
  }
}

const newCounters = (): TurnCounters => ({
  allocations: 0, permissions: 0, channels: 0, connections: 0, allocated: 0, guestAllocations: 0, guestAllocated: 0,
  packetsToPeers: 0, bytesToPeers: 0, packetsToClients: 0, bytesToClients: 0,
  certificateDays: undefined, refused: {}, overQuota: {
    user: 0, guest: 0, source: 0, guestSource: 0, total: 0, reserved: 0, permissions: 0, channels: 0, bytes: 0, sourceBytes: 0, totalBytes: 0, connections: 0,
  },
  withheld: 0, dropped: 0, sendQueueDropped: 0, portsTaken: 0,
})
