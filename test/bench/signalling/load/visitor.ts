import { WebSocket } from 'ws'
import type { Dialect } from './dialects.ts'

/** One socket in one room. */
export class Visitor {
  onMessage: () => void = () => {}
  onAcknowledged: (n: number) => void = () => {}
  readonly entered: Promise<void>
  readonly #socket: WebSocket
  readonly #dialect: Dialect
  readonly #room: string
  #said = 0

  constructor(dialect: Dialect, port: number, room: string) {
    this.#dialect = dialect
    this.#room = room
    this.#socket = new WebSocket(dialect.url(port, room), { perMessageDeflate: false })
    this.entered = new Promise((resolve, reject) => {
      this.#socket.on('open', () => this.#greet())
      this.#socket.on('message', (data) => this.#hear(String(data), resolve))
      this.#socket.on('error', reject).on('close', (code) => reject(new Error(`closed with ${code}`)))
    })
  }

  say(message: object): number {
    this.#said += 1
    this.#socket.send(this.#dialect.say(this.#room, this.#said, message))
    return this.#said
  }

  #greet(): void {
    const greeting = this.#dialect.greet(this.#room)
    if (greeting !== null) this.#socket.send(greeting)
  }

  #hear(text: string, enter: () => void): void {
    const heard = this.#dialect.read(text, this.#room)
    switch (heard?.type) {
      case 'entered': return enter()
      case 'reply': return this.#socket.send(heard.text)
      case 'message': return this.onMessage()
      case 'acknowledged': return this.onAcknowledged(heard.n)
    }
  }
}
