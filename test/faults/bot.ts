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
interface Reply {
  id: number | null
  result?: { type: string; data?: { id: string; data: Event } & { acked?: number } }
  error?: { data: { code: string } }
}

export class Bot {
  /** The types of all events that it received. */
  readonly events: string[] = []
  /** The codes of calls that were refused. */
  readonly errorCodes: string[] = []
  seat: Event | null = null
  readonly #options: BotOptions
  readonly #socket: WebSocket
  readonly #waiters = new Map<string, () => void>()
  #requestId = 0
  /** The number of the newest message that was sent. Numbers start at 1 without gaps. */
  #lastSeq = 0
  #negotiations = new Set<string>()

  constructor(options: BotOptions) {
    this.#options = options
    this.#socket = new WebSocket(options.url)
    this.#socket.on('open', () => this.#join())
    this.#socket.on('message', (data) => this.#handleFrame(String(data)))
  }

  /** Resolves when an event of this type, or `closed`, has come. */
  waitForEvent(type: string): Promise<void> {
    return this.events.includes(type)
      ? Promise.resolve()
      : new Promise((resolve) => void this.#waiters.set(type, resolve))
  }

  /** Says good-bye and frees the seat. */
  hangUp(): void {
    this.#sendMessage({ type: 'hangup' })
    this.#sendRequest('mutation', 'room.leave', { room: this.#options.room })
    this.#socket.on('close', () => this.#recordEvent('closed'))
    this.#socket.close(1000)
  }

  #join(): void {
    this.#sendRequest('subscription', 'room.join', {
      protocol: 1,
      room: this.#options.room,
      joinKey: randomBytes(32).toString('base64url'),
    })
  }

  #handleFrame(frame: string): void {
    if (frame === 'PING') return this.#socket.send('PONG')
    if (frame === 'PONG') return
    const { result, error } = JSON.parse(frame) as Reply
    if (error) this.errorCodes.push(error.data.code)
    const event = result?.type === 'data' ? result.data?.data : undefined
    if (event) this.#handleEvent(event)
  }

  #handleEvent(event: Event): void {
    if (event.type === 'joined') {
      this.seat = event
      this.#lastSeq = event.acked as number
    }
    if (event.type === 'message') this.#handleMessage(event.message as Event)
    this.#recordEvent(event.type)
  }

  #handleMessage(message: Event): void {
    if (message.type !== 'offer') return
    const { connection, negotiation, sdp } = message as Event & { connection: string; negotiation: number; sdp: string }
    // An offer may come again with a resync.
    if (this.#negotiations.has(`${connection} ${negotiation}`)) return
    this.#negotiations.add(`${connection} ${negotiation}`)
    this.#sendMessage({ type: 'answer', connection, negotiation, sdp: this.#options.answer(sdp) })
    this.#sendMessage({ type: 'media', microphone: false, camera: false, screen: false })
  }

  #sendMessage(message: Event): void {
    this.#sendRequest('mutation', 'room.send', { room: this.#options.room, seq: ++this.#lastSeq, message })
  }

  #sendRequest(method: string, path: string, input: object): void {
    this.#socket.send(JSON.stringify({ id: ++this.#requestId, method, params: { path, input } }))
  }

  #recordEvent(type: string): void {
    this.events.push(type)
    this.#waiters.get(type)?.()
    this.#waiters.delete(type)
  }
}
