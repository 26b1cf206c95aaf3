import { isRecord } from '../traceFields.ts'
import { findEntryFault, splitStates, type TraceEntry } from '../traceEntry.ts'
import type { StateValue, Trace } from './types.ts'

/** Parses a trace entry's `state`; the inverse of `formatState`. */
export const parseState = (state: string): StateValue => nestPaths(splitStates(state).map((path) => path.split('.')))

function nestPaths(paths: string[][]): StateValue {
  const names = [...new Set(paths.flatMap(([first]) => first ?? []))]
  const within = (name: string): string[][] =>
    paths.flatMap(([first, ...rest]) => (first === name && rest.length > 0 ? [rest] : []))
  const [only = '', ...others] = names
  if (others.length === 0 && within(only).length === 0) return only
  return Object.fromEntries(names.map((name) => [name, within(name).length > 0 ? nestPaths(within(name)) : {}]))
}

/** Limit of a file. A page keeps fewer entries. */
const maxEntries = 5_000
/** An entry has at most 1,600 bytes. */
const maxFileBytes = 8 * 1024 * 1024

/** Formats a trace as JSON with one entry a line. */
export function formatTrace({ version, startedAt, entries }: Trace): string {
  const lines = entries.map((entry) => JSON.stringify(entry)).join(',\n')
  return `{"version":${version},"startedAt":${JSON.stringify(startedAt)},"entries":[\n${lines}\n]}\n`
}

/**
 * Reads and parses a trace file.
 * @throws {Error} with a message for the user who opened the file
 */
export async function readTraceFile(file: Blob): Promise<Trace> {
  if (file.size > maxFileBytes) throw new Error('This is not a trace: it is larger than 8 MB')
  return parseTrace(await file.text())
}

/**
 * Parses a trace file and validates every entry, so a file cannot introduce a field that is not allowed.
 * @throws {Error} with a message for the user who opened the file
 */
export function parseTrace(text: string): Trace {
  const trace = parseJson(text)
  if (!isRecord(trace)) throw new Error('This is not a trace: it is not a JSON object')
  const { version, startedAt, entries } = trace
  if (version !== 1) throw new Error('This is not a trace, or its version is unknown')
  if (typeof startedAt !== 'string' || !isoDate.test(startedAt)) throw new Error('The trace has no valid start time')
  if (!Array.isArray(entries) || entries.length > maxEntries)
    throw new Error(`The trace has no list of at most ${maxEntries} entries`)
  entries.forEach((entry, index) => {
    const fault = findEntryFault(entry)
    if (fault) throw new Error(`Entry ${index + 1} of the trace ${fault}`)
  })
  return { version, startedAt, entries: entries as TraceEntry[] }
}

const isoDate = /^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])T([01]\d|2[0-3])(:[0-5]\d){2}(\.\d{1,3})?Z$/

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw new Error('This is not a trace: it is not JSON')
  }
}
