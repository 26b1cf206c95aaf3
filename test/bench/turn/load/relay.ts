import { ClosedLoop, lossCheckMs } from './closedLoop.ts'
import type { CommandResults, LoadCommand } from './commands.ts'
import type { Network } from './network.ts'
import { closePairs, openPairs } from './relayedPair.ts'
import { startStopwatch } from './stopwatch.ts'

/** Time for buffers to grow and code to be compiled. */
const warmUpSeconds = 0.5

/**
 * Closed loop: measures the maximum throughput for `seconds`.
 * It runs without a pause. Servers that send to a sleeping process would pay for each wake-up.
 */
export async function relay(
  network: Network,
  { target, pairs: count, sizeBytes, window, seconds }: LoadCommand<'relay'>,
): Promise<CommandResults['relay']> {
  const pairs = await network.pollDuring(openPairs(network, target, count))
  const loops = pairs.map((pair) => new ClosedLoop(network, pair, window, sizeBytes))
  const total = (key: 'received' | 'lost'): number => loops.reduce((sum, loop) => sum + loop[key], 0)
  for (const loop of loops) loop.start()
  circulate(network, loops, warmUpSeconds)
  const [received, lost, used] = [total('received'), total('lost'), startStopwatch(target.pid)]
  circulate(network, loops, seconds)
  const answer = { ...used(), messages: total('received') - received, lost: total('lost') - lost }
  await network.pollDuring(closePairs(pairs))
  return answer
}

function circulate(network: Network, loops: ClosedLoop[], seconds: number): void {
  const endsAt = performance.now() + seconds * 1000
  let checkAt = performance.now() + lossCheckMs
  for (let now = performance.now(); now < endsAt; now = performance.now()) {
    network.poll()
    if (now < checkAt) continue
    for (const loop of loops) loop.resendLost()
    checkAt += lossCheckMs
  }
}
