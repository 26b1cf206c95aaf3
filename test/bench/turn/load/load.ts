import { churn } from './churn.ts'
import { RelayClient } from './client.ts'
import type { Answers, Kind, Order } from './orders.ts'
import { pace } from './pace.ts'
import { inBatches } from './pair.ts'
import { relay } from './relay.ts'

/** The discard port: nobody is there, and nothing is sent. */
const peer = { ip: '127.0.0.1', port: 9 }

async function crowd({ target, count }: Order<'crowd'>): Promise<Answers['crowd']> {
  const clients = await inBatches(count, async () => {
    const client = await RelayClient.open(target)
    await client.allocate()
    await client.bind(peer)
    return client
  })
  return { count: clients.length }
}

const work: { [K in Kind]: (order: Order<K>) => Promise<Answers[K]> } = { relay, pace, churn, crowd }

process.on('message', (order: Order) => {
  const perform = work[order.kind] as (order: Order) => Promise<Answers[Kind]>
  perform(order).then((answer) => process.send?.({ answer }), (error: unknown) => {
    console.error(error)
    process.exit(1)
  })
})
process.on('disconnect', () => process.exit(0))
