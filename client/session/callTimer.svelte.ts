import type { ActorRefFrom } from 'xstate'
import type { callMachine } from '../../machines/call/callMachine.ts'

/** Measures the current call, from the first connected transport to its end. */
export class CallTimer {
  /** Wall-clock time of the start, in ms; null without a call. A monotonic clock may stop while the device sleeps. */
  startedAtMs: number | null = $state(null)
  /** Duration of the last call in ms; null before one, and from the next attempt on. */
  durationMs: number | null = $state(null)
  readonly #stops: (() => void)[]

  /** @param now wall-clock time in ms */
  constructor(call: ActorRefFrom<typeof callMachine>, now: () => number = Date.now) {
    const subscription = call.subscribe((snapshot) => {
      if (this.startedAtMs !== null) return
      if (snapshot.matches('connected')) this.startedAtMs = now()
      if (!snapshot.matches('hangup')) this.durationMs = null
    })
    const ending = call.on('call.ended', () => {
      if (this.startedAtMs !== null) this.durationMs = now() - this.startedAtMs
      this.startedAtMs = null
    })
    this.#stops = [subscription, ending].map((each) => () => each.unsubscribe())
  }

  /** Stops the measurement. */
  dispose(): void {
    for (const stop of this.#stops) stop()
  }
}
