import { type Finding, severityFor } from './finding.ts'
import { parseIceUrl } from './iceUrl.ts'

/** Overall result of the test. */
export type Verdict = 'everywhere' | 'relay-over-tcp' | 'mostly' | 'nearby' | 'insecure' | 'no-webrtc' | 'unreachable'

interface FoundRow {
  subject: string | { url: string }
  finding: Finding | null
}

/** Returns the overall result of all rows. A row without a finding counts as not working. */
export function verdictFor(rows: readonly FoundRow[]): Verdict {
  const codes = rows.map(({ finding }) => finding?.code)
  if (codes.includes('no-webrtc')) return 'no-webrtc'
  if (!codes.includes('signaling')) return 'unreachable'
  if (codes.includes('insecure')) return 'insecure'
  const working = rows
    .filter(({ finding }) => finding && severityFor(finding) === 'fine')
    .flatMap(({ subject }) => parseSubjectUrl(subject) ?? [])
  const relays = working.filter(({ isTurn }) => isTurn)
  if (relays.some(({ transport }) => transport === 'udp')) return 'everywhere'
  if (relays.length > 0) return 'relay-over-tcp'
  return working.length > 0 ? 'mostly' : 'nearby'
}

const parseSubjectUrl = (subject: FoundRow['subject']) =>
  typeof subject === 'string' ? null : parseIceUrl(subject.url)
