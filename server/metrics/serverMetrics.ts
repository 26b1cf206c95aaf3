import { performance } from 'node:perf_hooks'
import type { TurnServer } from '../../turn/index.ts'
import type { Dependencies } from '../api/dependencies.ts'
import type { Limits } from '../../machines/protocol/limits.ts'
import { MetricsRegistry } from '../common/metricsRegistry.ts'
import type { HttpServer } from '../http/httpServer.ts'
import type { SocketServer } from '../ws/socketServer.ts'
import { addTurnMetrics } from './turnMetrics.ts'

/** The objects that the metrics read. */
export interface MetricSources {
  socketServer: Pick<SocketServer, 'count' | 'apiErrors' | 'upgradeGuard' | 'disconnects' | 'bufferedBytes'>
  dependencies: Pick<Dependencies, 'rooms'>
  turn: TurnServer | null
  httpServer: Pick<HttpServer, 'plainConnections' | 'certificate' | 'handshakes'>
  limits: Limits
}

/** Creates the metrics of one server. No name and no label value identifies a room, a user or an address. */
export function createMetrics({
  socketServer,
  dependencies: { rooms },
  turn,
  httpServer,
  limits,
}: MetricSources): MetricsRegistry {
  const metrics = new MetricsRegistry()
  const { socketsTotal, roomsTotal, plainConnectionsTotal, mailboxBytesTotal } = limits
  metrics.gauge('duet_ws_connections', 'Open WebSockets, one per page.', () => socketServer.count)
  metrics.gauge('duet_rooms', 'Rooms with at least one seat that is connected or reserved for its holder.', () =>
    rooms.store.countRooms(),
  )
  metrics.gauge(
    'duet_http_connections',
    'Open connections of the web port that carry neither a WebSocket nor TURN.',
    () => httpServer.plainConnections.count,
  )
  metrics.counter(
    'duet_http_connections_evicted_total',
    'HTTP connections closed to make room for newer ones.',
    () => httpServer.plainConnections.evictedCount,
  )
  metrics.labelledGauge('duet_limit', 'Configured maximum, by resource.', 'resource', () => ({
    ws_connections: socketsTotal,
    rooms: roomsTotal,
    http_connections: plainConnectionsTotal,
    mailbox_bytes: mailboxBytesTotal,
  }))
  metrics.gauge(
    'duet_mailbox_bytes',
    'Estimated heap of the messages in all mailboxes.',
    () => rooms.store.mailboxBytes,
  )
  metrics.labelledCounter(
    'duet_api_errors_total',
    'API calls that returned an error, by error code.',
    'code',
    () => socketServer.apiErrors,
  )
  metrics.labelledCounter(
    'duet_ws_upgrades_rejected_total',
    'Rejected WebSocket upgrades, by HTTP status. 403: another origin. 421: another host name. 429: too many sockets of one address. 503: shutdown, or too many sockets in total. Others: malformed requests.',
    'status',
    () => socketServer.upgradeGuard.rejectedByStatus,
  )
  metrics.labelledCounter(
    'duet_ws_disconnects_total',
    'WebSockets that the server disconnected, by reason.',
    'reason',
    () => socketServer.disconnects,
  )
  metrics.gauge(
    'duet_ws_buffered_bytes',
    'Bytes in the send buffers of all WebSockets.',
    () => socketServer.bufferedBytes,
  )
  metrics.counter(
    'duet_duplicate_messages_total',
    'Duplicate messages dropped (client retried after a lost acknowledgement).',
    () => rooms.duplicates,
  )
  if (httpServer.handshakes) {
    metrics.counter(
      'duet_tls_handshakes_rejected_total',
      'Connections to the web port that were closed before their TLS handshake, because their network exceeded its rate limit.',
      () => httpServer.handshakes?.rejectedCount ?? 0,
    )
  }
  if (httpServer.certificate() !== undefined) {
    metrics.gauge(
      'duet_tls_certificate_expiry_seconds',
      'Unix time at which the TLS certificate of the web port expires.',
      () => Date.parse(httpServer.certificate()?.validTo ?? '') / 1000,
    )
  }
  if (turn) addTurnMetrics(metrics, turn)
  addProcessMetrics(metrics)
  return metrics
}

/** The standard process metrics. prom-client's own start observers that cannot be stopped. */
function addProcessMetrics(metrics: MetricsRegistry): void {
  metrics.gauge(
    'process_start_time_seconds',
    'Start time of the process as Unix time in seconds.',
    () => performance.timeOrigin / 1000,
  )
  metrics.gauge('process_resident_memory_bytes', 'Resident memory of the process in bytes.', () =>
    process.memoryUsage.rss(),
  )
  metrics.counter('process_cpu_seconds_total', 'User and system CPU time of all threads, in seconds.', () => {
    const { user, system } = process.cpuUsage()
    return (user + system) / 1_000_000
  })
  metrics.counter(
    'duet_event_loop_busy_seconds_total',
    'Time that the event loop of the main thread was busy, in seconds.',
    () => performance.eventLoopUtilization().active / 1000,
  )
}
