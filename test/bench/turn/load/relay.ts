import type { CommandResults, LoadCommand } from './commands.ts'
import { closePairs, openPairs } from './relayedPair.ts'
import { ClosedLoop } from './closedLoop.ts'
import { pause, startStopwatch } from './stopwatch.ts'

/** Until buffers have grown and code is compiled. */
const warmUpMs = 500

/** As much as the server can, for so long. */
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
 * A server that sends to somebody asleep pays for waking them: a third of its time, on a virtual machine. The faster a server, the less
 * its clients sleep, so that it would be compared by that. Nobody sleeps while an immediate is due. @returns what lets us sleep again
 */
function stayAwake(): () => void {
  let isAwake = true
  const stay = (): void => void (isAwake && setImmediate(stay))
  stay()
  return () => void (isAwake = false)
}
