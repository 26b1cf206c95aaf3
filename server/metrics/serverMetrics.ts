import type { TurnServer } from '../../turn/index.ts'
import type { Dependencies } from '../api/dependencies.ts'
import type { Limits } from '../../machines/protocol/limits.ts'
import type { Histogram } from '../common/histogram.ts'
import { MetricsRegistry } from '../common/metricsRegistry.ts'
import type { HttpServer } from '../http/httpServer.ts'
import type { SocketServer } from '../ws/socketServer.ts'
import type { PublicUrlVisit } from '../http/publicUrlVisit.ts'
import { addCallMetrics } from './callMetrics.ts'
import type { GarbageCollection } from './garbageCollection.ts'
import { addProcessMetrics } from './processMetrics.ts'
import { addStoreMetrics, type StoreMetricsSource } from './storeMetrics.ts'
import { addTurnMetrics } from './turnMetrics.ts'

/** The objects that the metrics read. */
export interface MetricSources {
  socketServer: Pick<
    SocketServer,
    'count' | 'apiErrors' | 'upgradeGuard' | 'disconnects' | 'bufferedBytes' | 'acknowledgementSeconds'
  >
  dependencies: Pick<Dependencies, 'rooms'>
  turn: TurnServer | null
  httpServer: Pick<HttpServer, 'plainConnections' | 'certificate' | 'handshakes'>
  limits: Limits
  eventLoopLagSeconds: Histogram
  garbageCollection: Pick<GarbageCollection, 'runs' | 'seconds'>
  /** Undefined without `DUET_PUBLIC_URL`. */
  publicUrlVisit: Pick<PublicUrlVisit, 'faults'> | undefined
  /** Undefined without `DUET_REDIS_URL`. */
  sharedStore: StoreMetricsSource | undefined
}

/** Creates the metrics of one server. No name and no label value identifies a room, a user or an address. */
export function createMetrics({
  socketServer,
  dependencies: { rooms },
  turn,
  httpServer,
  limits,
  eventLoopLagSeconds,
  garbageCollection,
  publicUrlVisit,
  sharedStore,
}: MetricSources): MetricsRegistry {
  const metrics = new MetricsRegistry()
  const { socketsTotal, roomsTotal, plainConnectionsTotal, mailboxBytesTotal } = limits
  metrics.gauge('duet_ws_connections', 'Open WebSockets, one per page.', () => socketServer.count)
  metrics.gauge('duet_rooms', 'Rooms with at least one seat that is connected or reserved for its holder.', () =>
    rooms.store.countRooms(),
  )
  metrics.labelledGauge(
    'duet_rooms_by_state',
    'Rooms by state. created: one person waits. ready: two people connect. full: both pages reported media.',
    'state',
    () => rooms.store.countRoomsByState(),
  )
  addCallMetrics(metrics, rooms.counters)
  metrics.histogram(
    'duet_message_acknowledgement_seconds',
    'Time from the arrival of a message at the server to its acknowledgement.',
    socketServer.acknowledgementSeconds,
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
  if (publicUrlVisit) {
    metrics.gauge(
      'duet_proxy_faults',
      'Headers that the reverse proxy drops, and settings that it lacks. The log and /check name them.',
      () => publicUrlVisit.faults.length,
    )
  }
  if (sharedStore) addStoreMetrics(metrics, sharedStore)
  if (turn) addTurnMetrics(metrics, turn)
  addProcessMetrics(metrics, eventLoopLagSeconds, garbageCollection)
  return metrics
}
