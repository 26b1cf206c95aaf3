import { RelayClient } from './relayClient.ts'
import type { CommandResults, LoadCommand, Target } from './commands.ts'
import { pause, startStopwatch } from './stopwatch.ts'

const warmUpMs = 500

interface State {
  cycles: number
  isOver: boolean
}

/** Runs `concurrency` allocation cycles in parallel for `seconds`. */
export async function churn({ target, concurrency, seconds }: LoadCommand<'churn'>): Promise<CommandResults['churn']> {
  const state = { cycles: 0, isOver: false }
  const all = Promise.all(Array.from({ length: concurrency }, () => runCycles(target, state)))
  const [answer] = await Promise.all([countCycles(target, state, seconds), all])
  return answer
}

/** Repeats the cycle of a browser: challenge, Allocate, and Refresh with 0 at the end of the call. */
async function runCycles(target: Target, state: State): Promise<void> {
  while (!state.isOver) {
    const client = await RelayClient.open(target)
    await client.allocate()
    await client.release()
    state.cycles++
  }
}

async function countCycles({ pid }: Target, state: State, seconds: number): Promise<CommandResults['churn']> {
  await pause(warmUpMs)
  const [before, used] = [state.cycles, startStopwatch(pid)]
  await pause(seconds * 1000)
  const answer = { ...used(), cycles: state.cycles - before }
  state.isOver = true
  return answer
}
