import { markOf } from './finding.ts'
import type { Row } from './check.svelte.ts'
import type { CheckTexts } from './texts.ts'
import { parseIceUrl } from './url.ts'
import { verdictOf } from './verdict.ts'

/** For a bug report: everything that the page shows, and the browser. Of the servers their URLs only: credentials stay here. */
export function reportOf(rows: readonly Row[], texts: CheckTexts, { userAgent, at }: { userAgent: string; at: Date }): string {
  const { title, advice } = texts.verdict(verdictOf(rows))
  return [
    `${texts.title} · ${at.toISOString()}`,
    userAgent,
    '',
    `${title}. ${advice}`,
    ...rows.flatMap((row) => ['', ...linesOf(row, texts)]),
    '',
  ].join('\n')
}

function linesOf({ subject, finding }: Row, texts: CheckTexts): string[] {
  const name = typeof subject === 'string' ? texts.subjects[subject] : subject.url
  if (!finding) return [`[${texts.looking}] ${name}`]
  const { title, advice } = texts.finding(finding, typeof subject === 'string' ? null : parseIceUrl(subject.url))
  return [`[${texts.marks[markOf(finding)]}] ${name}: ${title}`, `    ${advice}`]
}
