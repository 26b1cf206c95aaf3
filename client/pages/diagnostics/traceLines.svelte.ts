import { createSubscriber } from 'svelte/reactivity'
import type { TraceLine } from '../../../machines/protocol/traceLine.ts'
import type { Recorder } from '../../trace/recorder.ts'

/** Often enough for an eye, in milliseconds. */
const pace = 150

/** The newest lines of a recorder, newest first, each with a number of its own. */
export class Lines {
  readonly #recorder: Recorder
  readonly #subscribe: () => void

  constructor(recorder: Recorder) {
    this.#recorder = recorder
    this.#subscribe = createSubscriber((update) => {
      let timer: ReturnType<typeof setTimeout> | undefined
      const stop = recorder.subscribe(() => { timer ??= setTimeout(() => { timer = undefined; update() }, pace) })
      return () => {
        stop()
        clearTimeout(timer)
      }
    })
  }

  /** @param fits which of them */
  newest(most: number, fits: (line: TraceLine) => boolean): { n: number; line: TraceLine }[] {
    this.#subscribe()
    const { lines, count } = this.#recorder.after(0)
    const first = count - lines.length
    return lines.map((line, index) => ({ n: first + index, line })).filter(({ line }) => fits(line))
      // What the other side tells comes later than it happened.
      .sort((one, other) => other.line.at - one.line.at || other.n - one.n).slice(0, most)
  }
}
