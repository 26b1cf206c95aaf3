import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { WebSocket, WebSocketServer } from 'ws'

/** What becomes of a frame on its way: `pass` lets it, or another, through, now or later, as often as one likes. */
export type FrameRule = (frame: string, pass: (frame: string) => void, passage: ProxiedConnection) => void
const passThrough: FrameRule = (frame, pass) => pass(frame)

/** Stands between a page and the server, and knows where one frame ends and the next begins. */
export class FrameProxy {
  readonly connections: ProxiedConnection[] = []
  /** What becomes of frames towards the server, and towards the page. */
  up: FrameRule = passThrough
  down: FrameRule = passThrough
  readonly #server: WebSocketServer

  private constructor(server: WebSocketServer, target: string) {
    this.#server = server
    server.on('connection', (page) =>
      this.connections.push(new ProxiedConnection(page, new WebSocket(`${target.replace(/^http/, 'ws')}/trpc`), this)),
    )
  }

  /** @param target the url of a server */
  static async start(target: string): Promise<FrameProxy> {
    const server = new WebSocketServer({ host: '127.0.0.1', port: 0 })
    await once(server, 'listening')
    return new FrameProxy(server, target)
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  close(): void {
    for (const passage of this.connections) passage.cut()
    this.#server.close()
  }
}

/** One socket of a page, and the one to the server that belongs to it. */
export class ProxiedConnection {
  readonly #page: WebSocket
  readonly #server: WebSocket
  /** What came before the way to the server was open. */
  #pendingFrames: string[] | null = []
  /** The page may go; what it sent is still on the way. */
  keepsServerSocket = false
  /** Resolves when the page has closed it, and all that it sent is here. */
  readonly pageClosed: Promise<unknown>

  constructor(page: WebSocket, server: WebSocket, rules: Pick<FrameProxy, 'up' | 'down'>) {
    this.#page = page
    this.#server = server
    this.pageClosed = once(page, 'close')
    for (const end of [page, server]) end.on('error', () => undefined)
    page.on('message', (data) => rules.up(String(data), this.sendToServer, this))
    server.on('message', (data) => rules.down(String(data), this.sendToPage, this))
    server.on('open', () => {
      for (const frame of this.#pendingFrames ?? []) server.send(frame)
      this.#pendingFrames = null
    })
    page.on('close', () => {
      if (!this.keepsServerSocket) server.close()
    })
    server.on('close', () => page.close())
  }

  readonly sendToServer = (frame: string): void => {
    if (this.#pendingFrames) this.#pendingFrames.push(frame)
    else if (this.#server.readyState === WebSocket.OPEN) this.#server.send(frame)
  }

  readonly sendToPage = (frame: string): void => {
    if (this.#page.readyState === WebSocket.OPEN) this.#page.send(frame)
  }

  /** Both ways at once, without a word. */
  cut(): void {
    this.#page.terminate()
    this.#server.terminate()
  }

  /** The page's end is dead at once; what it sent arrives before the server sees that. */
  cutPageSocket(): void {
    this.#page.terminate()
  }

  /** What was on the way has arrived: the server sees the end of it. */
  closeServerSocket(): void {
    this.#server.close()
  }
}
