import { isRecord } from '../traceFacts.ts'
import { faultOf, statesIn, type TraceLine } from '../traceLine.ts'
import type { StateValue, Trace } from './types.ts'

/** A trace as a file, and the states that its lines name. Whoever reads a file takes nothing from it that no line may hold. */

/** What `stateName` named, as XState has it. */
export const stateValue = (state: string): StateValue => valueOf(statesIn(state).map((path) => path.split('.')))

function valueOf(paths: string[][]): StateValue {
  const names = [...new Set(paths.flatMap(([first]) => first ?? []))]
  const within = (name: string): string[][] => paths.flatMap(([first, ...rest]) => (first === name && rest.length > 0 ? [rest] : []))
  const [only = '', ...others] = names
  if (others.length === 0 && within(only).length === 0) return only
  return Object.fromEntries(names.map((name) => [name, within(name).length > 0 ? valueOf(within(name)) : {}]))
}

/** What a file may hold: more than a page keeps. */
const mostLines = 5_000

/** The text of a file that `readTrace` reads. */
export const traceText = (trace: Trace): string =>
  `{"version":${trace.version},"began":${JSON.stringify(trace.began)},"lines":[\n${trace.lines.map((line) => JSON.stringify(line)).join(',\n')}\n]}\n`

/** @throws an Error that says in words what is wrong with it */
export function readTrace(text: string): Trace {
  const trace = parse(text)
  if (!isRecord(trace)) throw new Error('This is no trace: it holds no object')
  const { version, began, lines } = trace
  if (version !== 1) throw new Error('This is no trace, or of a version that is not known here')
  if (typeof began !== 'string' || !isDate.test(began)) throw new Error('The trace does not say when it began')
  if (!Array.isArray(lines) || lines.length > mostLines) throw new Error(`The trace holds no list of at most ${mostLines} lines`)
  lines.forEach((line, index) => {
    const fault = faultOf(line)
    if (fault) throw new Error(`Line ${index + 1} of the trace ${fault}`)
  })
  return { version, began, lines: lines as TraceLine[] }
}

const isDate = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,3})?Z$/

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw new Error('This is no trace: it is no JSON')
  }
}
