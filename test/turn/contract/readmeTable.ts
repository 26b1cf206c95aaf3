import type { ContractCase } from './contractCase.ts'
import { expectedFor } from './contractCase.ts'

/** README.md of this folder, made of the cases, so that it claims nothing that is not tried. */
export const renderReadme = (cases: readonly ContractCase[]): string => `# The contract

${cases.length} cases over real sockets, each held against three subjects: ours, Debian’s coturn with what \`npm run turn -- coturn\` prints,
and that coturn as it is by default (a secret, a realm, ports). This page is made of the cases: \`npx vitest run --config
test/vitest.config.ts test/turn/contract.test.ts -u\` writes it, and a test fails where it says something else.

In ${cases.filter(({ reason }) => !reason).length} of them all three are alike. Here they are not; 403 and the like are answers, addresses in a list are those that are refused.

| case | ours | coturn as we configure it | coturn by default | why |
|---|---|---|---|---|
${cases
  .filter(({ reason }) => reason)
  .map(renderRow)
  .join('\n')}
`

const renderRow = (one: ContractCase): string =>
  `| ${[one.name, ...(['ours', 'coturn', 'coturn by default'] as const).map((name) => renderValue(expectedFor(one, name))), one.reason].join(' | ')} |`

const renderValue = (value: unknown): string =>
  Array.isArray(value)
    ? value.length === 0
      ? 'none'
      : value.map(renderValue).join(', ')
    : ({ true: 'yes', false: 'no' }[String(value)] ?? String(value))
