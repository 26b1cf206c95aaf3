import type { IceConfig, IceServer } from '../../machines/protocol/messages.ts'

/**
 * Share of their lifetime for which credentials are used. An allocation made with them must finish before they expire.
 */
const usableLifetimeRatio = 0.75
/** Timeout of a fetch, in ms. After it the cached servers are used. */
const fetchTimeoutMs = 3_000

/** The ICE servers: cached while fresh, else fetched over the signaling connection. */
export class IceSource {
  #servers: IceServer[] = []
  #staleAt = 0
  #fetch: (() => Promise<IceConfig>) | null = null
  /** The number of configurations received with a seat. */
  #seatConfigs = 0
  readonly #now: () => number

  constructor(now: () => number = () => performance.now()) {
    this.#now = now
  }

  /** Sets the function that fetches servers; null when the signaling connection is gone. */
  setFetch(fetch: (() => Promise<IceConfig>) | null): void {
    this.#fetch = fetch
  }

  /**
   * Stores the servers received with a seat. They replace the result of a fetch that is still pending, which was made
   * without a seat.
   */
  setFromSeat(config: IceConfig): void {
    this.#seatConfigs++
    this.#store(config)
  }

  #store({ iceServers, lifetimeMs }: IceConfig): void {
    this.#servers = iceServers
    this.#staleAt = this.#now() + lifetimeMs * usableLifetimeRatio
  }

  /** Returns the cached servers, or fetches them if they are stale. Never rejects. */
  async getServers(): Promise<IceServer[]> {
    return this.#now() >= this.#staleAt ? this.fetchServers() : this.#servers
  }

  /** Fetches servers with new credentials. After an error or 3 s it returns the cached ones. Never rejects. */
  async fetchServers(): Promise<IceServer[]> {
    if (this.#fetch) await Promise.race([this.#refresh(this.#fetch), delay(fetchTimeoutMs)])
    return this.#servers
  }

  async #refresh(fetch: () => Promise<IceConfig>): Promise<void> {
    const seatConfigs = this.#seatConfigs
    await fetch().then(
      (config) => {
        if (seatConfigs === this.#seatConfigs) this.#store(config)
      },
      () => undefined,
    )
  }
}

const delay = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))
