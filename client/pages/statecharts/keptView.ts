import { formatTrace, parseTrace } from '../../../machines/protocol/trace/traceFile.ts'
import type { Trace } from '../../../machines/protocol/trace/types.ts'
import { type TracedMachine, tracedMachines } from '../../../machines/protocol/traceEntry.ts'

/** The parts of the page that a change of the language keeps. */
export interface KeptView {
  machine: TracedMachine
  /** Path of the selected state. */
  selected: string | null
  /** The opened trace and the number of replayed entries. */
  saved: { name: string; trace: Trace; position: number } | null
}

type HistoryState = Pick<History, 'state' | 'replaceState'>

/** Keeps the view for the next load of this page. The history has no small limit, unlike the session storage. */
export function keepView(history: HistoryState, { saved, ...view }: KeptView): void {
  const kept = { ...view, saved: saved && { ...saved, trace: formatTrace(saved.trace) } }
  history.replaceState({ ...(history.state as object | null), keptView: kept }, '')
}

/** Returns the view that `keepView` kept, once; null without a valid one. */
export function takeKeptView(history: HistoryState): KeptView | null {
  const { keptView, ...others } = (history.state ?? {}) as Record<string, unknown>
  if (keptView === undefined) return null
  history.replaceState(others, '')
  return parseView(keptView)
}

/** An older version of the page may have written the state, so its shape is checked. */
function parseView(kept: unknown): KeptView | null {
  const { machine, selected, saved } = kept as Record<string, unknown>
  const known = tracedMachines.find((each) => each === machine)
  if (!known) return null
  return { machine: known, selected: typeof selected === 'string' ? selected : null, saved: parseSaved(saved) }
}

function parseSaved(saved: unknown): KeptView['saved'] {
  const { name, trace, position } = (saved ?? {}) as Record<string, unknown>
  if (typeof name !== 'string' || typeof trace !== 'string' || typeof position !== 'number') return null
  try {
    return { name, trace: parseTrace(trace), position }
  } catch {
    // The trace of an older version.
    return null
  }
}
