import type { Trace } from '../../../machines/protocol/trace/types.ts'

export const speeds = [1, 4] as const
/** Nobody wants to watch nothing for longer. */
const longest = 2_000

/** Goes through a saved trace, line by line or by its own clock. */
export class Replay {
  /** How many lines have happened. */
  position = $state(0)
  isPlaying = $state(false)
  speed: (typeof speeds)[number] = $state(1)
  readonly #trace: Trace
  #timer: ReturnType<typeof setTimeout> | undefined

  constructor(trace: Trace) {
    this.#trace = trace
    this.position = Math.min(1, trace.lines.length)
  }

  get length(): number {
    return this.#trace.lines.length
  }

  goTo(position: number): void {
    this.position = Math.max(0, Math.min(position, this.length))
    if (this.isPlaying) this.#plan()
  }

  toggle(): void {
    if (!this.isPlaying && this.position === this.length) this.position = 0
    this.isPlaying = !this.isPlaying
    this.#plan()
  }

  stop(): void {
    this.isPlaying = false
    clearTimeout(this.#timer)
  }

  #plan(): void {
    clearTimeout(this.#timer)
    if (this.position >= this.length) this.isPlaying = false
    if (!this.isPlaying) return
    const { lines } = this.#trace
    const pause = (lines[this.position]?.at ?? 0) - (lines[this.position - 1]?.at ?? lines[this.position]?.at ?? 0)
    this.#timer = setTimeout(() => this.goTo(this.position + 1), Math.max(0, Math.min(pause / this.speed, longest)))
  }
}
