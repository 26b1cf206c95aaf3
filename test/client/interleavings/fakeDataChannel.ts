import type { FakePeerConnection } from './fakePeerConnection.ts'
import { createDomException } from './operationsChain.ts'
import { ScheduledQueue } from './scheduledSocket.ts'

/** RTCDataChannel, agreed on beforehand, ordered and reliable (RFC 8831): a lost message is sent again. */
export class FakeDataChannel {
  readyState: RTCDataChannelState = 'connecting'
  onopen: (() => void) | null = null
  onclose: (() => void) | null = null
  onmessage: ((event: { data: unknown }) => void) | null = null
  /** What was heard, whoever listened. */
  readonly received: unknown[] = []
  readonly #connection: FakePeerConnection
  readonly #outgoing: ScheduledQueue
  /** Comes as soon as something comes through. */
  #incoming: unknown[] = []

  constructor(connection: FakePeerConnection) {
    this.#connection = connection
    this.#outgoing = new ScheduledQueue(connection.scheduler, `${connection.name} says`)
  }

  /** Throws when the channel is not open (W3C WebRTC §6.2). */
  send(text: string): void {
    if (this.readyState !== 'open') throw createDomException('InvalidStateError', `said while ${this.readyState}`)
    const { partner } = this.#connection
    this.#outgoing.enqueue(text, () => partner?.channel?.arrive(text))
  }

  open(): void {
    if (this.readyState !== 'connecting') return
    this.readyState = 'open'
    this.onopen?.()
    this.drain()
  }

  /** The other side is gone, and had time to say so. */
  closeRemotely(): void {
    if (this.readyState === 'closed') return
    this.readyState = 'closed'
    this.onclose?.()
  }

  arrive(data: unknown): void {
    this.#incoming.push(data)
    this.drain()
  }

  /** Nobody sends again what one who is gone has sent. */
  drain(): void {
    if (this.readyState !== 'open') return
    if (this.#connection.isReceiving) for (const data of this.#incoming.splice(0)) this.#deliver(data)
    else if (this.#connection.partner?.isClosed) this.#incoming = []
  }

  #deliver(data: unknown): void {
    if (this.readyState !== 'open') return
    this.received.push(data)
    this.onmessage?.({ data })
  }
}
