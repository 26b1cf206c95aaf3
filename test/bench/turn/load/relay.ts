import type { CommandResults, LoadCommand } from './commands.ts'
import { closePairs, openPairs } from './relayedPair.ts'
import { ClosedLoop } from './closedLoop.ts'
import { pause, startStopwatch } from './stopwatch.ts'

/** Time for buffers to grow and code to be compiled. */
const warmUpMs = 500

/** Closed loop: measures the maximum throughput for `seconds`. */
export async function relay({
  target,
  pairs: count,
  sizeBytes,
  window,
  seconds,
}: LoadCommand<'relay'>): Promise<CommandResults['relay']> {
  const pairs = await openPairs(target, count)
  const rings = pairs.map((pair) => new ClosedLoop(pair, window, sizeBytes))
  const total = (key: 'received' | 'lost'): number => rings.reduce((sum, ring) => sum + ring[key], 0)
  const stops = [...rings.map((ring) => ring.start()), stayAwake()]
  await pause(warmUpMs)
  const [received, lost, used] = [total('received'), total('lost'), startStopwatch(target.pid)]
  await pause(seconds * 1000)
  const answer = { ...used(), messages: total('received') - received, lost: total('lost') - lost }
  for (const stop of stops) stop()
  await closePairs(pairs)
  return answer
}

/**
 * Keeps this process awake with a pending immediate. A server that sends to a sleeping process pays for the wake-up:
 * a third of its time on a virtual machine. Clients of a faster server sleep less, which would distort the comparison.
 * Returns the stop function.
 */
function stayAwake(): () => void {
  let isAwake = true
  const stay = (): void => void (isAwake && setImmediate(stay))
  stay()
  return () => void (isAwake = false)
}
