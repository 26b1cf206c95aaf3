import { WebSocket } from 'ws'
import type { Dialect } from './dialects.ts'

/** One socket in one room. */
export class BenchClient {
  onMessage: () => void = () => {}
  onAcknowledged: (n: number) => void = () => {}
  readonly joined: Promise<void>
  readonly #socket: WebSocket
  readonly #dialect: Dialect
  readonly #room: string
  #sentCount = 0

  constructor(dialect: Dialect, port: number, room: string) {
    this.#dialect = dialect
    this.#room = room
    this.#socket = new WebSocket(dialect.url(port, room), { perMessageDeflate: false })
    this.joined = new Promise((resolve, reject) => {
      this.#socket.on('open', () => this.#sendJoin())
      this.#socket.on('message', (data) => this.#handleFrame(String(data), resolve))
      this.#socket.on('error', reject).on('close', (code) => reject(new Error(`closed with ${code}`)))
    })
  }

  /** Sends a message. Returns its number, from 1. */
  send(message: object): number {
    this.#sentCount += 1
    this.#socket.send(this.#dialect.encodeMessage(this.#room, this.#sentCount, message))
    return this.#sentCount
  }

  #sendJoin(): void {
    const greeting = this.#dialect.encodeJoin(this.#room)
    if (greeting !== null) this.#socket.send(greeting)
  }

  #handleFrame(text: string, enter: () => void): void {
    const event = this.#dialect.decode(text, this.#room)
    switch (event?.type) {
      case 'entered':
        return enter()
      case 'reply':
        return this.#socket.send(event.text)
      case 'message':
        return this.onMessage()
      case 'acknowledged':
        return this.onAcknowledged(event.n)
    }
  }
}
