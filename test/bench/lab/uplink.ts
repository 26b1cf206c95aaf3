import { createRouterRules } from '../../nat/networkKinds.ts'
import type { NetLab } from '../../nat/netLab.ts'
import type { NetworkNamespace } from '../../nat/networkNamespace.ts'
import type { EmulatedLink } from '../../nat/emulatedLink.ts'

export type Undo = () => void

interface UplinkOptions {
  name: string
  device: string
  address: string
  subnet: string
}

/** One uplink of a host: a NAT router with an emulated link behind it. Dropped packets get no ICMP answer. */
export class Uplink {
  readonly link: EmulatedLink
  readonly #router: NetworkNamespace
  readonly #options: UplinkOptions

  private constructor(router: NetworkNamespace, link: EmulatedLink, parts: UplinkOptions) {
    this.#router = router
    this.link = link
    this.#options = parts
  }

  /** Laid, and not in use as yet. */
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

  /** What the computer is told to take it. */
  get upCommands(): string[] {
    const { device, subnet } = this.#options
    return [`address add ${subnet}.2/24 dev ${device}`, `link set ${device} up`, `route add default via ${subnet}.1`]
  }

  get downCommands(): string[] {
    const { device } = this.#options
    return [`address flush dev ${device}`, `link set ${device} down`]
  }

  blockUdp(): Undo {
    return this.#addRules('no_udp', ['meta l4proto udp drop'])
  }

  /** Of TCP to and from this port nothing passes; or only what is connected by these ports of the computer's. */
  dropTcp(port: number, only?: readonly number[]): Undo {
    const [out, back] = only ? [`tcp sport { ${only.join()} }`, `tcp dport { ${only.join()} }`] : ['', '']
    return this.#addRules('frozen', [`tcp dport ${port} ${out} drop`, `tcp sport ${port} ${back} drop`])
  }

  /** Who connects to this port is told that nobody is there. */
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
