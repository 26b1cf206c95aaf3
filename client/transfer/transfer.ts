import { type ActorRefFrom, createActor, fromCallback, type InspectionEvent } from 'xstate'
import type { TransferEndReason } from '../../machines/protocol/vocabulary.ts'
import type {
  TransferContentCommand,
  TransferContentEvent,
  TransferEffect,
  TransferEvent,
  TransferSide,
} from '../../machines/transfer/transferEvents.ts'
import { transferMachine } from '../../machines/transfer/transferMachine.ts'
import { type ChunkResult, IncomingFile } from './incomingFile.ts'
import { type FileSource, OutgoingFile } from './outgoingFile.ts'
import type { PartStore } from './partStore.ts'
import { RateMeter } from './rateMeter.ts'
import type { SendQueue } from './sendQueue.ts'

/** The state of a transfer, as the machine names it. */
export type TransferStatus =
  'offered' | 'preparing' | 'transferring' | 'paused' | 'checking' | 'stored' | 'cancelled' | 'failed'

/** A file that was offered. It can be stored. */
export interface TransferDescription {
  side: TransferSide
  id: string
  /** Clean (fileName.ts). */
  name: string
  /** In bytes. */
  size: number
}

/** A transfer as the page shows it. */
export interface TransferView extends TransferDescription {
  readonly status: TransferStatus
  /** True if nothing more happens to this transfer. */
  readonly hasEnded: boolean
  /** Why it ended without the file; null otherwise. */
  readonly reason: TransferEndReason | null
  readonly isEndedByPeer: boolean
  /** The bytes that the receiver has. A sender counts acknowledged bytes. */
  readonly offset: number
  /** Bytes per second; null while nothing moves. */
  readonly bytesPerSecond: number | null
  /** Returns the stored file of a receiver; null if this browser no longer has it. */
  readBlob(): Promise<Blob | null>
}

/** Dependencies and listeners of a transfer. */
export interface TransferParts {
  /** The file of a sender. */
  source?: FileSource
  /** The storage of a receiver. */
  openStore(): Promise<PartStore>
  /** The queue of the open channel; null without one. */
  queue(): SendQueue | null
  onEffect(transfer: Transfer, effect: TransferEffect): void
  /** The receiver has the bytes up to `offset`, and the sender asked for it. */
  onAckDue(transfer: Transfer, offset: number): void
  /** The receiver has the whole file. */
  onStored(transfer: Transfer, blob: Blob): void
  /** The status changed, or the progress of at least 250 ms. */
  onChange(transfer: Transfer): void
  /** A monotonic clock in ms. */
  now(): number
  inspect?(event: InspectionEvent): void
}

/** One file on its way: its machine, and the actor that reads or stores its bytes. */
export class Transfer implements TransferView {
  readonly side: TransferSide
  readonly id: string
  readonly name: string
  readonly size: number
  readonly #parts: TransferParts
  readonly #meter = new RateMeter()
  readonly #actor: ActorRefFrom<typeof transferMachine>
  #outgoing: OutgoingFile | null = null
  #incoming: IncomingFile | null = null
  #blob: Blob | null = null
  #status: TransferStatus = 'offered'

