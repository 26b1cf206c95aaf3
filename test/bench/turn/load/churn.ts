import type { CommandResults, LoadCommand, Target } from './commands.ts'
import type { Network } from './network.ts'
import { RelayClient } from './relayClient.ts'
import { pause, startStopwatch } from './stopwatch.ts'

interface State {
  cycles: number
  isOver: boolean
}

/** Runs `concurrency` allocation cycles in parallel for `seconds`, after a warm-up. */
export async function churn(network: Network, command: LoadCommand<'churn'>): Promise<CommandResults['churn']> {
  const state = { cycles: 0, isOver: false }
  const cycles = Array.from({ length: command.concurrency }, () => runCycles(network, command.target, state))
  const [answer] = await network.pollDuring(Promise.all([countCycles(command, state), ...cycles]))
  return answer
}

/** Repeats the cycle of a browser: challenge, Allocate, and Refresh with 0 at the end of the call. */
async function runCycles(network: Network, target: Target, state: State): Promise<void> {
  while (!state.isOver) {
    const client = new RelayClient(network, target)
    await client.allocate()
    await client.release()
    state.cycles++
  }
}

async function countCycles(
  { target: { pid }, warmUpSeconds, seconds }: LoadCommand<'churn'>,
  state: State,
): Promise<CommandResults['churn']> {
  await pause(warmUpSeconds * 1000)
  const [before, used] = [state.cycles, startStopwatch(pid)]
  await pause(seconds * 1000)
  const answer = { ...used(), cycles: state.cycles - before }
  state.isOver = true
  return answer
}
