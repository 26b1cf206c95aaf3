import { type Finding, markOf } from './finding.ts'
import { parseIceUrl } from './url.ts'

/** What it all comes to, for somebody who wants to call. */
export type Verdict = 'everywhere' | 'relay-over-tcp' | 'mostly' | 'nearby' | 'insecure' | 'no-webrtc' | 'unreachable'

interface Known {
  subject: string | { url: string }
  finding: Finding | null
}

export function verdictOf(rows: readonly Known[]): Verdict {
  const codes = rows.map(({ finding }) => finding?.code)
  if (codes.includes('no-webrtc')) return 'no-webrtc'
  if (!codes.includes('line')) return 'unreachable'
  if (codes.includes('insecure')) return 'insecure'
  const working = rows.filter(({ finding }) => finding && markOf(finding) === 'fine').flatMap(({ subject }) => urlOf(subject) ?? [])
  const relays = working.filter(({ isTurn }) => isTurn)
  if (relays.some(({ transport }) => transport === 'udp')) return 'everywhere'
  if (relays.length > 0) return 'relay-over-tcp'
  return working.length > 0 ? 'mostly' : 'nearby'
}

const urlOf = (subject: Known['subject']) => (typeof subject === 'string' ? null : parseIceUrl(subject.url))
