import type { ChildProcess } from 'node:child_process'
import { message, startNode } from '../frame/child.ts'
import { benchScript } from '../frame/paths.ts'
import type { Scope } from '../frame/scope.ts'
import type { DialectName } from './load/dialects.ts'
import type { Exchanged, Order } from './load/load.ts'
import type { Usage } from './servers/host.ts'

export const names: Record<DialectName, string> = { duet: 'duet', socketio: 'socket.io', ws: 'bare ws' }

/** A server on one core and its visitors on the other. */
export class Subject {
  readonly dialect: DialectName
  readonly #server: ChildProcess
  readonly #load: ChildProcess
  readonly #port: number

  static async start(scope: Scope, dialect: DialectName): Promise<Subject> {
    const server = startNode(scope, { args: [benchScript(dialect)], core: 0, nodeFlags: ['--expose-gc'] })
    const load = startNode(scope, { args: [benchScript('load')], core: 1 })
    return new Subject(dialect, server, load, await message(server, (raw) => (raw as { port?: number }).port))
  }

  private constructor(dialect: DialectName, server: ChildProcess, load: ChildProcess, port: number) {
    this.dialect = dialect
    this.#server = server
    this.#load = load
    this.#port = port
  }

  async enter(pairs: number, prefix: string): Promise<void> {
    this.#order({ type: 'enter', dialect: this.dialect, port: this.#port, pairs, prefix })
    await message(this.#load, (raw) => (raw as { entered?: number }).entered, 120_000)
  }

  exchange(pairs: number, each: number): Promise<Exchanged> {
    this.#order({ type: 'exchange', pairs, each })
    return message(this.#load, (raw) => (raw as { exchanged?: Exchanged }).exchanged, 120_000)
  }

  usage(afterCollection = false): Promise<Usage> {
    this.#server.send(afterCollection ? 'usage after gc' : 'usage')
    return message(this.#server, (raw) => (raw as { usage?: Usage }).usage)
  }

  #order(order: Order): void {
    this.#load.send(order)
  }
}
