import type { Finding } from '../../../../server/tools/doctor/finding.ts'

/** The findings of one check, each as `status: detail advice`. */
export const linesOf = (findings: readonly Finding[], check: string): string[] =>
  findings
    .filter((finding) => finding.check === check)
    .map(({ status, detail, advice }) => [`${status}:`, detail, advice].filter(Boolean).join(' '))
