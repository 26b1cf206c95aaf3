import { createRouterRules } from '../../nat/networkKinds.ts'
import type { NetLab } from '../../nat/netLab.ts'
import type { NetworkNamespace } from '../../nat/networkNamespace.ts'
import type { EmulatedLink } from '../../nat/emulatedLink.ts'

/** Ends a fault. */
export type Undo = () => void

interface UplinkOptions {
  name: string
  device: string
  address: string
  subnet: string
}

/** One uplink of a host: a NAT router with an emulated link behind it. Dropped packets get no ICMP error. */
export class Uplink {
  readonly link: EmulatedLink
  readonly #router: NetworkNamespace
  readonly #options: UplinkOptions

  private constructor(router: NetworkNamespace, link: EmulatedLink, parts: UplinkOptions) {
    this.#router = router
    this.link = link
    this.#options = parts
  }

  /** Creates an inactive uplink. */
  static async create(lab: NetLab, computer: NetworkNamespace, parts: UplinkOptions): Promise<Uplink> {
    const { host: router, link } = await lab.addEmulatedHost(parts.name, parts.address)
    router.ip(
      `link add in type veth peer name ${parts.device} netns ${computer.name}`,
      `address add ${parts.subnet}.1/24 dev in`,
      'link set in up',
    )
    router.nft(createRouterRules('preserving'))
    router.enableForwarding()
    return new Uplink(router, link, parts)
  }

  /** The `ip` commands that activate the uplink on the computer. */
  get upCommands(): string[] {
    const { device, subnet } = this.#options
    return [`address add ${subnet}.2/24 dev ${device}`, `link set ${device} up`, `route add default via ${subnet}.1`]
  }

  /** The `ip` commands that deactivate the uplink on the computer. */
  get downCommands(): string[] {
    const { device } = this.#options
    return [`address flush dev ${device}`, `link set ${device} down`]
  }

  /** Drops all UDP packets. */
  blockUdp(): Undo {
    return this.#addRules('no_udp', ['meta l4proto udp drop'])
  }

  /** Drops TCP to and from this port. With `only`, limited to connections from these ports of the computer. */
  dropTcp(port: number, only?: readonly number[]): Undo {
    const [out, back] = only ? [`tcp sport { ${only.join()} }`, `tcp dport { ${only.join()} }`] : ['', '']
    return this.#addRules('frozen', [`tcp dport ${port} ${out} drop`, `tcp sport ${port} ${back} drop`])
  }

  /** Rejects TCP connections to this port with RST. */
  rejectTcp(port: number): Undo {
    return this.#addRules('closed', [`tcp dport ${port} reject with tcp reset`])
  }

  #addRules(name: string, rules: readonly string[]): Undo {
    this.#router.nft(
      `table ip ${name} {\n chain passing {\n type filter hook forward priority -1\n ${rules.join('\n')}\n }\n}`,
    )
    return () => this.#router.nft(`delete table ip ${name}`)
  }
}
