import { createSubscriber } from 'svelte/reactivity'
import type { TraceEntry } from '../../../machines/protocol/traceEntry.ts'
import type { Recorder } from '../../trace/recorder.ts'

/** In ms; a higher rate would not look smoother. */
const updateIntervalMs = 150

/** The newest entries of a recorder, newest first, each with a unique number. */
export class NewestTraceEntries {
  readonly #recorder: Recorder
  readonly #subscribe: () => void

  constructor(recorder: Recorder) {
    this.#recorder = recorder
    this.#subscribe = createSubscriber((update) => {
      let timer: ReturnType<typeof setTimeout> | undefined
      const stop = recorder.subscribe(() => {
        timer ??= setTimeout(() => {
          timer = undefined
          update()
        }, updateIntervalMs)
      })
      return () => {
        stop()
        clearTimeout(timer)
      }
    })
  }

  /**
   * Returns the newest entries that match. Reactive.
   * @param limit maximum number of entries
   */
  newest(limit: number, matches: (entry: TraceEntry) => boolean): { n: number; entry: TraceEntry }[] {
    this.#subscribe()
    const { entries, count } = this.#recorder.entriesAfter(0)
    const first = count - entries.length
    return (
      entries
        .map((entry, index) => ({ n: first + index, entry }))
        .filter(({ entry }) => matches(entry))
        // Entries of the peer arrive later than they happened.
        .sort((one, other) => other.entry.atMs - one.entry.atMs || other.n - one.n)
        .slice(0, limit)
    )
  }
}
