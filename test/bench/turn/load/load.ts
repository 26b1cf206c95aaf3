import { churn } from './churn.ts'
import type { CommandKind, CommandResults, LoadCommand } from './commands.ts'
import { Network } from './network.ts'
import { pace } from './pace.ts'
import { relay } from './relay.ts'
import { RelayClient } from './relayClient.ts'
import { openInBatches } from './relayedPair.ts'
import { measureSyscall } from './syscall.ts'

/** The discard port. Nothing is sent to it. */
const peer = { ip: '127.0.0.1', port: 9 }

async function holdAllocations(
  network: Network,
  { target, count }: LoadCommand<'holdAllocations'>,
): Promise<CommandResults['holdAllocations']> {
  const open = async (): Promise<RelayClient> => {
    const client = new RelayClient(network, target)
    await client.allocate()
    await client.bind(peer)
    return client
  }
  return { count: (await network.pollDuring(openInBatches(count, open))).length }
}

const work: { [K in CommandKind]: (network: Network, command: LoadCommand<K>) => Promise<CommandResults[K]> } = {
  relay,
  pace,
  churn,
  holdAllocations,
  syscall: async () => measureSyscall(),
}

const network = new Network()
process.on('message', (command: LoadCommand) => {
  const perform = work[command.kind] as (network: Network, command: LoadCommand) => Promise<CommandResults[CommandKind]>
  perform(network, command).then(
    (answer) => process.send?.({ answer }),
    (error: Error) => process.send?.({ failure: error.message }),
  )
})
process.on('disconnect', () => process.exit(0))
