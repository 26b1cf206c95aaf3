import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { limits, serverLimits } from '../../../machines/protocol/limits.ts'
import type { PeerMessage } from '../../../machines/protocol/messages.ts'
import { peerMessageTypes } from '../../../machines/protocol/vocabulary.ts'
import { Histogram } from '../../../server/common/histogram.ts'
import { createMetrics, type MetricSources } from '../../../server/metrics/serverMetrics.ts'
import { MemoryStore } from '../../../server/rooms/memoryStore.ts'
import { RoomCounters } from '../../../server/rooms/roomCounters.ts'
import type { DisconnectReason } from '../../../server/ws/socketHealth.ts'
import { replaceGeneratedParts } from '../../generatedParts.ts'
import { ManualClock } from '../manualClock.ts'

const disconnects: Record<DisconnectReason, number> = {
  no_first_message: 0,
  ping_timeout: 0,
  backpressure: 0,
  rate_limit: 0,
  protocol_error: 0,
  evicted: 0,
  lease_lost: 0,
}
const counters = {
  errorResponses: { 401: 0 },
  overQuota: { user: 0 },
  allocatedBy: { udp4: 0, udp6: 0, tcp4: 0, tcp6: 0 },
}

const garbageCollections = { minor: 0, major: 0, incremental: 0, weakcb: 0 }
const roomCounters = new RoomCounters(new ManualClock())
for (const type of peerMessageTypes) roomCounters.recordMessage({ type } as PeerMessage)

/** A sample of every metric: all values of a label, or one if they are many. */
const sources = {
  socketServer: {
    count: 0,
    bufferedBytes: 0,
    apiErrors: { full: 0 },
    upgradeGuard: { rejectedByStatus: { 403: 0 } },
    disconnects,
    acknowledgementSeconds: new Histogram([1]),
  },
  dependencies: { rooms: { store: new MemoryStore(new ManualClock()), counters: roomCounters, duplicates: 0 } },
  turn: { counters: () => new Proxy(counters, { get: (target, name) => Reflect.get(target, name) ?? 0 }) },
  httpServer: {
    plainConnections: { count: 0, evictedCount: 0 },
    handshakes: { rejectedCount: 0 },
    certificate: () => ({ validTo: '2030-01-01' }),
  },
  limits: { ...limits, ...serverLimits },
  eventLoopLagSeconds: new Histogram([1]),
  garbageCollection: { runs: garbageCollections, seconds: garbageCollections },
  publicUrlVisit: { faults: [] },
  sharedStore: {
    isAvailable: true,
    nodeCount: 1,
    errors: { timeout: 0, disconnected: 0, rejected: 0 },
    servedReads: 0,
    remoteReads: 0,
  },
} as unknown as MetricSources

/** `reason`: `evicted`, …; only the name of a label with one sample. Several labels are separated by a semicolon. */
function describeLabels(text: string, metric: string): string {
  const samples = [...text.matchAll(new RegExp(`^${metric}\\{(.+)\\}`, 'gm'))].flatMap(([, labels = '']) => [
    ...labels.matchAll(/([a-z]+)="([^"]+)"/g),
  ])
  const names = [...new Set(samples.map(([, name]) => name))]
  return names
    .map((name) => {
      const values = new Set(samples.filter((sample) => sample[1] === name).map(([, , value]) => `\`${value}\``))
      return `\`${name}\`${values.size > 1 ? `: ${[...values].join(', ')}` : ''}`
    })
    .join('; ')
}

/** Formats the metrics as a Markdown table, from the text that a scrape returns. */
const formatMetricsTable = (text: string): string =>
  [
    '| name | type | label | meaning |',
    '|---|---|---|---|',
    ...[...text.matchAll(/^# HELP (\S+) (.+)\n# TYPE \S+ (\S+)$/gm)].map(
      ([, name = '', help, type]) => `| \`${name}\` | ${type} | ${describeLabels(text, name)} | ${help} |`,
    ),
  ].join('\n')

/** To regenerate: `npx vitest run --config test/vitest.config.ts test/server/metrics/metricsTable.test.ts -u`. */
test('the metrics in docs/metrics.md are current; option -u regenerates them', async () => {
  const path = new URL('../../../docs/metrics.md', import.meta.url).pathname
  const table = formatMetricsTable(await createMetrics(sources).render())
  expect(table).toContain('`duet_turn_allocations`')
  await expect(replaceGeneratedParts(readFileSync(path, 'utf8'), { metrics: table })).toMatchFileSnapshot(path)
})
