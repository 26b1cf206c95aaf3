import { AddressSet, embeddedIpv4 } from '../common/address.ts'
import { cloudRanges, privateRanges, specialRanges } from '../common/addressRanges.ts'

/** Rules for peer addresses. `allowPeers` and `denyPeers` hold IP addresses or CIDRs. */
export interface PeerRules {
  readonly allowPrivatePeers?: boolean | undefined
  readonly allowPeers?: readonly string[] | undefined
  readonly denyPeers?: readonly string[] | undefined
  /** Returns whether this machine has the address or advertises it. */
  readonly isOwnAddress: (ip: string) => boolean
  /** Returns whether this server's relays are reached at the address. */
  readonly isRelayAddress: (ip: string) => boolean
}

/** `relays` opens only the ports of the relay range, so that two relayed clients can connect. */
export type PeerVerdict = 'open' | 'relays' | 'closed'

/** Decides which peers a client may reach. The first matching rule wins. */
export class PeerPolicy {
  readonly #rules: PeerRules
  readonly #denied: AddressSet
  readonly #allowed: AddressSet
  readonly #closed: AddressSet

  constructor(rules: PeerRules) {
    this.#rules = rules
    this.#denied = new AddressSet(rules.denyPeers ?? [])
    this.#allowed = new AddressSet(rules.allowPeers ?? [])
    this.#closed = new AddressSet([...specialRanges, ...cloudRanges, ...(rules.allowPrivatePeers ? [] : privateRanges)])
  }

  /** Returns the verdict for a peer address. An IPv4 address embedded in IPv6 is judged as IPv4. */
  judge(requestedIp: string): PeerVerdict {
    const ip = embeddedIpv4(requestedIp) ?? requestedIp
    if (this.#denied.has(ip) || this.#denied.has(requestedIp)) return 'closed'
    if (this.#allowed.has(ip)) return 'open'
    if (this.#rules.isRelayAddress(ip)) return 'relays'
    return this.#rules.isOwnAddress(ip) || this.#closed.has(ip) ? 'closed' : 'open'
  }
}
