import { severityFor } from './finding.ts'
import type { Row } from './connectionCheck.svelte.ts'
import type { CheckTexts } from './texts.ts'
import { parseIceUrl } from './iceUrl.ts'
import { verdictFor } from './verdict.ts'

/**
 * Returns a plain-text report: the results on the page and the browser. It contains server URLs, but no credentials.
 */
export function formatReport(
  rows: readonly Row[],
  texts: CheckTexts,
  { userAgent, at }: { userAgent: string; at: Date },
): string {
  const { title, advice } = texts.verdict(verdictFor(rows))
  return [
    `${texts.title} · ${at.toISOString()}`,
    userAgent,
    '',
    `${title}. ${advice}`,
    ...rows.flatMap((row) => ['', ...formatRow(row, texts)]),
    '',
  ].join('\n')
}

function formatRow({ subject, finding }: Row, texts: CheckTexts): string[] {
  const name = typeof subject === 'string' ? texts.subjects[subject] : subject.url
  if (!finding) return [`[${texts.testing}] ${name}`]
  const { title, advice } = texts.finding(finding, typeof subject === 'string' ? null : parseIceUrl(subject.url))
  return [`[${texts.severities[severityFor(finding)]}] ${name}: ${title}`, `    ${advice}`]
}
