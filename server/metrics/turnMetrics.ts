import type { TurnServer, TurnCounters } from '../../turn/index.ts'
import type { MetricsRegistry } from '../common/metricsRegistry.ts'

type Names = { [K in keyof TurnCounters]: TurnCounters[K] extends number ? K : never }[keyof TurnCounters]
type Row = readonly [name: string, help: string, counter: Names]

const gauges: readonly Row[] = [
  ['allocations', 'Current allocations. A page holds several, used or not.', 'allocations'],
  ['guest_allocations', 'Current allocations of pages without a seat.', 'guestAllocations'],
  ['permissions', 'Current permissions.', 'permissions'],
  ['channels', 'Current channel bindings.', 'channels'],
  ['connections', 'Open TURN connections over TCP and TLS.', 'connections'],
]

const counters: readonly Row[] = [
  ['allocated', 'Allocations created.', 'allocated'],
  ['guest_allocated', 'Allocations created for pages without a seat.', 'guestAllocated'],
  [
    'responses_rate_limited',
    'UDP responses to unauthenticated requests that were suppressed because their source exceeded its rate limit.',
    'responsesRateLimited',
  ],
  [
    'handshakes_rejected',
    'Connections to the TLS port of TURN that were closed before their handshake, because their network exceeded its rate limit.',
    'handshakesRejected',
  ],
  ['dropped', 'Packets dropped: not STUN, no permission or channel, over a quota, or a full send queue.', 'dropped'],
  [
    'send_queue_dropped',
    'Packets dropped because a send queue was full; duet_turn_dropped_total includes them.',
    'sendQueueDropped',
  ],
  ['port_conflicts', 'Relay ports that could not be bound because another process used them.', 'portConflicts'],
]

/** Adds the metrics of the TURN server. */
export function addTurnMetrics(metrics: MetricsRegistry, turn: TurnServer): void {
  metrics.refreshBeforeScrape(() => turn.currentCounters())
  const by = (read: (counters: TurnCounters) => Record<string, number>) => () => read(turn.counters())
  metrics.labelledGauge('duet_turn_engine_info', 'Source of UDP sockets: 1 for the one in use.', 'engine', () => ({
    [turn.engine]: 1,
  }))
  for (const [name, help, counter] of gauges) metrics.gauge(`duet_turn_${name}`, help, () => turn.counters()[counter])
  for (const [name, help, counter] of counters)
    metrics.counter(`duet_turn_${name}_total`, help, () => turn.counters()[counter])
  metrics.multiLabelledCounter(
    'duet_turn_client_allocations_total',
    'Allocations created, by the transport and the address family of the client. TLS counts as TCP.',
    ['transport', 'family'],
    () =>
      Object.entries(turn.counters().allocatedBy).map(([client, count]) => ({
        labels: { transport: client.slice(0, -1), family: `ipv${client.slice(-1)}` },
        count,
      })),
  )
  metrics.labelledCounter(
    'duet_turn_relayed_packets_total',
    'Packets relayed, by direction.',
    'to',
    by(({ packetsToPeers, packetsToClients }) => ({ peers: packetsToPeers, clients: packetsToClients })),
  )
  metrics.labelledCounter(
    'duet_turn_relayed_bytes_total',
    'Payload bytes relayed, by direction.',
    'to',
    by(({ bytesToPeers, bytesToClients }) => ({ peers: bytesToPeers, clients: bytesToClients })),
  )
  metrics.labelledCounter(
    'duet_turn_error_responses_total',
    'Error responses, by code. The first request of every client gets a 401.',
    'code',
    by(({ errorResponses }) => errorResponses),
  )
  metrics.labelledCounter(
    'duet_turn_over_quota_total',
    'Requests, packets (byte quotas) and connections rejected by a quota.',
    'quota',
    by(({ overQuota }) => overQuota),
  )
}
