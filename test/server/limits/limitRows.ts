import { readFileSync } from 'node:fs'
import { limits, serverLimits } from '../../../machines/protocol/limits.ts'

/** A limit with its value and its comment. */
export interface LimitRow {
  name: string
  value: number
  /** The comment above it. */
  reason: string
}

const source = readFileSync(new URL('../../../machines/protocol/limits.ts', import.meta.url), 'utf8')

/** Every row of machines/protocol/limits.ts. A row without a comment has an empty reason. */
export const limitRows: LimitRow[] = Object.entries({ ...limits, ...serverLimits }).map(([name, value]) => ({
  name,
  value,
  reason: new RegExp(`/\\*\\* ([^\\n]*) \\*/\\n  ${name}: `).exec(source)?.[1] ?? '',
}))

/** The limits as the Markdown table of docs/protocol.md. */
export const limitsTable = (): string =>
  [
    '| limit | value | reason |',
    '|---|---|---|',
    ...limitRows.map(({ name, value, reason }) => `| \`${name}\` | ${value.toLocaleString('en')} | ${reason} |`),
  ].join('\n')
