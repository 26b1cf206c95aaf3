import type { Trace } from '../../../machines/protocol/trace/types.ts'
import { formatTrace } from '../../../machines/protocol/trace/traceFile.ts'

/** Hands the trace to the browser as a file. */
export function downloadTrace(trace: Trace): void {
  const url = URL.createObjectURL(new Blob([formatTrace(trace)], { type: 'application/json' }))
  const anchor = Object.assign(document.createElement('a'), { href: url, download: traceFileName(trace) })
  anchor.click()
  // The browser has taken it by then.
  setTimeout(() => URL.revokeObjectURL(url), 10_000)
}

/** `duet-trace-2026-02-03-0405.json`: no room, for its name is a capability. */
export const traceFileName = ({ startedAt }: Trace): string =>
  `duet-trace-${startedAt.slice(0, 16).replace('T', '-').replace(':', '')}.json`
