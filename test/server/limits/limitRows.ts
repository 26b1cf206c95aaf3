import { readFileSync } from 'node:fs'
import { contentLimits } from '../../../machines/protocol/contentLimits.ts'
import { limits, serverLimits } from '../../../machines/protocol/limits.ts'
import { defaultQuotas } from '../../../turn/core/quotas.ts'

/** A limit with its value and its comment. */
export interface LimitRow {
  name: string
  value: number
  /** The comment above it. */
  reason: string
}

/** The rows of a table, with the comments of its file. A row without a comment has an empty reason. */
function rowsOf(table: Record<string, number>, path: string): LimitRow[] {
  const source = readFileSync(new URL(`../../../${path}`, import.meta.url), 'utf8')
  return Object.entries(table).map(([name, value]) => ({
    name,
    value,
    reason: new RegExp(`/\\*\\* ([^\\n]*) \\*/\\n  ${name}: `).exec(source)?.[1] ?? '',
  }))
}

/** Every row of machines/protocol/limits.ts and contentLimits.ts. */
export const limitRows = [
  ...rowsOf({ ...limits, ...serverLimits }, 'machines/protocol/limits.ts'),
  ...rowsOf(contentLimits, 'machines/protocol/contentLimits.ts'),
]

/** Every row of turn/core/quotas.ts. */
export const quotaRows = rowsOf({ ...defaultQuotas }, 'turn/core/quotas.ts')

/** The limits as the Markdown table of docs/protocol.md. */
export const limitsTable = (): string =>
  [
    '| limit | value | reason |',
    '|---|---|---|',
    ...limitRows.map(({ name, value, reason }) => `| \`${name}\` | ${value.toLocaleString('en')} | ${reason} |`),
  ].join('\n')
