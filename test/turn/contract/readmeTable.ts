import type { ContractCase } from './contractCase.ts'
import { expectedFor } from './contractCase.ts'

/** Renders README.md of this folder from the cases, so that it claims only tested facts. */
export const renderReadme = (cases: readonly ContractCase[]): string => `# The contract

${cases.length} cases over real sockets, each run against four servers:

- Duet with the batch engine,
- Duet with \`node:dgram\`,
- Debian’s coturn with the output of \`npm run turn -- coturn\`,
- coturn with its defaults (plus a secret, a realm and ports).

This page is generated from the cases. \`npx vitest run --config test/vitest.config.ts test/turn/contract.test.ts -u\`
writes it, and a test fails if it is out of date.

In ${cases.filter(({ reason }) => !reason).length} cases all four servers agree. The table lists the others.
Numbers such as 403 are response codes, and lists of addresses are the denied peers.

| case | Duet | Duet over dgram | coturn, configured by Duet | coturn by default | reason |
|---|---|---|---|---|---|
${cases
  .filter(({ reason }) => reason)
  .map(renderRow)
  .join('\n')}
`

const renderRow = (one: ContractCase): string =>
  `| ${[one.name, ...(['Duet', 'Duet over dgram', 'coturn', 'coturn by default'] as const).map((name) => renderValue(expectedFor(one, name))), one.reason].join(' | ')} |`

const renderValue = (value: unknown): string =>
  Array.isArray(value)
    ? value.length === 0
      ? 'none'
      : value.map(renderValue).join(', ')
    : ({ true: 'yes', false: 'no' }[String(value)] ?? String(value))
