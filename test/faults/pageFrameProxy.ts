import { once } from 'node:events'
import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { WebSocket, WebSocketServer } from 'ws'
import { ProxiedConnection, type FrameRule } from './frameProxy.ts'

const passThrough: FrameRule = (frame, pass) => pass(frame)

/**
 * An HTTP proxy between a browser and its server. WebSocket frames pass through rules (frameProxy.ts); other requests
 * pass unchanged.
 */
export class PageFrameProxy {
  up: FrameRule = passThrough
  down: FrameRule = passThrough
  readonly #server: Server
  readonly #targetPort: number
  readonly #connections: ProxiedConnection[] = []
  readonly #upgrades = new WebSocketServer({ noServer: true })

  private constructor(to: number) {
    this.#targetPort = to
    this.#server = createServer((incoming, answer) => this.#forwardRequest(incoming, answer))
    this.#server.on('upgrade', (incoming: IncomingMessage, stream: Socket, head: Buffer) =>
      this.#upgrades.handleUpgrade(incoming, stream, head, (page) => this.#connect(page, incoming)),
    )
  }

  /** Starts a proxy in front of a server on this machine. */
  static async start(targetPort: number): Promise<PageFrameProxy> {
    const proxy = new PageFrameProxy(targetPort)
    proxy.#server.listen(0, '127.0.0.1')
    await once(proxy.#server, 'listening')
    return proxy
  }

  /** Port at which a browser opens the page. */
  get port(): number {
    return (this.#server.address() as AddressInfo).port
  }

  /** Cuts all connections and closes the proxy. */
  async close(): Promise<void> {
    for (const passage of this.#connections) passage.cut()
    this.#server.closeAllConnections()
    await new Promise((resolve) => this.#server.close(resolve))
  }

  #forwardRequest(incoming: IncomingMessage, answer: ServerResponse): void {
    const { method, url: path, headers } = incoming
    const forwarded = request({ port: this.#targetPort, host: '127.0.0.1', method, path, headers }, (response) => {
      answer.writeHead(response.statusCode ?? 502, response.headers)
      response.pipe(answer)
    })
    forwarded.on('error', () => answer.destroy())
    incoming.pipe(forwarded)
  }

  /** Forwards the page's Host and Origin, which the server checks against each other. */
  #connect(page: WebSocket, { url, headers: { host, origin } }: IncomingMessage): void {
    const server = new WebSocket(`ws://127.0.0.1:${this.#targetPort}${url}`, { origin, headers: { host } })
    this.#connections.push(
      new ProxiedConnection(page, server, {
        up: (...frame) => this.up(...frame),
        down: (...frame) => this.down(...frame),
      }),
    )
  }
}
