import { setTimeout as after } from 'node:timers/promises'
import type { TurnServer } from '../../turn/index.ts'
import type { Log } from '../common/log.ts'

/** Longer than the heartbeat interval of a call without media, one second. */
const idleMs = 2_000

/**
 * Drains the relay: rejects new allocations and resolves when no packet was relayed for 2 s, or after `timeoutMs`.
 * Idle allocations do not delay it: every open page holds some in reserve, and without rooms no call will use them.
 */
export async function drainRelay(turn: TurnServer, timeoutMs: number, log: Log): Promise<void> {
  let hasDrained = false
  const drained = turn.drain(timeoutMs).then(() => void (hasDrained = true))
  const { allocations } = await turn.currentCounters()
  if (allocations > 0) log.info({ allocations, timeoutMs }, 'waiting for relayed calls to finish')
  for (let before = -1; !hasDrained && before !== countRelayedPackets(turn);) {
    before = countRelayedPackets(turn)
    await Promise.race([drained, after(idleMs, undefined, { ref: false })])
  }
}

function countRelayedPackets(turn: TurnServer): number {
  const { packetsToPeers, packetsToClients } = turn.counters()
  return packetsToPeers + packetsToClients
}
