import { quantile } from '../../harness/statistics.ts'
import { type DialectName, dialects } from './dialects.ts'
import { BenchClient } from './benchClient.ts'
import { ClientPair } from './clientPair.ts'

/** Commands of the bench to this process, one at a time. */
export type LoadCommand =
  /** `receiverPorts`: the node of the second client of each pair; the pairs take turns. `ports`: of the first client. */
  | { type: 'enter'; dialect: DialectName; ports: number[]; receiverPorts?: number[]; pairs: number; prefix: string }
  /** Joins rooms with one client each, which waits. */
  | { type: 'wait'; dialect: DialectName; port: number; rooms: number; prefix: string }
  | { type: 'exchange'; pairs: number; each: number }
  /** Sends messages at a steady rate, from all pairs in turn. */
  | { type: 'pace'; perSecond: number; seconds: number }

/** The result of an `exchange` or a `pace` command. */
export interface ExchangeResult {
  messages: number
  seconds: number
  p50Ms: number
  p99Ms: number
}

/** The number of pairs that connect at once. */
const batchSize = 25
const pairs: ClientPair[] = []

async function join({
  dialect,
  ports,
  receiverPorts = ports,
  pairs: count,
  prefix,
}: Extract<LoadCommand, { type: 'enter' }>): Promise<object> {
  for (let first = 0; first < count; first += batchSize) {
    const batch = Array.from({ length: Math.min(batchSize, count - first) }, (_, n) => {
      const select = (nodes: number[]): number => nodes[(first + n) % nodes.length]!
      return new ClientPair(dialects[dialect], select(ports), `${prefix}-${first + n}`, select(receiverPorts))
    })
    await Promise.all(batch.map((pair) => pair.waitUntilJoined()))
    pairs.push(...batch)
  }
  return { entered: pairs.length }
}

const waiting: BenchClient[] = []

async function wait({ dialect, port, rooms, prefix }: Extract<LoadCommand, { type: 'wait' }>): Promise<object> {
  for (let first = 0; first < rooms; first += batchSize) {
    const batch = Array.from(
      { length: Math.min(batchSize, rooms - first) },
      (_, n) => new BenchClient(dialects[dialect], port, `${prefix}-${first + n}`),
    )
    await Promise.all(batch.map(({ joined }) => joined))
    waiting.push(...batch)
  }
  return { entered: waiting.length }
}

/** A late tick sends the messages that are due, and their delay counts. */
async function pace({ perSecond, seconds }: Extract<LoadCommand, { type: 'pace' }>): Promise<object> {
  const latencies: number[] = []
  const startedAtMs = performance.now()
  const total = Math.round(perSecond * seconds)
  for (let sent = 0; sent < total;) {
    const dueCount = Math.min(total, ((performance.now() - startedAtMs) / 1_000) * perSecond)
    for (; sent < dueCount; sent++)
      pairs[sent % pairs.length]!.sendPaced(startedAtMs + (sent / perSecond) * 1_000, latencies)
    await new Promise((resolve) => setTimeout(resolve, 1))
  }
  while (pairs.some(({ pendingCount }) => pendingCount > 0)) await new Promise((resolve) => setTimeout(resolve, 1))
  return { exchanged: summarize(latencies, (performance.now() - startedAtMs) / 1_000) }
}

const summarize = (latencies: number[], seconds: number): ExchangeResult => ({
  messages: latencies.length,
  seconds,
  p50Ms: quantile(latencies, 0.5),
  p99Ms: quantile(latencies, 0.99),
})

async function exchange({ pairs: count, each }: Extract<LoadCommand, { type: 'exchange' }>): Promise<object> {
  const latencies: number[] = []
  const since = performance.now()
  await Promise.all(pairs.slice(0, count).map((pair) => pair.exchange(each, latencies)))
  const seconds = (performance.now() - since) / 1_000
  return { exchanged: summarize(latencies, seconds) }
}

process.on('message', (order: LoadCommand) => {
  const run = { enter: join, wait, exchange, pace }[order.type] as (command: LoadCommand) => Promise<object>
  run(order).then(
    (answer) => process.send?.(answer),
    (error: unknown) => {
      console.error(error)
      process.exit(1)
    },
  )
})
process.on('disconnect', () => process.exit(0))
