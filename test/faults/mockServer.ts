import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Duplex } from 'node:stream'
import { WebSocket, WebSocketServer } from 'ws'
import type { ErrorCode, RoomEvent } from '../../machines/protocol/messages.ts'
import { newJoinKey } from '../server/testClient.ts'

/** What a page asked for a seat with. */
export interface JoinRequest {
  joinKey: string
  token: string | null
  lastEventId: string | null
}

/** One socket of a page, as the mock has it. */
export class MockConnection {
  readonly socket: WebSocket
  readonly #id: number

  constructor(socket: WebSocket, id: number) {
    this.socket = socket
    this.#id = id
  }

  sendEvent(position: string, data: RoomEvent): void {
    this.#send({ result: { type: 'data', id: position, data: { id: position, data } } })
  }

  sendJoined(position = 'e.0', more: object = {}): void {
    this.sendEvent(position, {
      type: 'joined',
      room: 'den',
      seat: 'a',
      role: 'impolite',
      token: newJoinKey(),
      epoch: 1,
      resumed: false,
      peer: 'absent',
      state: 'created',
      acked: 0,
      iceServers: [],
      lifetimeMs: 1_000_000,
      ...more,
    })
  }

  sendError(code: ErrorCode): void {
    this.#send({ error: { message: code, code: -32_000, data: { code, path: 'room.join' } } })
  }

  #send(answer: object): void {
    this.socket.send(JSON.stringify({ id: this.#id, ...answer }))
  }
}

/** What a server does that is not as it should be. What is left out is done right, or is not asked for. */
export interface MockBehavior {
  /** An answer to the request to upgrade; null: none at all. */
  upgrade?: string | null
  /** Answers to `PING`; false: none. */
  answersPings?: boolean
  onJoin?(connection: MockConnection, asked: JoinRequest, count: number): void
}

/** Stands where the server should be. */
export class MockServer {
  readonly joinRequests: JoinRequest[] = []
  upgradeCount = 0
  readonly #http: Server
  readonly #streams = new Set<Duplex>()

  private constructor(behavior: MockBehavior) {
    const sockets = new WebSocketServer({ noServer: true })
    this.#http = createServer().on('upgrade', (request, stream: Duplex, head) => {
      this.upgradeCount += 1
      this.#streams.add(stream)
      stream.on('error', () => undefined)
      if (behavior.upgrade === undefined)
        sockets.handleUpgrade(request, stream, head, (socket) => this.#serve(socket, behavior))
      else if (behavior.upgrade)
        stream.end(`HTTP/1.1 ${behavior.upgrade}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`)
    })
  }

  static async start(behavior: MockBehavior): Promise<MockServer> {
    const mock = new MockServer(behavior)
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

  #serve(socket: WebSocket, { answersPings = true, onJoin }: MockBehavior): void {
    socket.on('error', () => undefined)
    socket.on('message', (data) => {
      const text = String(data)
      if (text === 'PING') return answersPings && socket.send('PONG')
      const { id, params } = JSON.parse(text) as { id: number; params?: { path: string; input: JoinRequest } }
      if (params?.path !== 'room.join') return
      const count = this.joinRequests.push(params.input)
      onJoin?.(new MockConnection(socket, id), params.input, count)
    })
  }
}
