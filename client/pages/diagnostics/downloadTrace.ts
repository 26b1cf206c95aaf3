import type { Trace } from '../../../machines/protocol/trace/types.ts'
import { traceText } from '../../../machines/protocol/trace/traceFile.ts'

/** Hands the trace to the browser as a file. */
export function save(trace: Trace): void {
  const url = URL.createObjectURL(new Blob([traceText(trace)], { type: 'application/json' }))
  const link = Object.assign(document.createElement('a'), { href: url, download: nameOf(trace) })
  link.click()
  // The browser has taken it by then.
  setTimeout(() => URL.revokeObjectURL(url), 10_000)
}

/** `duet-trace-2026-02-03-0405.json`: no room, for its name is a capability. */
export const nameOf = ({ began }: Trace): string =>
  `duet-trace-${began.slice(0, 16).replace('T', '-').replace(':', '')}.json`
