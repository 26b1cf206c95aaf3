import { quantile } from '../../harness/statistics.ts'
import { type DialectName, dialects } from './dialects.ts'
import { ClientPair } from './clientPair.ts'

/** Commands of the bench to this process, one at a time. */
export type LoadCommand =
  | { type: 'enter'; dialect: DialectName; port: number; pairs: number; prefix: string }
  | { type: 'exchange'; pairs: number; each: number }

/** The result of an `exchange` command. */
export interface ExchangeResult {
  messages: number
  seconds: number
  p50Ms: number
  p99Ms: number
}

/** The number of pairs that connect at once. */
const batchSize = 25
const pairs: ClientPair[] = []

async function join({ dialect, port, pairs: count, prefix }: Extract<LoadCommand, { type: 'enter' }>): Promise<object> {
  for (let first = 0; first < count; first += batchSize) {
    const batch = Array.from(
      { length: Math.min(batchSize, count - first) },
      (_, n) => new ClientPair(dialects[dialect], port, `${prefix}-${first + n}`),
    )
    await Promise.all(batch.map((pair) => pair.waitUntilJoined()))
    pairs.push(...batch)
  }
  return { entered: pairs.length }
}

async function exchange({ pairs: count, each }: Extract<LoadCommand, { type: 'exchange' }>): Promise<object> {
  const latencies: number[] = []
  const since = performance.now()
  await Promise.all(pairs.slice(0, count).map((pair) => pair.exchange(each, latencies)))
  const seconds = (performance.now() - since) / 1_000
  return {
    exchanged: {
      messages: latencies.length,
      seconds,
      p50Ms: quantile(latencies, 0.5),
      p99Ms: quantile(latencies, 0.99),
    },
  }
}

process.on('message', (order: LoadCommand) => {
  const work = order.type === 'enter' ? join(order) : exchange(order)
  work.then(
    (answer) => process.send?.(answer),
    (error: unknown) => {
      console.error(error)
      process.exit(1)
    },
  )
})
process.on('disconnect', () => process.exit(0))
