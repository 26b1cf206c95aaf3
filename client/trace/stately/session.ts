import type { Recorder } from '../recorder.ts'
import type { StatelyInspector } from './inspector.ts'

/** Shows the machines of one page and of its room on the server. Returns its stop function. */
export function inspectSession(recorder: Recorder, { show }: StatelyInspector): () => void {
  const showEntry = (entry: (typeof recorder.entries)[number]): void =>
    show(entry.place === 'here' ? entry.machine : `${entry.place}:${entry.machine}`, entry)
  recorder.entries.forEach(showEntry)
  return recorder.subscribe(showEntry)
}
