import { type TaskScheduler, ScheduledQueue } from '../common/taskScheduler.ts'

/** The server of a socket. */
export interface SocketServer {
  /** The result of a new socket: it opens, it is refused, or it gets no response at all. */
  readonly acceptMode: 'open' | 'refuse' | 'silence'
  connect(socket: ScheduledSocket): ServerEnd
}

/** The server end of a socket. */
export interface ServerEnd {
  receive(frame: string): void
  /** Called when the socket closes. */
  close(): void
}

/** A browser's WebSocket with scheduled frames, in order per direction (RFC 6455, WHATWG WebSockets). */
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

  /** True until it is closed; the connection may be dead. */
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

  /** Delivers a frame from the server. */
  deliver(frame: string): void {
    this.#toPage.enqueue(frame, () => {
      if (!this.#isFrozen && this.readyState === this.OPEN)
        this.dispatchEvent(new MessageEvent('message', { data: frame }))
    })
  }

  /** The network or the server ends the connection. Queued frames to the server may still arrive. */
  cut(): void {
    this.#toServer.enqueue('cut', () => this.#serverEnd?.close())
    this.#toPage.enqueue('cut', () => this.#end())
  }

  /** Stops all frames. The server notices, but the browser does not. */
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
