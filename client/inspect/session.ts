import type { Recorder } from '../trace.ts'
import { openInspector } from './inspector.ts'

/** Shows the machines of one page, and of its room at the server. Returns its undo. */
export function inspectSession(recorder: Recorder): () => void {
  const show = openInspector()
  const read = (line: (typeof recorder.lines)[number]): void => show(line.place === 'here' ? line.machine : `${line.place}:${line.machine}`, line)
  recorder.lines.forEach(read)
  return recorder.subscribe(read)
}
