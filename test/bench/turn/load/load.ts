import { churn } from './churn.ts'
import { RelayClient } from './relayClient.ts'
import type { CommandResults, CommandKind, LoadCommand } from './commands.ts'
import { pace } from './pace.ts'
import { openInBatches } from './relayedPair.ts'
import { relay } from './relay.ts'

/** The discard port. Nothing is sent to it. */
const peer = { ip: '127.0.0.1', port: 9 }

async function holdAllocations({
  target,
  count,
}: LoadCommand<'holdAllocations'>): Promise<CommandResults['holdAllocations']> {
  const clients = await openInBatches(count, async () => {
    const client = await RelayClient.open(target)
    await client.allocate()
    await client.bind(peer)
    return client
  })
  return { count: clients.length }
}

const work: { [K in CommandKind]: (order: LoadCommand<K>) => Promise<CommandResults[K]> } = {
  relay,
  pace,
  churn,
  holdAllocations,
}

process.on('message', (order: LoadCommand) => {
  const perform = work[order.kind] as (order: LoadCommand) => Promise<CommandResults[CommandKind]>
  perform(order).then(
    (answer) => process.send?.({ answer }),
    (error: unknown) => {
      console.error(error)
      process.exit(1)
    },
  )
})
process.on('disconnect', () => process.exit(0))
