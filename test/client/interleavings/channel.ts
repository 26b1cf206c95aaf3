import type { FakeConnection } from './connection.ts'
import { refuse } from './operations.ts'
import { Way } from './socket.ts'

/** RTCDataChannel, agreed on beforehand, ordered and reliable (RFC 8831): what is lost on the way is sent again. */
export class FakeChannel {
  readyState: RTCDataChannelState = 'connecting'
  onopen: (() => void) | null = null
  onclose: (() => void) | null = null
  onmessage: ((event: { data: unknown }) => void) | null = null
  /** What was heard, whoever listened. */
  readonly heard: unknown[] = []
  readonly #connection: FakeConnection
  readonly #up: Way
  /** Comes as soon as something comes through. */
  #arriving: unknown[] = []

  constructor(connection: FakeConnection) {
    this.#connection = connection
    this.#up = new Way(connection.pace, `${connection.name} says`)
  }

  /** Throws where nobody can be told (W3C WebRTC §6.2). */
  send(text: string): void {
    if (this.readyState !== 'open') throw refuse('InvalidStateError', `said while ${this.readyState}`)
    const { met } = this.#connection
    this.#up.carry(text, () => met?.channel?.arrive(text))
  }

  open(): void {
    if (this.readyState !== 'connecting') return
    this.readyState = 'open'
    this.onopen?.()
    this.drain()
  }

  /** The other side is gone, and had time to say so. */
  end(): void {
    if (this.readyState === 'closed') return
    this.readyState = 'closed'
    this.onclose?.()
  }

  arrive(data: unknown): void {
    this.#arriving.push(data)
    this.drain()
  }

  /** Nobody sends again what one who is gone has sent. */
  drain(): void {
    if (this.readyState !== 'open') return
    if (this.#connection.hears) for (const data of this.#arriving.splice(0)) this.#hear(data)
    else if (this.#connection.met?.isClosed) this.#arriving = []
  }

  #hear(data: unknown): void {
    if (this.readyState !== 'open') return
    this.heard.push(data)
    this.onmessage?.({ data })
  }
}
