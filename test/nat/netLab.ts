import { type NetworkKind, networkKinds, type NattedKind, createRouterRules } from './networkKinds.ts'
import { NetworkNamespace, namespaceName, removeNamespaces } from './networkNamespace.ts'
import { isRunning, processTag } from '../processIdentity.mjs'
import { EmulatedLink } from './emulatedLink.ts'

/**
 * The sides of a call: the visitor who waits in the room and the visitor who joins.
 * Both may have the same kind of network, but not the same site.
 */
export const sides = ['waiting', 'coming'] as const
export type Side = (typeof sides)[number]

/** A host behind an emulated link. */
export interface EmulatedHost {
  host: NetworkNamespace
  link: EmulatedLink
}

const siteAddress = (side: Side, kind: NetworkKind): [name: string, address: string] => [
  `${side}-${networkKinds.indexOf(kind)}`,
  `198.18.${1 + sides.indexOf(side)}.${1 + networkKinds.indexOf(kind)}`,
]

/**
 * The network lab: an internet of network namespaces. All hosts with public addresses (198.18.0.0/15, RFC 2544)
 * share one segment. Sites are behind routers (networkKinds.ts) and all use 192.168.1.0/24, like home networks.
 * The lab has no route to the machine's own network. `close()` removes the lab, and a new lab removes those of
 * killed runs.
 * A process may have one lab. The names contain its tag (processIdentity.mjs), so that runs do not disturb each other.
 * `ip netns` lists a running lab. `ip netns exec duet_TAG_waiting-1 nft list ruleset` shows the router of the first
 * NATed site.
 */
export class NetLab {
  readonly #internet: NetworkNamespace

  constructor() {
    removeNamespaces((tag) => tag === processTag() || !isRunning(tag))
    this.#internet = new NetworkNamespace(namespaceName('internet'))
    this.#internet.ip('link add net type bridge', 'link set net up')
  }

  /** Adds a host with public addresses and no NAT. */
  addHost(name: string, ...addresses: [string, ...string[]]): NetworkNamespace {
    const host = new NetworkNamespace(namespaceName(name))
    host.ip(
      `link add out type veth peer name ${name} netns ${this.#internet.name}`,
      ...addresses.map((ip) => `address add ${ip}/15 dev out`),
      'link set out up',
    )
    this.#internet.ip(`link set ${name} master net up`)
    return host
  }

  /** Adds a host behind an emulated link. The link ends with its namespace. */
  async addEmulatedHost(name: string, ...addresses: [string, ...string[]]): Promise<EmulatedHost> {
    const host = new NetworkNamespace(namespaceName(name))
    return { host, link: await this.addEmulatedLink(host, 'out', name, ...addresses) }
  }

  /** Adds an emulated link to a host, as a device with its own addresses. */
  async addEmulatedLink(
    host: NetworkNamespace,
    device: string,
    name: string,
    ...addresses: string[]
  ): Promise<EmulatedLink> {
    const link = await EmulatedLink.open([host, device], [this.#internet, name])
    this.#internet.ip(`link set ${name} master net up`)
    host.ip(...addresses.map((ip) => `address add ${ip}/15 dev ${device}`), `link set ${device} up`)
    return link
  }

  /** Adds a site with this kind of network. Returns the computer in it. */
  addSite(side: Side, kind: NetworkKind): NetworkNamespace {
    const [name, address] = siteAddress(side, kind)
    return this.#addNetwork(this.addHost(name, address), side, kind)
  }

  /** Like `addSite`, with an emulated link between the site and the internet. */
  async addEmulatedSite(side: Side, kind: NetworkKind): Promise<EmulatedHost> {
    const { host, link } = await this.addEmulatedHost(...siteAddress(side, kind))
    return { host: this.#addNetwork(host, side, kind), link }
  }

  #addNetwork(host: NetworkNamespace, side: Side, kind: NetworkKind): NetworkNamespace {
    return kind === 'open' ? host : this.#addBehind(host, kind, `${side}-${kind}`)
  }

  #addBehind(router: NetworkNamespace, kind: NattedKind, name: string): NetworkNamespace {
    const inside = new NetworkNamespace(namespaceName(name))
    router.ip(
      `link add in type veth peer name eth0 netns ${inside.name}`,
      'address add 192.168.1.1/24 dev in',
      'link set in up',
    )
    inside.ip('address add 192.168.1.2/24 dev eth0', 'link set eth0 up', 'route add default via 192.168.1.1')
    router.nft(createRouterRules(kind))
    router.enableForwarding()
    return inside
  }

  /** Removes all namespaces of this process. */
  close(): void {
    removeNamespaces((tag) => tag === processTag())
  }
}
