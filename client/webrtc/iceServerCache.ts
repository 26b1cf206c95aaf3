import type { IceConfig, IceServer } from '../../machines/protocol/messages.ts'

/** How much of their lifetime credentials are used for: what is made with them has to outlive the making. */
const usableShare = 0.75
/** Without an answer by then, yesterday's servers are better than none. */
const patience = 3_000

/** Where to gather from: kept while fresh, else fetched over the link. */
export class IceSource {
  #servers: IceServer[] = []
  #staleAt = 0
  #fetch: (() => Promise<IceConfig>) | null = null
  /** Configurations that came with a seat. */
  #seats = 0
  readonly #now: () => number

  constructor(now: () => number = () => performance.now()) {
    this.#now = now
  }

  /** The link is there, or (null) gone. */
  attach(fetch: (() => Promise<IceConfig>) | null): void {
    this.#fetch = fetch
  }

  /** They came with a seat: what was asked for before it, for a guest, is not taken any more. */
  note(config: IceConfig): void {
    this.#seats++
    this.#keep(config)
  }

  #keep({ iceServers, lifetimeMs }: IceConfig): void {
    this.#servers = iceServers
    this.#staleAt = this.#now() + lifetimeMs * usableShare
  }

  async servers(): Promise<IceServer[]> {
    return this.#now() >= this.#staleAt ? this.fresh() : this.#servers
  }

  /** With credentials as new as can be had. */
  async fresh(): Promise<IceServer[]> {
    if (this.#fetch) await Promise.race([this.#refresh(this.#fetch), pause(patience)])
    return this.#servers
  }

  async #refresh(fetch: () => Promise<IceConfig>): Promise<void> {
    const seats = this.#seats
    await fetch().then((config) => { if (seats === this.#seats) this.#keep(config) }, () => undefined)
  }
}

const pause = (milliseconds: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, milliseconds))
