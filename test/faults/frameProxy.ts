import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { WebSocket, WebSocketServer } from 'ws'

/** Rule for one frame: call `pass` with this or another frame, now or later, any number of times. */
export type FrameRule = (frame: string, pass: (frame: string) => void, passage: ProxiedConnection) => void
const passThrough: FrameRule = (frame, pass) => pass(frame)

/** A proxy between a page and the server that forwards whole frames. */
export class FrameProxy {
  readonly connections: ProxiedConnection[] = []
  /** Rules for frames to the server (`up`) and to the page (`down`). */
  up: FrameRule = passThrough
  down: FrameRule = passThrough
  readonly #server: WebSocketServer

  private constructor(server: WebSocketServer, target: string) {
    this.#server = server
    server.on('connection', (page) =>
      this.connections.push(new ProxiedConnection(page, new WebSocket(`${target.replace(/^http/, 'ws')}/trpc`), this)),
    )
  }

  /** @param target URL of a server */
  static async start(target: string): Promise<FrameProxy> {
    const server = new WebSocketServer({ host: '127.0.0.1', port: 0 })
    await once(server, 'listening')
    return new FrameProxy(server, target)
  }

  /** HTTP URL of the proxy, for a page. */
  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  /** Cuts all connections and closes the proxy. */
  close(): void {
    for (const passage of this.connections) passage.cut()
    this.#server.close()
  }
}

/** One socket of a page, and its socket to the server. */
export class ProxiedConnection {
  readonly #page: WebSocket
  readonly #server: WebSocket
  /** Frames that arrived before the server's socket was open. */
  #pendingFrames: string[] | null = []
  /** Keeps the server's socket open after the page has closed its own. */
  keepsServerSocket = false
  /** Resolves when the page has closed its socket and all its frames were received. */
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

  /** Terminates both sockets without a close frame. */
  cut(): void {
    this.#page.terminate()
    this.#server.terminate()
  }

  /** Terminates the page's socket at once. Sent frames reach the server before the close does. */
  cutPageSocket(): void {
    this.#page.terminate()
  }

  /** Closes the server's socket after the held frames were delivered. */
  closeServerSocket(): void {
    this.#server.close()
  }
}