  /** @param isOffered for a receiver: the offer arrived on the open channel */
  constructor({ side, id, name, size }: TransferDescription, parts: TransferParts, isOffered = false) {
    this.side = side
    this.id = id
    this.name = name
    this.size = size
    this.#parts = parts
    const content = fromCallback<TransferContentCommand, { side: TransferSide }, TransferContentEvent>(
      ({ receive, sendBack }) => (side === 'sender' ? this.#send(receive, sendBack) : this.#store(receive, sendBack)),
    )
    this.#actor = createActor(transferMachine.provide({ actors: { content } }), {
      input: { side, size, isOffered },
      inspect: parts.inspect,
    })
    this.#actor.on('*', (effect) => parts.onEffect(this, effect))
    this.#actor.subscribe(({ value }) => this.#onStatus(value))
    this.#actor.start()
  }

  /** The state of the machine. */
  get status(): TransferStatus {
    return this.#status
  }

  get hasEnded(): boolean {
    return hasEnded(this.#status)
  }

  get reason(): TransferEndReason | null {
    return this.#actor.getSnapshot().context.reason
  }

  /** True if the peer decided the end. */
  get isEndedByPeer(): boolean {
    return this.#actor.getSnapshot().context.isEndedByPeer
  }

  get offset(): number {
    if (this.#status === 'stored') return this.size
    return this.#incoming?.offset ?? this.#outgoing?.acked ?? 0
  }

  get bytesPerSecond(): number | null {
    return this.#status === 'transferring' ? this.#meter.bytesPerSecond : null
  }

  /** Passes an event to the machine. An ended transfer ignores it. */
  handle(event: TransferEvent): void {
    if (!this.hasEnded) this.#actor.send(event)
  }

  /** Takes a chunk of the peer; null if the receiver expects none. */
  receive(offset: number, bytes: Uint8Array<ArrayBuffer>, wantsAck: boolean): ChunkResult | null {
    if (this.#status !== 'transferring' || !this.#incoming) return null
    const result = this.#incoming.receive(offset, bytes, wantsAck)
    if (result === 'lying') this.handle({ type: 'content.failed', reason: 'mismatch' })
    this.onProgress()
    return result
  }

  /** The count of bytes changed. */
  onProgress(): void {
    if (this.#meter.add(this.offset, this.#parts.now())) this.#parts.onChange(this)
  }

  readBlob(): Promise<Blob | null> {
    return Promise.resolve(this.#blob)
  }

  /** Stops the machine without effects, and deletes stored bytes. */
  async discard(): Promise<void> {
    this.#actor.stop()
    if (this.side === 'sender' || this.#status === 'offered') return
    await this.#incoming?.stop()
    const store = await this.#parts.openStore()
    await store.remove(this.id)
  }

  #onStatus(status: TransferStatus): void {
    if (status === this.#status) return
    const wasOffered = this.#status === 'offered'
    this.#status = status
    this.#meter.reset()
    // The next page of this tab would find the bytes otherwise.
    if (status === 'cancelled' || status === 'failed') if (!wasOffered) this.discard().catch(() => undefined)
    if (status === 'stored' && this.#blob) this.#parts.onStored(this, this.#blob)
    this.#parts.onChange(this)
  }

  #send(receive: Receive, sendBack: SendBack): () => void {
    const { source, queue } = this.#parts
    if (!source) throw new Error('a sender needs a file')
    const file = new OutgoingFile(source, {
      onReady: () => queue()?.pump(),
      onSent: (sha256) => sendBack({ type: 'content.sent', sha256 }),
      onUnreadable: () => sendBack({ type: 'content.failed', reason: 'unreadable' }),
    })
    this.#outgoing = file
    const pause = (): void => {
      file.pause()
      queue()?.remove(this.id)
    }
    receive((command) => {
      if (command.type === 'pause') pause()
      if (command.type !== 'send') return
      queue()?.add(this.id, file)
      file.start(command.offset)
    })
    return pause
  }

  #store(receive: Receive, sendBack: SendBack): () => void {
    const fail = (): void => sendBack({ type: 'content.failed', reason: 'storage' })
    const open = async (): Promise<void> => {
      const file = new IncomingFile(this, await this.#parts.openStore(), {
        onAckDue: (offset) => this.#parts.onAckDue(this, offset),
        onStorageFailed: fail,
      })
      this.#incoming = file
      await file.open()
    }
    const verify = async (sha256: string): Promise<void> => {
      this.#blob = (await this.#incoming?.verify(sha256)) ?? null
      sendBack(this.#blob ? { type: 'content.verified' } : { type: 'content.failed', reason: 'mismatch' })
    }
    open().then(() => sendBack({ type: 'storage.opened' }), fail)
    receive((command) => {
      if (command.type === 'verify') verify(command.sha256).catch(fail)
    })
    return () => undefined
  }
}

const hasEnded = (status: TransferStatus): boolean =>
  status === 'stored' || status === 'cancelled' || status === 'failed'

type Receive = (listener: (command: TransferContentCommand) => void) => void
type SendBack = (event: TransferContentEvent) => void
