import { type Kind, kinds, type Natted, routerRules } from './kinds.ts'
import { isAlive, Namespace, ownName, removeNamespaces } from './namespace.ts'
import { Radio } from './radio.ts'

/** Of one call: whoever waits in the room, and whoever comes. Both may sit in the same kind of network, never in the same house. */
export const sides = ['waiting', 'coming'] as const
export type Side = (typeof sides)[number]

/** A computer that is reached by radio. */
export interface Distant { host: Namespace; radio: Radio }

const placeOf = (side: Side, kind: Kind): [name: string, address: string] =>
  [`${side}-${kinds.indexOf(kind)}`, `198.18.${1 + sides.indexOf(side)}.${1 + kinds.indexOf(kind)}`]

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

  /** The same over radio, which ends with its namespace. */
  async addDistant(name: string, ...addresses: [string, ...string[]]): Promise<Distant> {
    const host = new Namespace(ownName(name))
    return { host, radio: await this.addRadio(host, 'out', name, ...addresses) }
  }

  /** One more way to the internet for a host: a device of its own, with addresses of its own. */
  async addRadio(host: Namespace, device: string, name: string, ...addresses: string[]): Promise<Radio> {
    const radio = await Radio.open([host, device], [this.#internet, name])
    this.#internet.ip(`link set ${name} master net up`)
    host.ip(...addresses.map((ip) => `address add ${ip}/15 dev ${device}`), `link set ${device} up`)
    return radio
  }

  /** A house with a network of this kind; what is returned is the computer in it. */
  addHouse(side: Side, kind: Kind): Namespace {
    const [name, address] = placeOf(side, kind)
    return this.#settle(this.addHost(name, address), side, kind)
  }

  /** The same, with radio between the house and the internet. */
  async addDistantHouse(side: Side, kind: Kind): Promise<Distant> {
    const { host, radio } = await this.addDistant(...placeOf(side, kind))
    return { host: this.#settle(host, side, kind), radio }
  }

  #settle(host: Namespace, side: Side, kind: Kind): Namespace {
    return kind === 'open' ? host : this.#addBehind(host, kind, `${side}-${kind}`)
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
