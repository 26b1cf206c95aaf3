import { randomBytes } from 'node:crypto'
import { WebSocket } from 'ws'

/**
 * A bot that enters a room, answers every offer with a canned description, and hangs up. It is written from docs/protocol.md alone,
 * with a bare WebSocket: no import from this repository, so that the document is what it proves.
 */
export interface BotOptions {
  /** Such as `ws://localhost:8000/trpc`. */
  url: string
  room: string
  /** Turns an offer's SDP into an answer's. A bot with media would ask its WebRTC library here. */
  answer(sdp: string): string
}

type Event = { type: string } & Record<string, unknown>
interface Reply { id: number | null; result?: { type: string; data?: { id: string; data: Event } & { said?: number } }; error?: { data: { code: string } } }

export class Bot {
  /** The types of all events that it received. */
  readonly events: string[] = []
  /** The codes of calls that were refused. */
  readonly refusals: string[] = []
  seat: Event | null = null
  readonly #options: BotOptions
  readonly #socket: WebSocket
  readonly #waiting = new Map<string, () => void>()
  #call = 0
  /** The number of the newest message that was said: they count from 1, and are not left out. */
  #said = 0
  #negotiations = new Set<string>()

  constructor(options: BotOptions) {
    this.#options = options
    this.#socket = new WebSocket(options.url)
    this.#socket.on('open', () => this.#enter())
    this.#socket.on('message', (data) => this.#read(String(data)))
  }

  /** Resolves when an event of this type, or `closed`, has come. */
  received(type: string): Promise<void> {
    return this.events.includes(type) ? Promise.resolve() : new Promise((resolve) => void this.#waiting.set(type, resolve))
  }

  /** Says good-bye and frees the seat. */
  hangUp(): void {
    this.#say({ type: 'bye' })
    this.#send('mutation', 'room.leave', { room: this.#options.room })
    this.#socket.on('close', () => this.#note('closed'))
    this.#socket.close(1000)
  }

  #enter(): void {
    this.#send('subscription', 'room.visit', { protocol: 1, room: this.#options.room, key: randomBytes(32).toString('base64url') })
  }

  #read(frame: string): void {
    if (frame === 'PING') return this.#socket.send('PONG')
    if (frame === 'PONG') return
    const { result, error } = JSON.parse(frame) as Reply
    if (error) this.refusals.push(error.data.code)
    const event = result?.type === 'data' ? result.data?.data : undefined
    if (event) this.#hear(event)
  }

  #hear(event: Event): void {
    if (event.type === 'joined') {
      this.seat = event
      this.#said = event.said as number
    }
    if (event.type === 'message') this.#hearMessage(event.message as Event)
    this.#note(event.type)
  }

  #hearMessage(message: Event): void {
    if (message.type !== 'offer') return
    const { connection, negotiation, sdp } = message as Event & { connection: string; negotiation: number; sdp: string }
    // An offer may come again with a resync.
    if (this.#negotiations.has(`${connection} ${negotiation}`)) return
    this.#negotiations.add(`${connection} ${negotiation}`)
    this.#say({ type: 'answer', connection, negotiation, sdp: this.#options.answer(sdp) })
    this.#say({ type: 'media', microphone: false, camera: false, screen: false })
  }

  #say(message: Event): void {
    this.#send('mutation', 'room.say', { room: this.#options.room, n: ++this.#said, message })
  }

  #send(method: string, path: string, input: object): void {
    this.#socket.send(JSON.stringify({ id: ++this.#call, method, params: { path, input } }))
  }

  #note(type: string): void {
    this.events.push(type)
    this.#waiting.get(type)?.()
    this.#waiting.delete(type)
  }
}
