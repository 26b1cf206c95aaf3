import { performance } from 'node:perf_hooks'
import type { Turn } from '../../turn/index.ts'
import type { Services } from '../api/dependencies.ts'
import type { SocketLimits } from '../config/socketLimits.ts'
import { Metrics } from '../common/metricsRegistry.ts'
import type { Web } from '../http/httpServer.ts'
import type { Sockets } from '../ws/socketServer.ts'
import { addTurnFigures } from './turnMetrics.ts'

/** Where the numbers are read. */
export interface Measured {
  sockets: Pick<Sockets, 'count' | 'refused' | 'door' | 'givenUp' | 'unsentBytes'>
  services: Pick<Services, 'rooms'>
  turn: Turn | null
  web: Pick<Web, 'plain' | 'daysLeft'>
  limits: SocketLimits
}

/** What an owner may want to know. Never whose: rooms, users and addresses are in none of it. */
export function figuresOf({ sockets, services: { rooms }, turn, web, limits }: Measured): Metrics {
  const metrics = new Metrics()
  const { socketsTotal, roomsTotal, plainConnectionsTotal, mailboxBytesTotal } = limits
  metrics.gauge('duet_sockets', 'WebSockets that are open: one for each page.', () => sockets.count)
  metrics.gauge('duet_rooms', 'Rooms with somebody in them, or whose seats are kept for somebody.', () => rooms.store.count())
  metrics.gauge('duet_plain_connections', 'Connections of the web port that carry no WebSocket and no TURN.', () => web.plain.count)
  metrics.counter('duet_plain_connections_closed_total', 'Connections that were closed to make room for newer ones.', () => web.plain.closed)
  metrics.gauges('duet_limit', 'The most that there may be, by what it is.', 'of',
    () => ({ sockets: socketsTotal, rooms: roomsTotal, plain_connections: plainConnectionsTotal, mailbox_bytes: mailboxBytesTotal }))
  metrics.gauge('duet_mailbox_bytes', 'Heap of messages that wait for pages to read them, about.', () => rooms.store.mailboxBytes)
  metrics.counters('duet_refused_total', 'Calls of pages that were refused, by reason; full is a third visitor.', 'code', () => sockets.refused)
  metrics.counters('duet_upgrades_refused_total', 'WebSockets that were refused before they opened, by HTTP status; 403 is a page of another origin, 429 an address with too many.',
    'status', () => sockets.door.turnedAway)
  metrics.counters('duet_given_up_total', 'WebSockets that were closed by us, by reason: silent, gone, slow, flooding, malformed, crowded.', 'reason', () => sockets.givenUp)
  metrics.gauge('duet_unsent_bytes', 'Bytes that wait for pages to take them.', () => sockets.unsentBytes)
  metrics.counter('duet_repeated_total', 'Messages of pages that came once more, because their answer was lost, and were not taken again.', () => rooms.repeated)
  if (web.daysLeft() !== undefined) {
    metrics.gauge('duet_certificate_days_left', 'Days until the certificate of the web port ends.', () => web.daysLeft() ?? NaN)
  }
  if (turn) addTurnFigures(metrics, turn)
  addProcessFigures(metrics)
  return metrics
}

/** Under the names that dashboards know. prom-client's own come with watches that nothing stops. */
function addProcessFigures(metrics: Metrics): void {
  metrics.gauge('process_start_time_seconds', 'When the process began, in Unix time.', () => performance.timeOrigin / 1000)
  metrics.gauge('process_resident_memory_bytes', 'Memory of the process.', () => process.memoryUsage.rss())
  metrics.counter('process_cpu_seconds_total', 'Seconds of processor time, of all threads.', () => {
    const { user, system } = process.cpuUsage()
    return (user + system) / 1_000_000
  })
  metrics.counter('duet_busy_seconds_total', 'Seconds in which the main thread was not waiting; nearly one a second is its limit.',
    () => performance.eventLoopUtilization().active / 1000)
}
