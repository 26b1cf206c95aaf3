import { execFileSync } from 'node:child_process'
import type { Lab } from '../../nat/lab.ts'
import { Namespace, ownName } from '../../nat/namespace.ts'
import { type Undo, Way } from './way.ts'

/** Where the product's pages and its line are. */
export const webPort = 443

/** A computer with two ways to the internet, of which it takes one: at home, and by mobile network. */
export class Household {
  readonly computer: Namespace
  readonly #ways: [Way, Way]

  private constructor(computer: Namespace, ways: [Way, Way]) {
    this.computer = computer
    this.#ways = ways
    computer.ip(...this.way.joining)
  }

  /** @param number no other's, from 1 */
  static async build(lab: Lab, name: string, number: number): Promise<Household> {
    const computer = new Namespace(ownName(name))
    const home = await Way.lay(lab, computer, { name: `${name}-home`, device: 'wifi', address: `198.18.${number}.1`, net: '192.168.1' })
    const mobile = await Way.lay(lab, computer, { name: `${name}-away`, device: 'mobile', address: `198.18.${number}.2`, net: '192.168.2' })
    return new Household(computer, [home, mobile])
  }

  /** The one that is taken. */
  get way(): Way {
    return this.#ways[0]
  }

  /** From one network to the other: no address stays. */
  move(): void {
    this.#ways.reverse()
    this.computer.ip(...this.#ways[1].leaving, ...this.way.joining)
  }

  /** The line to the server ends, at both ends by RST; what is opened next passes. */
  resetLine(): void {
    execFileSync('ss', ['-N', this.computer.name, '-K', `dport = :${webPort}`], { stdio: 'pipe' })
  }

  /** The same, and nothing can be opened. */
  cutLine(): Undo {
    const undo = this.way.close(webPort)
    this.resetLine()
    return undo
  }

  /** What is connected stays so and carries nothing; what is opened next passes. */
  abandonLine(): Undo {
    const lines = execFileSync('ss', ['-N', this.computer.name, '-Htn', `dport = :${webPort}`], { encoding: 'utf8' }).split('\n')
    const ports = lines.flatMap((line) => Number(/:(\d+)\s+\S+:\d+\s*$/.exec(line)?.[1] ?? NaN) || [])
    if (ports.length === 0) throw new Error('there is no line to the server')
    return this.way.freeze(webPort, ports)
  }

  freezeLine(): Undo {
    return this.way.freeze(webPort)
  }
}
