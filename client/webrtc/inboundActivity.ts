/** What browsers count of what comes in (webrtc-stats §8, §9.3, §9.8, §9.12). */
const inboundCounters = {
  'inbound-rtp': ['packetsReceived'],
  'data-channel': ['messagesReceived'],
  // Checks of the other side, and its answers to ours: consent to go on (RFC 7675).
  'candidate-pair': ['bytesReceived', 'requestsReceived', 'responsesReceived'],
} as const satisfies Record<string, readonly string[]>

/** Media that arrived within this time is expected to continue, in ms. */
const recentMediaMs = 5_000

type Stats = { id: string; type: string } & Record<string, unknown>

/** When something last arrived from the other side, from successive stats reports. */
export class InboundActivity {
  readonly #now: () => number
  #counts = new Map<string, number>()
  #lastAt: number
  #lastMediaAt = -Infinity

  constructor(now: () => number) {
    this.#now = now
    this.#lastAt = now()
  }

  /** On the clock that was given. */
  get lastAt(): number {
    return this.#lastAt
  }

  /** True while sound or pictures come: then silence is to be noticed sooner. */
  get hasRecentMedia(): boolean {
    return this.#now() - this.#lastMediaAt < recentMediaMs
  }

  read(report: Iterable<[string, unknown]>): void {
    const counts = new Map<string, number>()
    for (const [, stats] of report) this.#count(stats as Stats, counts)
    this.#counts = counts
  }

  #count(stats: Stats, counts: Map<string, number>): void {
    for (const name of inboundCounters[stats.type as keyof typeof inboundCounters] ?? []) {
      const [key, count] = [`${stats.id} ${name}`, Number(stats[name] ?? 0)]
      counts.set(key, count)
      // A pair that is new begins at nothing; a stream that is new may have begun between two reports.
      if (count > (this.#counts.get(key) ?? 0)) this.#recordArrival(stats.type === 'inbound-rtp')
    }
  }

  #recordArrival(isMedia: boolean): void {
    this.#lastAt = this.#now()
    if (isMedia) this.#lastMediaAt = this.#lastAt
  }
}
