import { quantile } from '../../harness/statistics.ts'
import { type DialectName, dialects } from './dialects.ts'
import { ClientPair } from './clientPair.ts'

/** What the bench asks of this process, one thing at a time. */
export type LoadCommand =
  | { type: 'enter'; dialect: DialectName; port: number; pairs: number; prefix: string }
  | { type: 'exchange'; pairs: number; each: number }

export interface ExchangeResult {
  messages: number
  seconds: number
  p50Ms: number
  p99Ms: number
}

/** So many open their sockets at once. */
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
    exchanged: { messages: latencies.length, seconds, p50: quantile(latencies, 0.5), p99: quantile(latencies, 0.99) },
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
