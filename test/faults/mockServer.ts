import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Duplex } from 'node:stream'
import { WebSocket, WebSocketServer } from 'ws'
import type { ErrorCode, RoomEvent } from '../../machines/protocol/messages.ts'
import { createJoined } from '../machines/signaling/createJoined.ts'
import { newJoinKey } from '../server/testClient.ts'

/** Input of a page's join. */
export interface JoinRequest {
  joinKey: string
  token: string | null
  lastEventId: string | null
}

/** One socket of a page at the mock. */
export class MockConnection {
  readonly socket: WebSocket
  readonly #id: number

  constructor(socket: WebSocket, id: number) {
    this.socket = socket
    this.#id = id
  }

  /** Sends a room event at this mailbox position. */
  sendEvent(position: string, data: RoomEvent): void {
    this.#send({ result: { type: 'data', id: position, data: { id: position, data } } })
  }

  /** Grants the join. `more` overrides fields of the event. */
  sendJoined(position = 'e.0', more: object = {}): void {
    this.sendEvent(position, createJoined({ token: newJoinKey(), lifetimeMs: 1_000_000, ...more }))
  }

  /** Rejects the join with this error code. */
  sendError(code: ErrorCode): void {
    this.#send({ error: { message: code, code: -32_000, data: { code, path: 'room.join' } } })
  }

  #send(answer: object): void {
    this.socket.send(JSON.stringify({ id: this.#id, ...answer }))
  }
}

/** Faults of the server. Missing properties mean correct behavior, or steps that are not reached. */
export interface MockBehavior {
  /** HTTP status of the upgrade response; null: no response. */
  upgrade?: string | null
  /** False: the server does not answer `PING`. */
  answersPings?: boolean
  onJoin?(connection: MockConnection, asked: JoinRequest, count: number): void
}

/** A stand-in for the server. */
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

  /** Starts a mock on a free port. */
  static async start(behavior: MockBehavior): Promise<MockServer> {
    const mock = new MockServer(behavior)
    mock.#http.listen(0, '127.0.0.1')
    await once(mock.#http, 'listening')
    return mock
  }

  /** HTTP URL of the mock. */
  get url(): string {
    return `http://127.0.0.1:${(this.#http.address() as AddressInfo).port}`
  }

  /** Closes the mock and all its connections. */
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
