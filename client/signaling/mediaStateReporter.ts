import type { MediaFlow } from '../../machines/protocol/vocabulary.ts'
import { retryDelayMs, isTransientError } from './outbox.ts'
import { parseErrorCode } from './trpcSocket.ts'

/** Reports our media flow to the server. The newest report is retried until the server has it. */
export class MediaStateReporter {
  readonly #send: (mediaFlow: MediaFlow) => Promise<unknown>
  #timer: ReturnType<typeof setTimeout> | undefined
  /** Grows with each report; results of an older generation are ignored. */
  #generation = 0

  constructor(send: (mediaFlow: MediaFlow) => Promise<unknown>) {
    this.#send = send
  }

  report(mediaFlow: MediaFlow): void {
    this.stop()
    const generation = this.#generation
    this.#send(mediaFlow).catch((error: unknown) => {
      if (generation === this.#generation && isTransientError(parseErrorCode(error)))
        this.#timer = setTimeout(() => this.report(mediaFlow), retryDelayMs)
    })
  }

  /** The socket is gone, or the seat of the report. */
  stop(): void {
    clearTimeout(this.#timer)
    this.#generation += 1
  }
}
