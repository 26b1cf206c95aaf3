import { execFileSync } from 'node:child_process'
import type { NetLab } from '../../nat/netLab.ts'
import { NetworkNamespace, namespaceName } from '../../nat/networkNamespace.ts'
import { type Undo, Uplink } from './uplink.ts'

/** The port of the product's pages and its signaling. */
export const webPort = 443

/** A host with two uplinks, home and mobile. One is active at a time. */
export class MultihomedHost {
  readonly namespace: NetworkNamespace
  readonly #uplinks: [Uplink, Uplink]

  private constructor(computer: NetworkNamespace, ways: [Uplink, Uplink]) {
    this.namespace = computer
    this.#uplinks = ways
    computer.ip(...this.activeUplink.upCommands)
  }

  /** @param number unique per host, from 1 */
  static async create(lab: NetLab, name: string, number: number): Promise<MultihomedHost> {
    const computer = new NetworkNamespace(namespaceName(name))
    const home = await Uplink.create(lab, computer, {
      name: `${name}-home`,
      device: 'wifi',
      address: `198.18.${number}.1`,
      subnet: '192.168.1',
    })
    const mobile = await Uplink.create(lab, computer, {
      name: `${name}-away`,
      device: 'mobile',
      address: `198.18.${number}.2`,
      subnet: '192.168.2',
    })
    return new MultihomedHost(computer, [home, mobile])
  }

  /** The uplink in use. */
  get activeUplink(): Uplink {
    return this.#uplinks[0]
  }

  /** Switches to the other uplink. All addresses change. */
  switchUplink(): void {
    this.#uplinks.reverse()
    this.namespace.ip(...this.#uplinks[1].downCommands, ...this.activeUplink.upCommands)
  }

  /** Resets the open signaling connections at both ends (RST). New connections pass. */
  resetSignaling(): void {
    execFileSync('ss', ['-N', this.namespace.name, '-K', `dport = :${webPort}`], { stdio: 'pipe' })
  }

  /** Resets the open signaling connections and rejects new ones. */
  cutSignaling(): Undo {
    const undo = this.activeUplink.rejectTcp(webPort)
    this.resetSignaling()
    return undo
  }

  /** Drops the packets of open signaling connections. New connections pass. */
  freezeOpenSignaling(): Undo {
    const lines = execFileSync('ss', ['-N', this.namespace.name, '-Htn', `dport = :${webPort}`], {
      encoding: 'utf8',
    }).split('\n')
    const ports = lines.flatMap((line) => Number(/:(\d+)\s+\S+:\d+\s*$/.exec(line)?.[1] ?? NaN) || [])
    if (ports.length === 0) throw new Error('no open signaling connection')
    return this.activeUplink.dropTcp(webPort, ports)
  }

  /** Drops all packets to and from the web port. */
  freezeSignaling(): Undo {
    return this.activeUplink.dropTcp(webPort)
  }
}
