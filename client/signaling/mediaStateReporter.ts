import type { Media } from '../../machines/protocol/vocabulary.ts'
import { breath, isPassing } from './outbox.ts'
import { codeOf } from './trpcSocket.ts'

/** What the server is to believe of our media: the newest report, said until it is heard, for nothing else would put it right. */
export class Reports {
  readonly #send: (media: Media) => Promise<unknown>
  #timer: ReturnType<typeof setTimeout> | undefined
  /** Grows with each report: what an older one still comes back with is old news. */
  #round = 0

  constructor(send: (media: Media) => Promise<unknown>) {
    this.#send = send
  }

  say(media: Media): void {
    this.stop()
    const round = this.#round
    this.#send(media).catch((error: unknown) => {
      if (round === this.#round && isPassing(codeOf(error))) this.#timer = setTimeout(() => this.say(media), breath)
    })
  }

  /** The line is gone, or the seat that it was about. */
  stop(): void {
    clearTimeout(this.#timer)
    this.#round += 1
  }
}
