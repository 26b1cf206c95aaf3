import { limits } from '../../machines/protocol/limits.ts'
import type { TraceLine } from '../../machines/protocol/traceLine.ts'
import type { Message, PeerMessage } from '../../machines/protocol/messages.ts'
import { Allowance } from '../common/tokenBucket.ts'
import type { Recorder } from './recorder.ts'

/** How often the one who looks gets what happened, in milliseconds. */
const batchMs = 250

/** How many lines of the other side are taken at once, and in each second: more would push our own out of the recorder. */
const theirLines = { burst: 600, perSecond: 40 } as const

interface WatchParts {
  recorder: Recorder
  outbox: { readonly size: number; say(message: PeerMessage): void }
  /** True while the two are in a call: a stranger with the link is told nothing. */
  mayTell(): boolean
  /** Called when the other side begins to be told what happens here, and when that ends. */
  told?(isTold: boolean): void
}

/** Lets each of the two sides see what happens in the other's machines, while somebody there looks. */
export class Watch {
  readonly #parts: WatchParts
  /** How many look at the other side from here. */
  #lookers = 0
  /** From the second time on, what was told already is not told again. */
  #hasAsked = false
  #isThere = false
  /** Somebody looks at us from there. */
  #isWatched = false
  /** How many of our lines were told, or are of the past. */
  #told = 0
  /** How many lines there had been when the person before left for good. */
  #past = 0
  #timer: ReturnType<typeof setTimeout> | undefined
  /** What their clock is behind ours, at least: the shortest way that anything took tells best. */
  #behind = Infinity
  /** When the newest of theirs happened, as far as is known: what follows it was not before it, however well its way tells. */
  #latest = 0
  readonly #theirs = new Allowance(theirLines)
  #isTelling = false
  readonly #stop: () => void

  constructor(parts: WatchParts) {
    this.#parts = parts
    this.#stop = parts.recorder.subscribe(({ place }) => {
      if (place !== 'here') return
      this.#show()
      this.#plan()
    })
  }

  /** Somebody here looks at the other side. Returns its undo. */
  look(): () => void {
    this.#lookers += 1
    if (this.#lookers === 1) this.#ask()
    let isOver = false
    return () => {
      if (isOver) return
      isOver = true
      this.#lookers -= 1
      if (this.#lookers === 0) this.#ask()
    }
  }

  /** The other side is there, perhaps again: what was asked of it may have been lost with its page. @param anew that is another one, with a clock of its own */
  meet(anew = false): void {
    this.#isThere = true
    if (anew) this.#behind = Infinity
    if (this.#lookers > 0) this.#ask()
  }

  /** The other side's page is gone, and whoever looked in it. */
  part(isForGood: boolean): void {
    this.#isThere = false
    this.#isWatched = false
    this.#show()
    if (!isForGood) return
    this.#hasAsked = false
    // The next person is told nothing of what happened with this one.
    this.#past = this.#told = this.#parts.recorder.after(0).count
    this.#behind = Infinity
  }

  /** The other side looks, or no more. */
  heed({ on, anew }: Message<'watch'>): void {
    this.#isWatched = on
    if (anew) this.#told = this.#past
    this.#show()
    this.#plan()
  }

  /** What the server tells, at the moment. */
  hear(line: TraceLine): void {
    const { recorder } = this.#parts
    recorder.add({ ...line, place: 'server', at: recorder.now })
  }

  /** What the other side tells, on our clock. Nobody is told what they did not ask for. */
  read({ at, lines }: Message<'trace'>): void {
    const { recorder } = this.#parts
    if (this.#lookers === 0 || !this.#theirs.take(lines.length)) return
    this.#behind = Math.min(this.#behind, recorder.now - at)
    for (const line of lines) {
      this.#latest = Math.max(this.#latest, line.at + this.#behind)
      recorder.add({ ...line, place: 'there', at: this.#latest })
    }
  }

  dispose(): void {
    this.#stop()
    clearTimeout(this.#timer)
  }

  #ask(): void {
    if (!this.#isThere) return
    const on = this.#lookers > 0
    this.#parts.outbox.say({ type: 'watch', on, anew: on && !this.#hasAsked })
    this.#hasAsked ||= on
  }

  get #mayTell(): boolean {
    return this.#isWatched && this.#parts.mayTell()
  }

  #show(): void {
    if (this.#mayTell === this.#isTelling) return
    this.#isTelling = !this.#isTelling
    this.#parts.told?.(this.#isTelling)
  }

  #plan(): void {
    if (this.#mayTell) this.#timer ??= setTimeout(() => this.#tell(), batchMs)
  }

  /**
   * One batch at a time, and none while anything waits for the server: so it is never in the way of an offer, and stays below
   * what the server takes (10 messages a second). What falls out of the recorder meanwhile is not told.
   */
  #tell(): void {
    this.#timer = undefined
    const { recorder, outbox } = this.#parts
    if (!this.#mayTell) return
    if (outbox.size > 0) return this.#plan()
    const { lines, count } = recorder.after(this.#told)
    const batch = firstOf(lines)
    this.#told = count - lines.length + batch.read
    if (batch.lines.length > 0) outbox.say({ type: 'trace', at: recorder.now, lines: batch.lines })
    if (this.#told < count) this.#plan()
  }
}

/** As many of our own lines as one message holds, and how far one has read for that. */
function firstOf(all: readonly TraceLine[]): { lines: TraceLine[]; read: number } {
  const lines: TraceLine[] = []
  let read = 0
  for (const line of all) {
    if (lines.length === limits.traceLines) break
    if (line.place === 'here') lines.push(line)
    read += 1
  }
  return { lines, read }
}
