import type { Recorder } from '../recorder.ts'
import type { Inspection } from './inspector.ts'

/** Shows the machines of one page, and of its room at the server. Returns its undo. */
export function inspectSession(recorder: Recorder, { show }: Inspection): () => void {
  const read = (line: (typeof recorder.lines)[number]): void => show(line.place === 'here' ? line.machine : `${line.place}:${line.machine}`, line)
  recorder.lines.forEach(read)
  return recorder.subscribe(read)
}
