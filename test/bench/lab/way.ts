import { routerRules } from '../../nat/kinds.ts'
import type { Lab } from '../../nat/lab.ts'
import type { Namespace } from '../../nat/namespace.ts'
import type { Radio } from '../../nat/radio.ts'

export type Undo = () => void

interface WayParts { name: string; device: string; address: string; net: string }

/** One way of a computer to the internet: a router that translates addresses, and radio behind it. What is dropped here is dropped without a word. */
export class Way {
  readonly radio: Radio
  readonly #router: Namespace
  readonly #parts: WayParts

  private constructor(router: Namespace, radio: Radio, parts: WayParts) {
    this.#router = router
    this.radio = radio
    this.#parts = parts
  }

  /** Laid, and not in use as yet. */
  static async lay(lab: Lab, computer: Namespace, parts: WayParts): Promise<Way> {
    const { host: router, radio } = await lab.addDistant(parts.name, parts.address)
    router.ip(`link add in type veth peer name ${parts.device} netns ${computer.name}`, `address add ${parts.net}.1/24 dev in`, 'link set in up')
    router.nft(routerRules('preserving'))
    router.forward()
    return new Way(router, radio, parts)
  }

  /** What the computer is told to take it. */
  get joining(): string[] {
    const { device, net } = this.#parts
    return [`address add ${net}.2/24 dev ${device}`, `link set ${device} up`, `route add default via ${net}.1`]
  }

  get leaving(): string[] {
    const { device } = this.#parts
    return [`address flush dev ${device}`, `link set ${device} down`]
  }

  blockUdp(): Undo {
    return this.#refuse('no_udp', ['meta l4proto udp drop'])
  }

  /** Of TCP to and from this port nothing passes; or only what is connected by these ports of the computer's. */
  freeze(port: number, only?: readonly number[]): Undo {
    const [out, back] = only ? [`tcp sport { ${only.join()} }`, `tcp dport { ${only.join()} }`] : ['', '']
    return this.#refuse('frozen', [`tcp dport ${port} ${out} drop`, `tcp sport ${port} ${back} drop`])
  }

  /** Who connects to this port is told that nobody is there. */
  close(port: number): Undo {
    return this.#refuse('closed', [`tcp dport ${port} reject with tcp reset`])
  }

  #refuse(name: string, rules: readonly string[]): Undo {
    this.#router.nft(`table ip ${name} {\n chain passing {\n type filter hook forward priority -1\n ${rules.join('\n')}\n }\n}`)
    return () => this.#router.nft(`delete table ip ${name}`)
  }
}
