import { setTimeout as after } from 'node:timers/promises'
import type { Turn } from '../../turn/index.ts'
import type { Log } from '../common/log.ts'

/** Longer than the second between two heartbeats of a call in which nobody says or shows anything. */
const lullMs = 2_000

/**
 * TURN takes no new allocation from here on; resolves when nothing is relayed any more, or so many milliseconds have passed.
 * An allocation alone is not waited for: every open page holds some in reserve, and with the rooms gone none of those will be used.
 */
export async function relayOver(turn: Turn, milliseconds: number, log: Log): Promise<void> {
  const { allocations } = turn.counters()
  if (allocations > 0) log.info({ allocations, seconds: milliseconds / 1000 }, 'server waits until nothing is relayed')
  let isOver = false
  const drained = turn.drain(milliseconds).then(() => void (isOver = true))
  for (let before = -1; !isOver && before !== relayed(turn);) {
    before = relayed(turn)
    await Promise.race([drained, after(lullMs, undefined, { ref: false })])
  }
}

function relayed(turn: Turn): number {
  const { packetsToPeers, packetsToClients } = turn.counters()
  return packetsToPeers + packetsToClients
}
