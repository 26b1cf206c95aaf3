import type { TurnServer, TurnCounters } from '../../turn/index.ts'
import type { MetricsRegistry } from '../common/metricsRegistry.ts'

type Names = { [K in keyof TurnCounters]: TurnCounters[K] extends number ? K : never }[keyof TurnCounters]
type Row = readonly [name: string, help: string, counter: Names]

const gauges: readonly Row[] = [
  ['allocations', 'Relay addresses that clients hold now; a page holds several, used or not.', 'allocations'],
  ['guest_allocations', 'Of the allocations that clients hold now, those of pages without a seat.', 'guestAllocations'],
  ['permissions', 'Peer addresses that allocations may talk to now.', 'permissions'],
  ['channels', 'Channels that are bound now.', 'channels'],
  ['connections', 'Connections of TURN clients over TCP and TLS that are open now.', 'connections'],
]

const counters: readonly Row[] = [
  ['allocated', 'Allocations that were made.', 'allocated'],
  ['guest_allocated', 'Of the allocations that were made, those of pages without a seat.', 'guestAllocated'],
  [
    'responses_rate_limited',
    'Responses over UDP to unauthenticated requests that were not sent because their source exceeded its rate limit.',
    'responsesRateLimited',
  ],
  [
    'dropped',
    'Packets dropped in silence: not STUN, without permission or channel, over a quota, or for a reader that is too slow.',
    'dropped',
  ],
  [
    'send_queue_dropped',
    'Packets dropped because the network or a reader took them more slowly than they came; they are in dropped, too.',
    'sendQueueDropped',
  ],
  ['port_conflicts', 'Relay ports that could not be bound because another process held them.', 'portConflicts'],
]

/** What the relay does. */
export function addTurnMetrics(metrics: MetricsRegistry, turn: TurnServer): void {
  const by = (read: (counters: TurnCounters) => Record<string, number>) => () => read(turn.counters())
  for (const [name, help, counter] of gauges) metrics.gauge(`duet_turn_${name}`, help, () => turn.counters()[counter])
  for (const [name, help, counter] of counters)
    metrics.counter(`duet_turn_${name}_total`, help, () => turn.counters()[counter])
  metrics.labelledCounter(
    'duet_turn_relayed_packets_total',
    'Packets relayed, by where they went.',
    'to',
    by(({ packetsToPeers, packetsToClients }) => ({ peers: packetsToPeers, clients: packetsToClients })),
  )
  metrics.labelledCounter(
    'duet_turn_relayed_bytes_total',
    'Bytes of payload relayed, by where they went.',
    'to',
    by(({ bytesToPeers, bytesToClients }) => ({ peers: bytesToPeers, clients: bytesToClients })),
  )
  metrics.labelledCounter(
    'duet_turn_error_responses_total',
    'Error responses, by code. Every client begins with a 401.',
    'code',
    by(({ errorResponses }) => errorResponses),
  )
  metrics.labelledCounter(
    'duet_turn_over_quota_total',
    'What a quota stopped: requests, packets (the quotas of bytes) and connections.',
    'quota',
    by(({ overQuota }) => overQuota),
  )
}
