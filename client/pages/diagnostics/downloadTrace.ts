import type { Trace } from '../../../machines/protocol/trace/types.ts'
import { formatTrace } from '../../../machines/protocol/trace/traceFile.ts'
import { downloadText } from '../../ui/downloadText.ts'

/** Downloads the trace as a JSON file. */
export const downloadTrace = (trace: Trace): void =>
  downloadText(traceFileName(trace), 'application/json', formatTrace(trace))

/** Returns `duet-trace-2026-02-03-0405.json`. The room name is left out, because it is a capability. */
export const traceFileName = ({ startedAt }: Trace): string =>
  `duet-trace-${startedAt.slice(0, 16).replace('T', '-').replace(':', '')}.json`
