import { type Kind, kinds, type Natted, routerRules } from './kinds.ts'
import { isAlive, Namespace, ownName, removeNamespaces } from './namespace.ts'

/** Of one call: whoever waits in the room, and whoever comes. Both may sit in the same kind of network, never in the same house. */
export const sides = ['waiting', 'coming'] as const
export type Side = (typeof sides)[number]

/**
 * The network lab: an internet of network namespaces. On one segment everybody with a public address (198.18.0.0/15, RFC 2544) sees
 * everybody; behind routers (kinds.ts) are the houses, all of them 192.168.1.0/24, as they are. Nothing leads from there to this
 * machine's own network, and nothing of it is left: what a killed run leaves, the next lab takes away.
 * One lab a process; the names carry its pid, so that runs do not disturb each other. While one stands, `ip netns` lists it, and
 * `ip netns exec duet-PID-waiting-1 nft list ruleset` shows the rules of the router in front of the first NATed house.
 */
export class Lab {
  readonly #internet: Namespace

  constructor() {
    removeNamespaces((pid) => pid === process.pid || !isAlive(pid))
    this.#internet = new Namespace(ownName('internet'))
    this.#internet.ip('link add net type bridge', 'link set net up')
  }

  /** Somebody with addresses of their own, and nothing in front. */
  addHost(name: string, ...addresses: [string, ...string[]]): Namespace {
    const host = new Namespace(ownName(name))
    host.ip(`link add out type veth peer name ${name} netns ${this.#internet.name}`, ...addresses.map((ip) => `address add ${ip}/15 dev out`), 'link set out up')
    this.#internet.ip(`link set ${name} master net up`)
    return host
  }

  /** A house with a network of this kind; what is returned is the computer in it. */
  addHouse(side: Side, kind: Kind): Namespace {
    const name = `${side}-${kinds.indexOf(kind)}`
    const address = `198.18.${1 + sides.indexOf(side)}.${1 + kinds.indexOf(kind)}`
    return kind === 'open' ? this.addHost(name, address) : this.#addBehind(this.addHost(name, address), kind, `${side}-${kind}`)
  }

  #addBehind(router: Namespace, kind: Natted, name: string): Namespace {
    const inside = new Namespace(ownName(name))
    router.ip(`link add in type veth peer name eth0 netns ${inside.name}`, 'address add 192.168.1.1/24 dev in', 'link set in up')
    inside.ip('address add 192.168.1.2/24 dev eth0', 'link set eth0 up', 'route add default via 192.168.1.1')
    router.nft(routerRules(kind))
    router.forward()
    return inside
  }

  close(): void {
    removeNamespaces((pid) => pid === process.pid)
  }
}
