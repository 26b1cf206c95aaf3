import type { MediaFlow } from '../../machines/protocol/vocabulary.ts'
import { retryDelayMs, isTransientError } from './outbox.ts'
import { parseErrorCode } from './trpcSocket.ts'

/** Reports the media flow to the server and retries the newest report until the server acknowledges it. */
export class MediaStateReporter {
  readonly #send: (mediaFlow: MediaFlow) => Promise<unknown>
  #timer: ReturnType<typeof setTimeout> | undefined
  /** Grows with each report; results of an older generation are ignored. */
  #generation = 0

  constructor(send: (mediaFlow: MediaFlow) => Promise<unknown>) {
    this.#send = send
  }

  /** Sends a report. It replaces an earlier one that is still pending. */
  report(mediaFlow: MediaFlow): void {
    this.stop()
    const generation = this.#generation
    this.#send(mediaFlow).catch((error: unknown) => {
      if (generation === this.#generation && isTransientError(parseErrorCode(error)))
        this.#timer = setTimeout(() => this.report(mediaFlow), retryDelayMs)
    })
  }

  /** Stops retries: the socket or the seat is gone. */
  stop(): void {
    clearTimeout(this.#timer)
    this.#generation += 1
  }
}
