/** What browsers count of what comes in (webrtc-stats §8, §9.3, §9.8, §9.12). */
const counted = {
  'inbound-rtp': ['packetsReceived'],
  'data-channel': ['messagesReceived'],
  // Checks of the other side, and its answers to ours: consent to go on (RFC 7675).
  'candidate-pair': ['bytesReceived', 'requestsReceived', 'responsesReceived'],
} as const satisfies Record<string, readonly string[]>

/** Media came so lately that it is expected to go on, in milliseconds. */
const lately = 5_000

type Told = { id: string; type: string } & Record<string, unknown>

/** When something last arrived from the other side, read out of one report of figures after the other. */
export class Arrivals {
  readonly #now: () => number
  #counts = new Map<string, number>()
  #at: number
  #mediaAt = -Infinity

  constructor(now: () => number) {
    this.#now = now
    this.#at = now()
  }

  /** On the clock that was given. */
  get at(): number {
    return this.#at
  }

  /** True while sound or pictures come: then silence is to be noticed sooner. */
  get isMedia(): boolean {
    return this.#now() - this.#mediaAt < lately
  }

  read(report: Iterable<[string, unknown]>): void {
    const counts = new Map<string, number>()
    for (const [, told] of report) this.#count(told as Told, counts)
    this.#counts = counts
  }

  #count(told: Told, counts: Map<string, number>): void {
    for (const name of counted[told.type as keyof typeof counted] ?? []) {
      const [key, count] = [`${told.id} ${name}`, Number(told[name] ?? 0)]
      counts.set(key, count)
      // A pair that is new begins at nothing; a stream that is new may have begun between two reports.
      if (count > (this.#counts.get(key) ?? 0)) this.#note(told.type === 'inbound-rtp')
    }
  }

  #note(isMedia: boolean): void {
    this.#at = this.#now()
    if (isMedia) this.#mediaAt = this.#at
  }
}
