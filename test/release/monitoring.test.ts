import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { needs } from '../needs.ts'

/** The alert rules and the dashboard use only metrics and label values that exist. */

const read = (file: string): string => readFileSync(new URL(`../../${file}`, import.meta.url), 'utf8')
const alerts = read('deploy/prometheus/alerts.yml')
const dashboard = JSON.parse(read('deploy/prometheus/dashboard.json')) as {
  panels: { title: string; targets: { expr: string }[] }[]
}

/** Rows of docs/metrics.md, which test/server/metrics/metricsTable.test.ts generates from the code. */
const rows = [...read('docs/metrics.md').matchAll(/^\| `(\w+)` \| (\w+) \| ([^|]*) \|/gm)]
const existing = new Set(
  rows.flatMap(([, name = '', type]) =>
    type === 'histogram' ? ['_bucket', '_sum', '_count'].map((suffix) => name + suffix) : [name],
  ),
)
const metricsIn = (expression: string): string[] => expression.match(/\b(?:duet|process|nodejs)_\w+/g) ?? []

test('every metric of the alert rules exists', () => {
  const expressions = [...alerts.matchAll(/expr: (.*)/g)].map(([, expression = '']) => expression)
  expect(expressions.length).toBeGreaterThan(8)
  expect(expressions.flatMap(metricsIn).filter((name) => !existing.has(name))).toEqual([])
})

test('every panel of the dashboard shows a metric that exists, and every metric of a duty has a panel', () => {
  const expressions = dashboard.panels.flatMap(({ targets }) => targets.map(({ expr }) => expr))
  expect(expressions.flatMap(metricsIn).filter((name) => !existing.has(name))).toEqual([])
  expect(expressions.every((expression) => metricsIn(expression).length > 0)).toBe(true)
  const duties = [
    'duet_rooms',
    'duet_calls_total',
    'duet_call_setup_seconds_bucket',
    'duet_message_acknowledgement_seconds_bucket',
    'duet_turn_allocations',
    'duet_event_loop_lag_seconds_bucket',
    'nodejs_heap_size_used_bytes',
    'process_open_fds',
  ]
  for (const name of duties) expect(expressions.join()).toContain(name)
})

describe('promtool', () => {
  needs('promtool')('accepts the alert rules and every expression of the dashboard', () => {
    const check = (file: string): string =>
      execFileSync('promtool', ['check', 'rules', new URL(`../../${file}`, import.meta.url).pathname], {
        encoding: 'utf8',
      })
    expect(check('deploy/prometheus/alerts.yml')).toContain('SUCCESS')
    const rules = dashboard.panels.flatMap(({ targets }) =>
      targets.map(({ expr }, at) => ({
        record: `panel_${at}_${metricsIn(expr)[0]}`,
        expr: expr.replaceAll('$__rate_interval', '5m'),
      })),
    )
    const groups = { groups: [{ name: 'dashboard', rules }] }
    const folder = mkdtempSync(join(tmpdir(), 'duet-rules-'))
    onTestFinished(() => rmSync(folder, { recursive: true }))
    // JSON is YAML.
    writeFileSync(join(folder, 'rules.yml'), JSON.stringify(groups))
    const output = execFileSync('promtool', ['check', 'rules', '--lint=none', join(folder, 'rules.yml')], {
      encoding: 'utf8',
    })
    expect(output).toContain(`SUCCESS: ${rules.length} rules found`)
  })
})
