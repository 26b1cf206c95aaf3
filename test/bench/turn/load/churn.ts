import { RelayClient } from './relayClient.ts'
import type { CommandResults, LoadCommand, Target } from './commands.ts'
import { pause, startStopwatch } from './stopwatch.ts'

const warmUpMs = 500

interface State {
  cycles: number
  isOver: boolean
}

/** So many go through cycle after cycle for so long. */
export async function churn({ target, concurrency, seconds }: LoadCommand<'churn'>): Promise<CommandResults['churn']> {
  const state = { cycles: 0, isOver: false }
  const all = Promise.all(Array.from({ length: concurrency }, () => runCycles(target, state)))
  const [answer] = await Promise.all([countCycles(target, state, seconds), all])
  return answer
}

/** As a browser does it: challenge, Allocate, and Refresh with 0 when the call is over. */
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
