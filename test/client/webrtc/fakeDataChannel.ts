import type { FakePeerConnection } from './fakePeerConnection.ts'
import { createDomException } from './operationsChain.ts'
import { ScheduledQueue } from '../common/taskScheduler.ts'

/** RTCDataChannel: negotiated, ordered and reliable (RFC 8831). A lost message is sent again. */
export class FakeDataChannel {
  readonly label: string
  readonly negotiated: boolean
  readonly id: number
  readyState: RTCDataChannelState = 'connecting'
  onopen: (() => void) | null = null
  onclose: (() => void) | null = null
  onmessage: ((event: { data: unknown }) => void) | null = null
  /** All sent messages. */
  readonly sent: string[] = []
  /** All received messages, with or without a listener. */
  readonly received: unknown[] = []
  readonly #connection: FakePeerConnection
  readonly #outgoing: ScheduledQueue
  /** Messages that arrive once the transport works. */
  #incoming: unknown[] = []

  constructor(
    connection: FakePeerConnection,
    { label, negotiated, id }: { label: string; negotiated: boolean; id: number },
  ) {
    this.label = label
    this.negotiated = negotiated
    this.id = id
    this.#connection = connection
    this.#outgoing = new ScheduledQueue(connection.scheduler, `${connection.name} says${id === 0 ? '' : ` ${label}`}`)
  }

  /** Throws if the channel is not open (webrtc-pc §6.2). */
  send(text: string): void {
    if (this.readyState !== 'open') throw createDomException('InvalidStateError', `sent while ${this.readyState}`)
    const { partner } = this.#connection
    this.sent.push(text)
    this.#outgoing.enqueue(text, () => partner?.channels.get(this.id)?.arrive(text))
  }

  /** Starts to close the channel. From now on nothing is delivered (webrtc-pc §6.2). */
  close(): void {
    if (this.readyState !== 'closed') this.readyState = 'closing'
  }

  open(): void {
    if (this.readyState !== 'connecting') return
    this.readyState = 'open'
    this.onopen?.()
    this.drain()
  }

  /** Closes the channel after the peer has closed it. */
  closeRemotely(): void {
    if (this.readyState === 'closed') return
    this.readyState = 'closed'
    this.onclose?.()
  }

  arrive(data: unknown): void {
    this.#incoming.push(data)
    this.drain()
  }

  /** Delivers the rest of the messages: a closed peer sends nothing again. */
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
