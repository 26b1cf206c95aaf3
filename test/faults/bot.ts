import { randomBytes } from 'node:crypto'
import { WebSocket, type ClientOptions } from 'ws'

/**
 * A bot that joins a room, answers every offer with a fixed description, and hangs up. It follows docs/protocol.md
 * alone over a plain WebSocket. It imports nothing from this repository, so it proves that the document is complete.
 */
export interface BotOptions {
  /** Such as `ws://localhost:8000/trpc`. */
  url: string
  room: string
  /** Returns an answer for the SDP of an offer. A bot with media would call its WebRTC library here. */
  answer(sdp: string): string
  /** Such as `ca`, the certificate of a private authority. */
  socketOptions?: ClientOptions
}

type Event = { type: string } & Record<string, unknown>
interface Reply {
  id: number | null
  result?: { type: string; data?: { id: string; data: Event } & { acked?: number } }
  error?: { data: { code: string } }
}

/** Joins a room at once and answers every offer until `hangUp`. */
export class Bot {
  /** The types of all received events. */
  readonly events: string[] = []
  /** The codes of all error responses. */
  readonly errorCodes: string[] = []
  seat: Event | null = null
  readonly #options: BotOptions
  readonly #socket: WebSocket
  readonly #waiters = new Map<string, () => void>()
  #requestId = 0
  /** Number of the newest message sent. Numbers start at 1 without gaps. */
  #lastSeq = 0
  #negotiations = new Set<string>()

  constructor(options: BotOptions) {
    this.#options = options
    this.#socket = new WebSocket(options.url, options.socketOptions)
    this.#socket.on('open', () => this.#join())
    this.#socket.on('message', (data) => this.#handleFrame(String(data)))
  }

  /** Resolves when an event of this type, or `closed`, has come. */
  waitForEvent(type: string): Promise<void> {
    return this.events.includes(type)
      ? Promise.resolve()
      : new Promise((resolve) => void this.#waiters.set(type, resolve))
  }

  /** Sends the hang-up and frees the seat. */
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
    // After a resync the same offer may arrive again.
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
