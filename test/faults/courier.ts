import { once } from 'node:events'
import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { WebSocket, WebSocketServer } from 'ws'
import { Passage, type Rule } from './frames.ts'

const through: Rule = (frame, pass) => pass(frame)

/** What lies between a browser and its server, and knows frames (frames.ts); pages it just passes on. */
export class Courier {
  up: Rule = through
  down: Rule = through
  readonly #server: Server
  readonly #to: number
  readonly #passages: Passage[] = []
  readonly #upgrades = new WebSocketServer({ noServer: true })

  private constructor(to: number) {
    this.#to = to
    this.#server = createServer((asked, answer) => this.#pass(asked, answer))
    this.#server.on('upgrade', (asked: IncomingMessage, stream: Socket, head: Buffer) =>
      this.#upgrades.handleUpgrade(asked, stream, head, (page) => this.#join(page, asked)))
  }

  static async hire(to: number): Promise<Courier> {
    const courier = new Courier(to)
    courier.#server.listen(0, '127.0.0.1')
    await once(courier.#server, 'listening')
    return courier
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port
  }

  async end(): Promise<void> {
    for (const passage of this.#passages) passage.cut()
    this.#server.closeAllConnections()
    await new Promise((resolve) => this.#server.close(resolve))
  }

  #pass(asked: IncomingMessage, answer: ServerResponse): void {
    const { method, url: path, headers } = asked
    const passed = request({ port: this.#to, host: '127.0.0.1', method, path, headers }, (given) => {
      answer.writeHead(given.statusCode ?? 502, given.headers)
      given.pipe(answer)
    })
    passed.on('error', () => answer.destroy())
    asked.pipe(passed)
  }

  /** The server lets in pages of its own: by the name that they know it by. */
  #join(page: WebSocket, { url, headers: { host, origin } }: IncomingMessage): void {
    const server = new WebSocket(`ws://127.0.0.1:${this.#to}${url}`, { origin, headers: { host } })
    this.#passages.push(new Passage(page, server, { up: (...frame) => this.up(...frame), down: (...frame) => this.down(...frame) }))
  }
}
