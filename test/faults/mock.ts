import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Duplex } from 'node:stream'
import { WebSocket, WebSocketServer } from 'ws'
import type { Code, RoomEvent } from '../../machines/protocol/messages.ts'
import { newKey } from '../server/people.ts'

/** What a page asked for a seat with. */
export interface Asked { key: string; token: string | null; lastEventId: string | null }

/** One socket of a page, as the mock has it. */
export class Line {
  readonly socket: WebSocket
  readonly #id: number

  constructor(socket: WebSocket, id: number) {
    this.socket = socket
    this.#id = id
  }

  yields(position: string, data: RoomEvent): void {
    this.#send({ result: { type: 'data', id: position, data: { id: position, data } } })
  }

  joins(position = 'e.0', more: object = {}): void {
    this.yields(position, {
      type: 'joined', room: 'den', seat: 'a', role: 'impolite', token: newKey(), epoch: 1, resumed: false, peer: 'absent', state: 'created', said: 0,
      iceServers: [], lifetimeMs: 1_000_000, ...more,
    })
  }

  refuses(code: Code): void {
    this.#send({ error: { message: code, code: -32_000, data: { code, path: 'room.visit' } } })
  }

  #send(answer: object): void {
    this.socket.send(JSON.stringify({ id: this.#id, ...answer }))
  }
}

/** What a server does that is not as it should be. What is left out is done right, or is not asked for. */
export interface Manners {
  /** An answer to the request to upgrade; null: none at all. */
  upgrade?: string | null
  /** Answers to `PING`; false: none. */
  pongs?: boolean
  visit?(line: Line, asked: Asked, nth: number): void
}

/** Stands where the server should be. */
export class MockServer {
  readonly asked: Asked[] = []
  upgrades = 0
  readonly #http: Server
  readonly #streams = new Set<Duplex>()

  private constructor(manners: Manners) {
    const sockets = new WebSocketServer({ noServer: true })
    this.#http = createServer().on('upgrade', (request, stream: Duplex, head) => {
      this.upgrades += 1
      this.#streams.add(stream)
      stream.on('error', () => undefined)
      if (manners.upgrade === undefined) sockets.handleUpgrade(request, stream, head, (socket) => this.#serve(socket, manners))
      else if (manners.upgrade) stream.end(`HTTP/1.1 ${manners.upgrade}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`)
    })
  }

  static async start(manners: Manners): Promise<MockServer> {
    const mock = new MockServer(manners)
    mock.#http.listen(0, '127.0.0.1')
    await once(mock.#http, 'listening')
    return mock
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#http.address() as AddressInfo).port}`
  }

  close(): void {
    for (const stream of this.#streams) stream.destroy()
    this.#http.close()
  }

  #serve(socket: WebSocket, { pongs = true, visit }: Manners): void {
    socket.on('error', () => undefined)
    socket.on('message', (data) => {
      const text = String(data)
      if (text === 'PING') return pongs && socket.send('PONG')
      const { id, params } = JSON.parse(text) as { id: number; params?: { path: string; input: Asked } }
      if (params?.path !== 'room.visit') return
      const nth = this.asked.push(params.input)
      visit?.(new Line(socket, id), params.input, nth)
    })
  }
}
