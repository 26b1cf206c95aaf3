import type { Trace } from '../../../machines/protocol/trace/types.ts'
import { formatTrace } from '../../../machines/protocol/trace/traceFile.ts'

/** Downloads the trace as a JSON file. */
export function downloadTrace(trace: Trace): void {
  const url = URL.createObjectURL(new Blob([formatTrace(trace)], { type: 'application/json' }))
  const anchor = Object.assign(document.createElement('a'), { href: url, download: traceFileName(trace) })
  anchor.click()
  // The browser has read the blob by then.
  setTimeout(() => URL.revokeObjectURL(url), 10_000)
}

/** Returns `duet-trace-2026-02-03-0405.json`. The room name is left out, because it is a capability. */
export const traceFileName = ({ startedAt }: Trace): string =>
  `duet-trace-${startedAt.slice(0, 16).replace('T', '-').replace(':', '')}.json`
