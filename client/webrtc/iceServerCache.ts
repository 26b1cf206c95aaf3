import type { IceConfig, IceServer } from '../../machines/protocol/messages.ts'

/** How much of their lifetime credentials are used for: what is made with them has to outlive the making. */
const usableLifetimeRatio = 0.75
/** After this the cached servers are used, in ms. */
const fetchTimeoutMs = 3_000

/** The ICE servers: cached while fresh, else fetched over the signalling socket. */
export class IceSource {
  #servers: IceServer[] = []
  #staleAt = 0
  #fetch: (() => Promise<IceConfig>) | null = null
  /** Configurations that came with a seat. */
  #seatConfigs = 0
  readonly #now: () => number

  constructor(now: () => number = () => performance.now()) {
    this.#now = now
  }

  /** Sets how servers are fetched; null: the signalling socket is gone. */
  setFetch(fetch: (() => Promise<IceConfig>) | null): void {
    this.#fetch = fetch
  }

  /** They came with a seat: what was asked for before it, for a guest, is not taken any more. */
  setFromSeat(config: IceConfig): void {
    this.#seatConfigs++
    this.#store(config)
  }

  #store({ iceServers, lifetimeMs }: IceConfig): void {
    this.#servers = iceServers
    this.#staleAt = this.#now() + lifetimeMs * usableLifetimeRatio
  }

  async getServers(): Promise<IceServer[]> {
    return this.#now() >= this.#staleAt ? this.fetchServers() : this.#servers
  }

  /** With credentials as new as can be had. */
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
