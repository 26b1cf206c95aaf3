/** The inbound counters of stats reports (webrtc-stats §8, §9.3, §9.8, §9.12). */
const inboundCounters = {
  'inbound-rtp': ['packetsReceived'],
  'data-channel': ['messagesReceived'],
  // Connectivity checks from the peer and responses to local ones: consent freshness (RFC 7675).
  'candidate-pair': ['bytesReceived', 'requestsReceived', 'responsesReceived'],
} as const satisfies Record<string, readonly string[]>

/** Media that arrived within this time is expected to continue, in ms. */
const recentMediaMs = 5_000

type Stats = { id: string; type: string } & Record<string, unknown>

/** Tracks the last arrival of data from the peer, from successive stats reports. */
export class InboundActivity {
  readonly #now: () => number
  #counts = new Map<string, number>()
  #lastAt: number
  #lastMediaAt = -Infinity

  constructor(now: () => number) {
    this.#now = now
    this.#lastAt = now()
  }

  /** Time of the last arrival, in ms on the given clock. */
  get lastAt(): number {
    return this.#lastAt
  }

  /** True while media arrives. Silence is then detected sooner. */
  get hasRecentMedia(): boolean {
    return this.#now() - this.#lastMediaAt < recentMediaMs
  }

  /** Reads one stats report. Reports must come in order. */
  read(report: Iterable<[string, unknown]>): void {
    const counts = new Map<string, number>()
    for (const [, stats] of report) this.#count(stats as Stats, counts)
    this.#counts = counts
  }

  #count(stats: Stats, counts: Map<string, number>): void {
    for (const name of inboundCounters[stats.type as keyof typeof inboundCounters] ?? []) {
      const [key, count] = [`${stats.id} ${name}`, Number(stats[name] ?? 0)]
      counts.set(key, count)
      // The counters of a new candidate pair start at 0. A new stream may have started between two reports.
      if (count > (this.#counts.get(key) ?? 0)) this.#recordArrival(stats.type === 'inbound-rtp')
    }
  }

  #recordArrival(isMedia: boolean): void {
    this.#lastAt = this.#now()
    if (isMedia) this.#lastMediaAt = this.#lastAt
  }
}
