import { RelayClient } from './client.ts'
import type { Answers, Order } from './orders.ts'
import { pause, stopwatch } from './stopwatch.ts'

const warmMs = 500

/** As a browser does it: challenge, Allocate, and Refresh with 0 when the call is over. */
export async function churn({ target, atOnce, seconds }: Order<'churn'>): Promise<Answers['churn']> {
  let cycles = 0
  let isOver = false
  const cycle = async (): Promise<void> => {
    while (!isOver) {
      const client = await RelayClient.open(target)
      await client.allocate()
      await client.release()
      cycles++
    }
  }
  const all = Promise.all(Array.from({ length: atOnce }, cycle))
  const measured = async (): Promise<Answers['churn']> => {
    await pause(warmMs)
    const [before, used] = [cycles, stopwatch(target.pid)]
    await pause(seconds * 1000)
    const answer = { ...used(), cycles: cycles - before }
    isOver = true
    return answer
  }
  const [answer] = await Promise.all([measured(), all])
  return answer
}
