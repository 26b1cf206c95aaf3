import { quantile } from '../../frame/statistics.ts'
import { type DialectName, dialects } from './dialects.ts'
import { Pair } from './pair.ts'

/** What the bench asks of this process, one thing at a time. */
export type Order =
  | { type: 'enter'; dialect: DialectName; port: number; pairs: number; prefix: string }
  | { type: 'exchange'; pairs: number; each: number }

export interface Exchanged {
  messages: number
  seconds: number
  p50: number
  p99: number
}

/** So many open their sockets at once. */
const atOnce = 25
const pairs: Pair[] = []

async function enter({ dialect, port, pairs: count, prefix }: Extract<Order, { type: 'enter' }>): Promise<object> {
  for (let first = 0; first < count; first += atOnce) {
    const batch = Array.from({ length: Math.min(atOnce, count - first) }, (_, n) => new Pair(dialects[dialect], port, `${prefix}-${first + n}`))
    await Promise.all(batch.map((pair) => pair.entered()))
    pairs.push(...batch)
  }
  return { entered: pairs.length }
}

async function exchange({ pairs: count, each }: Extract<Order, { type: 'exchange' }>): Promise<object> {
  const latencies: number[] = []
  const since = performance.now()
  await Promise.all(pairs.slice(0, count).map((pair) => pair.exchange(each, latencies)))
  const seconds = (performance.now() - since) / 1_000
  return { exchanged: { messages: latencies.length, seconds, p50: quantile(latencies, 0.5), p99: quantile(latencies, 0.99) } }
}

process.on('message', (order: Order) => {
  const work = order.type === 'enter' ? enter(order) : exchange(order)
  work.then((answer) => process.send?.(answer), (error: unknown) => {
    console.error(error)
    process.exit(1)
  })
})
process.on('disconnect', () => process.exit(0))
