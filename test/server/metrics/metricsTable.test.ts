import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { limits, serverLimits } from '../../../machines/protocol/limits.ts'
import { Histogram } from '../../../server/common/histogram.ts'
import { createMetrics, type MetricSources } from '../../../server/metrics/serverMetrics.ts'
import type { DisconnectReason } from '../../../server/ws/socketHealth.ts'
import { replaceGeneratedParts } from '../../generatedParts.ts'

const disconnects: Record<DisconnectReason, number> = {
  no_first_message: 0,
  ping_timeout: 0,
  backpressure: 0,
  rate_limit: 0,
  protocol_error: 0,
  evicted: 0,
}
const counters = { errorResponses: { 401: 0 }, overQuota: { user: 0 } }

/** A sample of every metric: all values of a label, or one if they are many. */
const sources = {
  socketServer: {
    count: 0,
    bufferedBytes: 0,
    apiErrors: { full: 0 },
    upgradeGuard: { rejectedByStatus: { 403: 0 } },
    disconnects,
  },
  dependencies: { rooms: { store: { countRooms: () => 0, mailboxBytes: 0 }, duplicates: 0 } },
  turn: { counters: () => new Proxy(counters, { get: (target, name) => Reflect.get(target, name) ?? 0 }) },
  httpServer: {
    plainConnections: { count: 0, evictedCount: 0 },
    handshakes: { rejectedCount: 0 },
    certificate: () => ({ validTo: '2030-01-01' }),
  },
  limits: { ...limits, ...serverLimits },
  eventLoopLagSeconds: new Histogram([1]),
  publicUrlVisit: { faults: [] },
} as unknown as MetricSources

/** `reason`: `evicted`, …; only the name of a label with one sample. */
function describeLabel(text: string, metric: string): string {
  const samples = [...text.matchAll(new RegExp(`^${metric}\\{([a-z]+)="([^"]+)"\\}`, 'gm'))]
  const values = samples.map(([, , value]) => `\`${value}\``)
  return samples.length > 0 ? `\`${samples[0]![1]}\`${values.length > 1 ? `: ${values.join(', ')}` : ''}` : ''
}

/** Formats the metrics as a Markdown table, from the text that a scrape returns. */
const formatMetricsTable = (text: string): string =>
  [
    '| name | type | label | meaning |',
    '|---|---|---|---|',
    ...[...text.matchAll(/^# HELP (\S+) (.+)\n# TYPE \S+ (\S+)$/gm)].map(
      ([, name = '', help, type]) => `| \`${name}\` | ${type} | ${describeLabel(text, name)} | ${help} |`,
    ),
  ].join('\n')

/** To regenerate: `npx vitest run --config test/vitest.config.ts test/server/metrics/metricsTable.test.ts -u`. */
test('the metrics in docs/metrics.md are current; option -u regenerates them', async () => {
  const path = new URL('../../../docs/metrics.md', import.meta.url).pathname
  const table = formatMetricsTable(await createMetrics(sources).render())
  expect(table).toContain('`duet_turn_allocations`')
  await expect(replaceGeneratedParts(readFileSync(path, 'utf8'), { metrics: table })).toMatchFileSnapshot(path)
})
