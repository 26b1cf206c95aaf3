import { RelayClient } from './client.ts'
import type { Answers, Order, Target } from './orders.ts'
import { pause, stopwatch } from './stopwatch.ts'

const warmMs = 500

interface State {
  cycles: number
  isOver: boolean
}

/** So many go through cycle after cycle for so long. */
export async function churn({ target, atOnce, seconds }: Order<'churn'>): Promise<Answers['churn']> {
  const state = { cycles: 0, isOver: false }
  const all = Promise.all(Array.from({ length: atOnce }, () => goOn(target, state)))
  const [answer] = await Promise.all([count(target, state, seconds), all])
  return answer
}

/** As a browser does it: challenge, Allocate, and Refresh with 0 when the call is over. */
async function goOn(target: Target, state: State): Promise<void> {
  while (!state.isOver) {
    const client = await RelayClient.open(target)
    await client.allocate()
    await client.release()
    state.cycles++
  }
}

async function count({ pid }: Target, state: State, seconds: number): Promise<Answers['churn']> {
  await pause(warmMs)
  const [before, used] = [state.cycles, stopwatch(pid)]
  await pause(seconds * 1000)
  const answer = { ...used(), cycles: state.cycles - before }
  state.isOver = true
  return answer
}
