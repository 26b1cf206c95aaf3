import type { Trace } from '../../../machines/protocol/trace/types.ts'

/** Selectable playback speeds. */
export const speeds = [1, 4] as const
/** Longer pauses of the trace are shortened to this, in ms. */
const maxPauseMs = 2_000

/** Replays a saved trace, entry by entry or with its own timing. */
export class Replay {
  /** Number of replayed entries. */
  position = $state(0)
  isPlaying = $state(false)
  speed: (typeof speeds)[number] = $state(1)
  readonly #trace: Trace
  #timer: ReturnType<typeof setTimeout> | undefined

  /** @param position the number of entries to start with; limited by the trace */
  constructor(trace: Trace, position = 1) {
    this.#trace = trace
    this.goTo(position)
  }

  /** Number of entries in the trace. */
  get length(): number {
    return this.#trace.entries.length
  }

  /** Shows the first `position` entries, within the trace. A running replay continues from there. */
  goTo(position: number): void {
    this.position = Math.max(0, Math.min(position, this.length))
    if (this.isPlaying) this.#scheduleNext()
  }

  /** Starts or pauses the replay. At the end it starts again. */
  toggle(): void {
    if (!this.isPlaying && this.position === this.length) this.position = 0
    this.isPlaying = !this.isPlaying
    this.#scheduleNext()
  }

  /** Pauses the replay. May be called twice. */
  stop(): void {
    this.isPlaying = false
    clearTimeout(this.#timer)
  }

  #scheduleNext(): void {
    clearTimeout(this.#timer)
    if (this.position >= this.length) this.isPlaying = false
    if (!this.isPlaying) return
    const { entries } = this.#trace
    const gapMs =
      (entries[this.position]?.atMs ?? 0) - (entries[this.position - 1]?.atMs ?? entries[this.position]?.atMs ?? 0)
    this.#timer = setTimeout(() => this.goTo(this.position + 1), Math.max(0, Math.min(gapMs / this.speed, maxPauseMs)))
  }
}
