import type { CallFailureReason } from '../../machines/protocol/vocabulary.ts'

type Send = (reason: CallFailureReason) => Promise<unknown>

/** Reports failed calls to the server, for its metrics. A report that the server does not get is lost. */
export class FailureReporter {
  #send: Send | null = null

  /** Sets the function that sends a report; null when the signaling connection is gone. */
  setSend(send: Send | null): void {
    this.#send = send
  }

  /** Reports that the call failed. Never throws. */
  report(reason: CallFailureReason): void {
    this.#send?.(reason).catch(() => undefined)
  }
}
