import { once } from 'node:events'
import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { WebSocket, WebSocketServer } from 'ws'

/** Rule for one frame: call `pass` with this or another frame, now or later, any number of times. */
export type FrameRule = (frame: string, pass: (frame: string) => void, connection: ProxiedConnection) => void

/** Forwards each frame unchanged. */
export const passThrough: FrameRule = (frame, pass) => pass(frame)

/**
 * An HTTP proxy between a page and its server. WebSocket frames pass through rules; other requests pass unchanged.
 */
export class FrameProxy {
  readonly connections: ProxiedConnection[] = []
  /** Rules for frames to the server (`up`) and to the page (`down`). */
  up: FrameRule = passThrough
  down: FrameRule = passThrough
  readonly #target: URL
  readonly #server: Server
  readonly #pages = new WebSocketServer({ noServer: true })
  #isCut = false

  private constructor(target: URL) {
    this.#target = target
    this.#server = createServer((incoming, answer) => this.#forwardRequest(incoming, answer))
    this.#server.on('upgrade', (incoming: IncomingMessage, stream: Socket, head: Buffer) =>
      this.#pages.handleUpgrade(incoming, stream, head, (page) => this.#connect(page, incoming)),
    )
  }

  /** @param target HTTP URL of a server on this machine */
  static async start(target: string): Promise<FrameProxy> {
    const proxy = new FrameProxy(new URL(target))
    proxy.#server.listen(0, '127.0.0.1')
    await once(proxy.#server, 'listening')
    return proxy
  }

  /** Port of this machine at which the proxy listens. */
  get port(): number {
    return (this.#server.address() as AddressInfo).port
  }

  /** HTTP URL of the proxy, for a page. */
  get url(): string {
    return `http://127.0.0.1:${this.port}`
  }

  /** Closes the WebSockets. New ones open, and no frame passes. */
  cut(): void {
    this.#isCut = true
    this.#closePages()
  }

  /** Closes the WebSockets, so that the page opens one that reaches the server. */
  restore(): void {
    this.#isCut = false
    this.#closePages()
  }

  /** Terminates all connections and closes the proxy. */
  async close(): Promise<void> {
    for (const connection of this.connections) connection.cut()
    for (const page of this.#pages.clients) page.terminate()
    this.#server.closeAllConnections()
    await new Promise((resolve) => this.#server.close(resolve))
  }

  #closePages(): void {
    for (const page of this.#pages.clients) page.close()
  }

  #forwardRequest(incoming: IncomingMessage, answer: ServerResponse): void {
    const { method, url: path, headers } = incoming
    const forwarded = request(this.#target, { method, path, headers }, (response) => {
      answer.writeHead(response.statusCode ?? 502, response.headers)
      response.pipe(answer)
    })
    forwarded.on('error', () => answer.destroy())
    incoming.pipe(forwarded)
  }

  /** Forwards the page's Host and Origin, which the server checks against each other. */
  #connect(page: WebSocket, { url, headers: { host, origin } }: IncomingMessage): void {
    if (this.#isCut) return void page.on('error', () => undefined)
    const server = new WebSocket(`ws://${this.#target.host}${url}`, { origin, headers: { host } })
    const rules = {
      up: (...frame: Parameters<FrameRule>) => this.up(...frame),
      down: (...frame: Parameters<FrameRule>) => this.down(...frame),
    }
    this.connections.push(new ProxiedConnection(page, server, rules))
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

  constructor(page: WebSocket, server: WebSocket, rules: { up: FrameRule; down: FrameRule }) {
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
