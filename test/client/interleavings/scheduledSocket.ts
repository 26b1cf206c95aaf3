import type { Scheduler } from 'fast-check'

/** Decides when a queued task runs. */
export type TaskScheduler = Pick<Scheduler, 'schedule'>
/** At once. */
export const immediateScheduler: TaskScheduler = { schedule: (task) => task }

/** Where a socket leads. */
export interface SocketServer {
  /** What a new socket finds: somebody, nobody, or nothing at all, not even a refusal. */
  readonly acceptMode: 'open' | 'refuse' | 'silence'
  connect(socket: ScheduledSocket): ServerEnd
}

/** The other end. */
export interface ServerEnd {
  receive(frame: string): void
  /** The socket is gone. */
  close(): void
}

/** A browser's WebSocket over a wire on which frames take their time, in order, in each direction (RFC 6455, WHATWG WebSockets). */
export class ScheduledSocket extends EventTarget {
  readonly CONNECTING = 0
  readonly OPEN = 1
  readonly CLOSING = 2
  readonly CLOSED = 3
  readyState: number = this.CONNECTING
  #isFrozen = false
  #serverEnd: ServerEnd | null = null
  readonly #toServer: ScheduledQueue
  readonly #toPage: ScheduledQueue

  constructor(host: SocketServer, scheduler: TaskScheduler, name: string) {
    super()
    this.#toServer = new ScheduledQueue(scheduler, `${name} up`)
    this.#toPage = new ScheduledQueue(scheduler, `${name} down`)
    const { acceptMode } = host
    if (acceptMode === 'open') this.#toPage.enqueue('open', () => this.#open(host))
    else if (acceptMode === 'refuse') this.#toPage.enqueue('refused', () => this.#end())
  }

  /** Nobody closed it, though it may be dead. */
  get isLive(): boolean {
    return this.readyState <= this.OPEN
  }

  send(frame: string): void {
    if (this.readyState === this.CONNECTING) throw new DOMException('not open yet', 'InvalidStateError')
    if (this.readyState === this.OPEN)
      this.#toServer.enqueue(frame, () => {
        if (!this.#isFrozen) this.#serverEnd?.receive(frame)
      })
  }

  close(): void {
    if (!this.isLive) return
    this.readyState = this.CLOSING
    this.#toServer.enqueue('close', () => {
      if (this.#isFrozen) return
      this.#serverEnd?.close()
      this.#toPage.enqueue('closed', () => this.#end())
    })
  }

  /** From the server. */
  deliver(frame: string): void {
    this.#toPage.enqueue(frame, () => {
      if (!this.#isFrozen && this.readyState === this.OPEN)
        this.dispatchEvent(new MessageEvent('message', { data: frame }))
    })
  }

  /** The network or the server ends it: frames that are queued for the server may still arrive. */
  cut(): void {
    this.#toServer.enqueue('cut', () => this.#serverEnd?.close())
    this.#toPage.enqueue('cut', () => this.#end())
  }

  /** Nothing comes through any more, and the browser does not notice. The server does. */
  freeze(): void {
    this.#isFrozen = true
    this.#toServer.enqueue('given up', () => this.#serverEnd?.close())
  }

  #open(host: SocketServer): void {
    if (this.#isFrozen || this.readyState !== this.CONNECTING) return
    this.readyState = this.OPEN
    this.#serverEnd = host.connect(this)
    this.dispatchEvent(new Event('open'))
  }

  #end(): void {
    if (this.#isFrozen || this.readyState === this.CLOSED) return
    this.readyState = this.CLOSED
    this.dispatchEvent(new Event('close'))
  }
}

/** First in, first out; when, the scheduler says. */
export class ScheduledQueue {
  readonly #waiting: (() => void)[] = []
  readonly #scheduler: TaskScheduler
  readonly #name: string

  constructor(scheduler: TaskScheduler, name: string) {
    this.#scheduler = scheduler
    this.#name = name
  }

  enqueue(what: string, arrive: () => void): void {
    this.#waiting.push(arrive)
    void this.#scheduler
      .schedule(Promise.resolve(), `${this.#name}: ${what.slice(0, 90)}`)
      .then(() => this.#waiting.shift()?.())
  }
}
