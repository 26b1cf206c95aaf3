import type { Scheduler } from 'fast-check'

/** Says when what is under way arrives. */
export type Pace = Pick<Scheduler, 'schedule'>
/** At once. */
export const prompt: Pace = { schedule: (task) => task }

/** Where a socket leads. */
export interface Host {
  /** What a new socket finds: somebody, nobody, or nothing at all, not even a refusal. */
  readonly welcome: 'open' | 'refuse' | 'silence'
  connect(socket: Socket): Far
}

/** The other end. */
export interface Far {
  hear(frame: string): void
  /** The socket is gone. */
  end(): void
}

/** A browser's WebSocket over a wire on which frames take their time, in order, in each direction (RFC 6455, WHATWG WebSockets). */
export class Socket extends EventTarget {
  readonly CONNECTING = 0
  readonly OPEN = 1
  readonly CLOSING = 2
  readonly CLOSED = 3
  readyState: number = this.CONNECTING
  #isFrozen = false
  #far: Far | null = null
  readonly #up: Way
  readonly #down: Way

  constructor(host: Host, pace: Pace, name: string) {
    super()
    this.#up = new Way(pace, `${name} up`)
    this.#down = new Way(pace, `${name} down`)
    const { welcome } = host
    if (welcome === 'open') this.#down.carry('open', () => this.#open(host))
    else if (welcome === 'refuse') this.#down.carry('refused', () => this.#end())
  }

  /** Nobody closed it, though it may be dead. */
  get isLive(): boolean {
    return this.readyState <= this.OPEN
  }

  send(frame: string): void {
    if (this.readyState === this.CONNECTING) throw new DOMException('not open yet', 'InvalidStateError')
    if (this.readyState === this.OPEN) this.#up.carry(frame, () => { if (!this.#isFrozen) this.#far?.hear(frame) })
  }

  close(): void {
    if (!this.isLive) return
    this.readyState = this.CLOSING
    this.#up.carry('close', () => {
      if (this.#isFrozen) return
      this.#far?.end()
      this.#down.carry('closed', () => this.#end())
    })
  }

  /** From the server. */
  deliver(frame: string): void {
    this.#down.carry(frame, () => {
      if (!this.#isFrozen && this.readyState === this.OPEN) this.dispatchEvent(new MessageEvent('message', { data: frame }))
    })
  }

  /** The network or the server ends it: what is on its way to the server may still arrive. */
  cut(): void {
    this.#up.carry('cut', () => this.#far?.end())
    this.#down.carry('cut', () => this.#end())
  }

  /** Nothing comes through any more, and the browser is not told. The server finds out. */
  freeze(): void {
    this.#isFrozen = true
    this.#up.carry('given up', () => this.#far?.end())
  }

  #open(host: Host): void {
    if (this.#isFrozen || this.readyState !== this.CONNECTING) return
    this.readyState = this.OPEN
    this.#far = host.connect(this)
    this.dispatchEvent(new Event('open'))
  }

  #end(): void {
    if (this.#isFrozen || this.readyState === this.CLOSED) return
    this.readyState = this.CLOSED
    this.dispatchEvent(new Event('close'))
  }
}

/** First in, first out; when, the scheduler says. */
export class Way {
  readonly #waiting: (() => void)[] = []
  readonly #pace: Pace
  readonly #name: string

  constructor(pace: Pace, name: string) {
    this.#pace = pace
    this.#name = name
  }

  carry(what: string, arrive: () => void): void {
    this.#waiting.push(arrive)
    void this.#pace.schedule(Promise.resolve(), `${this.#name}: ${what.slice(0, 90)}`).then(() => this.#waiting.shift()?.())
  }
}
