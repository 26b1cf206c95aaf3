import { freePort, secret } from '../turn/servers/server.ts'
import type { Benchmark, BenchOptions, BenchReport } from '../harness/benchmark.ts'
import { runProgram } from '../harness/childProcess.ts'
import type { Scope } from '../harness/scope.ts'
import type { Table } from '../harness/table.ts'
import { makeCertificates } from '../../server/certificates.ts'
import { makeCredentials } from '../../../turn/core/credentials.ts'
import { duetDgram, findDuetBatch } from '../turn/servers/duet.ts'
import { relayIp, type MissingServer, type Server } from '../turn/servers/server.ts'
import { type ClientTransport, type Exchange, type ForeignClient, transports } from './contract.ts'
import { findClients } from './findClients.ts'

/** Without `--minutes`: enough for all methods except refreshes. */
const short = { messages: 100, intervalMs: 20 }
const longIntervalMs = 1_000
/** Time for a client to start and to connect. */
const startTimeoutMs = 30_000

/** The result of one client over one transport. */
interface ClientResult {
  readonly client: string
  readonly engine: string
  readonly transport: ClientTransport
  readonly outcome: string
  readonly isFailure: boolean
}

interface TurnPorts {
  readonly udp: number
  readonly tcp: number
  readonly tls: number
}

/** TURN clients of others relay through both engines of the product. */
export const clients: Benchmark = {
  summary: 'TURN clients of others relay over UDP, TCP and TLS through both engines; --minutes 14 includes refreshes',
  help: [
    '--only TEXT    only the clients whose name contains TEXT',
    '--minutes N    one message a second for N minutes, all clients at once; 14 minutes need every refresh',
    '',
    'Packages: golang-go golang-github-pion-turn.v2-dev python3-aioice libnice-dev (Debian), and from npm:',
    '  npm install --ignore-scripts --prefix dist/bench/clients @roamhq/wrtc node-datachannel',
    'BENCH_CLIENTS  another folder with the packages from npm',
  ],
  limitMinutes: 60,
  async run(scope, { only = '', minutes }: BenchOptions): Promise<BenchReport> {
    const found = (await findClients(scope)).filter(({ name }) => name.includes(only))
    const engines = [await findDuetBatch(scope), duetDgram]
    const load = minutes ? { messages: minutes * 60, intervalMs: longIntervalMs } : short
    const runs: (() => Promise<ClientResult>)[] = []
    for (const engine of engines.filter((each): each is Server => !('reason' in each))) {
      const ports = await startEngine(scope, engine)
      for (const client of found.filter((each): each is ForeignClient => 'command' in each))
        for (const transport of transports) runs.push(() => runClient(scope, client, engine, transport, ports, load))
    }
    const results = minutes ? await Promise.all(runs.map((run) => run())) : await runInTurn(runs)
    const failures = results
      .filter(({ isFailure }) => isFailure)
      .map(({ client, engine, transport, outcome }) => `${client} over ${transport}, ${engine}: ${outcome}`)
    return { tables: [createTable(found, engines, results)], data: { results, clients: found }, failures }
  },
}

/** Starts an engine with a TLS port, on every address: most clients ignore loopback. */
async function startEngine(scope: Scope, engine: Server): Promise<TurnPorts> {
  const certificates = makeCertificates({ name: 'turn', subjects: `IP:${relayIp}` })
  scope.defer(() => certificates.remove())
  const tls = await freePort()
  const env = {
    HOST: '0.0.0.0',
    DUET_TLS_CERT: certificates.file('turn.crt'),
    DUET_TLS_KEY: certificates.file('turn.key'),
    DUET_TURN_TLS_PORT: String(tls),
  }
  const { port } = await engine.start(scope, { env })
  return { udp: port, tcp: port, tls }
}

async function runClient(
  scope: Scope,
  { name, command, unsupported }: ForeignClient,
  engine: Server,
  transport: ClientTransport,
  ports: TurnPorts,
  { messages, intervalMs }: typeof short,
): Promise<ClientResult> {
  const result = { client: name, engine: engine.name, transport }
  const reason = unsupported[transport]
  if (reason) return { ...result, outcome: `not supported: ${reason}`, isFailure: false }
  const { username, credential } = makeCredentials(secret, 'bench', Math.floor(Date.now() / 1000) + 86_400)
  const parameters = [transport, relayIp, ports[transport], username, credential, messages, intervalMs].map(String)
  const timeoutMs = messages * intervalMs * 2 + startTimeoutMs
  const { code, output, errors } = await runProgram(scope, { command: [...command, ...parameters], timeoutMs })
  console.error(`${name} over ${transport}, ${engine.name}: exit code ${code}`)
  if (code !== 0)
    return { ...result, outcome: errors.trim().split('\n').at(-1) || `exit code ${code}`, isFailure: true }
  const { sent, received } = JSON.parse(output.trim().split('\n').at(-1)!) as Exchange
  return { ...result, outcome: `${received} of ${sent}`, isFailure: received < sent }
}

async function runInTurn(runs: readonly (() => Promise<ClientResult>)[]): Promise<ClientResult[]> {
  const results: ClientResult[] = []
  for (const run of runs) results.push(await run())
  return results
}

function createTable(
  found: Awaited<ReturnType<typeof findClients>>,
  engines: readonly (Server | MissingServer)[],
  results: readonly ClientResult[],
): Table {
  const outcomeOf = (client: string, engine: string, transport: ClientTransport): string =>
    results.find((each) => each.client === client && each.engine === engine && each.transport === transport)?.outcome ??
    '–'
  const rows = found.flatMap((client) =>
    'reason' in client
      ? [[client.name, client.reason]]
      : engines.map((engine) => [
          client.name,
          client.version,
          engine.name,
          ...('reason' in engine
            ? [engine.reason]
            : transports.map((transport) => outcomeOf(client.name, engine.name, transport))),
        ]),
  )
  return {
    title: 'Messages of foreign clients that returned through both relays',
    head: ['client', 'version', 'server', ...transports],
    rows,
  }
}
