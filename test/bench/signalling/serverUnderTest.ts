import type { ChildProcess } from 'node:child_process'
import { waitForMessage, startNode } from '../harness/childProcess.ts'
import { benchScript } from '../harness/paths.ts'
import type { Scope } from '../harness/scope.ts'
import type { DialectName } from './load/dialects.ts'
import type { ExchangeResult, LoadCommand } from './load/load.ts'
import type { Usage } from './servers/usageReporter.ts'

/** The printed names, which `--only` filters. */
export const serverNames: Record<DialectName, string> = { duet: 'duet', socketio: 'socket.io', ws: 'bare ws' }

/** A server on core 0 and its clients on core 1. */
export class ServerUnderTest {
  readonly dialect: DialectName
  readonly #server: ChildProcess
  readonly #load: ChildProcess
  readonly #port: number

  /** Starts the server and its clients' process. The scope stops them. */
  static async start(scope: Scope, dialect: DialectName): Promise<ServerUnderTest> {
    const server = startNode(scope, { args: [benchScript(dialect)], cpuCore: 0, nodeFlags: ['--expose-gc'] })
    const load = startNode(scope, { args: [benchScript('load')], cpuCore: 1 })
    return new ServerUnderTest(
      dialect,
      server,
      load,
      await waitForMessage(server, (raw) => (raw as { port?: number }).port),
    )
  }

  private constructor(dialect: DialectName, server: ChildProcess, load: ChildProcess, port: number) {
    this.dialect = dialect
    this.#server = server
    this.#load = load
    this.#port = port
  }

  /** Connects `pairs` pairs of clients, in rooms that begin with `prefix`. */
  async join(pairs: number, prefix: string): Promise<void> {
    this.#sendCommand({ type: 'enter', dialect: this.dialect, ports: [this.#port], pairs, prefix })
    await waitForMessage(this.#load, (raw) => (raw as { entered?: number }).entered, 120_000)
  }

  /** Lets the first `pairs` pairs exchange `each` messages. */
  exchange(pairs: number, each: number): Promise<ExchangeResult> {
    this.#sendCommand({ type: 'exchange', pairs, each })
    return waitForMessage(this.#load, (raw) => (raw as { exchanged?: ExchangeResult }).exchanged, 120_000)
  }

  /** Reads the usage of the server, optionally after a garbage collection. */
  readUsage(afterCollection = false): Promise<Usage> {
    this.#server.send(afterCollection ? 'usage after gc' : 'usage')
    return waitForMessage(this.#server, (raw) => (raw as { usage?: Usage }).usage)
  }

  #sendCommand(order: LoadCommand): void {
    this.#load.send(order)
  }
}
