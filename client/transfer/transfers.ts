import { cleanFileName } from '../../machines/protocol/fileName.ts'
import { type FileMessage, parseChunk, parseFileMessage } from '../../machines/protocol/fileMessages.ts'
import { contentLimits } from '../../machines/protocol/contentLimits.ts'
import type { TransferEffect } from '../../machines/transfer/transferEvents.ts'
import type { ContentChannel } from '../webrtc/contentChannel.ts'
import type { Recorder } from '../trace/recorder.ts'
import { EndedTransfer } from './endedTransfer.ts'
import { createFileId } from './fileId.ts'
import type { FileSource } from './outgoingFile.ts'
import type { PartStore } from './partStore.ts'
import { Transfer, type TransferDescription, type TransferView } from './transfer.ts'
import { openTransferConnection, type TransferConnection } from './transferConnection.ts'
import { TransferList } from './transferList.ts'
import type { TransferRecords } from './transferRecords.ts'

/** Dependencies of the transfers of one page in one room. */
export interface TransfersParts {
  /** Keeps the list across a reload. */
  records: TransferRecords
  /** Opens the storage of received bytes. Called at most once. */
  openStore(): Promise<PartStore>
  recorder: Pick<Recorder, 'inspect' | 'record'>
  /** A monotonic clock in ms. */
  now(): number
  /** Called with each new offer of the peer. */
  onOffer?(transfer: TransferView): void
  /** Called once with each file that the person saves, when all of it is here. */
  onStored?(blob: Blob, name: string): void
}

/** Cancels that are repeated at an opening, because the last channel may have lost them. */
const repeatedCancels = 20
/** The browser copies a saved file in this time, in ms. Then its bytes are deleted. */
const savedCopyMs = 60_000

/** The files that the two people send each other. They outlive the channel, and what was received outlives the page. */
export class Transfers {
  readonly #parts: TransfersParts
  readonly #list = new TransferList()
  readonly #listeners = new Set<() => void>()
  #store: Promise<PartStore> | null = null
  #connection: TransferConnection | null = null
  #isFlooded = false

  /** Continues the files of an earlier page of this tab. */
  constructor(parts: TransfersParts) {
    this.#parts = parts
    for (const record of parts.records.read()) {
      // The page that had the file is gone. An offer that nobody accepted comes again.
      if (record.status === 'offered' && record.side === 'receiver') continue
      if (record.status === 'accepted' && record.side === 'receiver')
        this.#add(this.#create(record)).handle({ type: 'user.accepted' })
      else this.#add(new EndedTransfer(record, () => this.#openStore()))
    }
    // The open storage keeps the bytes of this tab from the cleaning of another one.
    if (this.#list.of('receiver').some(({ status }) => status === 'stored')) this.#openStore().catch(() => undefined)
  }

  /** The files, in the order in which they were offered. */
  get list(): readonly TransferView[] {
    return this.#list.all
  }

  /** True while the channel to the peer is open. */
  get isOpen(): boolean {
    return this.#connection !== null
  }

  /** True after the peer exceeded a rate limit, until another channel opens. */
  get isFlooded(): boolean {
    return this.#isFlooded
  }

  /** Calls the listener after each change. Returns its stop function. */
  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => void this.#listeners.delete(listener)
  }

  /** Offers files to the peer. Returns the files that are too many or too large. */
  offer<T extends FileSource>(files: readonly T[]): T[] {
    return files.filter((file) => {
      const isTooMany = this.#list.countOpen('sender') >= contentLimits.openFilesPerSender
      if (isTooMany || file.size > contentLimits.fileBytes) return true
      const description = {
        side: 'sender',
        id: createFileId(),
        name: cleanFileName(file.name),
        size: file.size,
      } as const
      const transfer = this.#create(description, file)
      this.#add(transfer)
      if (this.#connection) transfer.handle({ type: 'channel.opened' })
      return false
    })
  }

  /** Saves an offered file of the peer. */
  accept({ id }: TransferDescription): void {
    this.#list.find('receiver', id)?.handle({ type: 'user.accepted' })
  }

  /** Declines an offered file, or cancels a transfer of either side. */
  cancel(transfer: TransferDescription): void {
    this.#list.find(transfer.side, transfer.id)?.handle({ type: 'user.cancelled' })
  }

  /** Uses an open channel. Returns its stop function, which is called before the channel closes. */
  onOpen(channel: ContentChannel): () => void {
    this.#disconnect()
    const connection = openTransferConnection(channel, this.#parts.now)
    this.#connection = connection
    this.#isFlooded = false
    const close = (): void => {
      if (this.#connection === connection) this.#disconnect()
    }
    const cancelled = this.#list.of('sender').filter((each) => each.reason && !each.isEndedByPeer)
    for (const { id, reason } of cancelled.slice(-repeatedCancels))
      if (reason) this.#send({ type: 'cancel', id, reason })
    for (const each of this.#list.active('sender')) each.handle({ type: 'channel.opened' })
    this.#send({ type: 'offered' })
    const unsubscribe = channel.subscribe({ onMessage: (data) => this.#onMessage(connection, data), onClose: close })
    this.#notify()
    return () => {
      unsubscribe()
      close()
    }
  }

  /** Another person may be the peer now, or the visit ended: forgets all files, and deletes their bytes. */
  clear(): void {
    const kept = this.#list.of('receiver').filter(({ status }) => status === 'stored')
    for (const each of this.#list.active()) void each.discard()
    if (kept.length > 0)
      setTimeout(() => {
        for (const { id } of kept) void this.#openStore().then((store) => store.remove(id))
      }, savedCopyMs)
    this.#list.clear()
    this.#parts.records.clear()
    this.#notify()
  }

  #create(description: TransferDescription, source?: FileSource): Transfer {
    return new Transfer(
      description,
      {
        source,
        openStore: () => this.#openStore(),
        queue: () => this.#connection?.queue ?? null,
        onEffect: (transfer, effect) => this.#onEffect(transfer, effect),
        onAckDue: ({ id }, offset) => this.#send({ type: 'received', id, offset }),
        onStored: ({ name }, blob) => this.#parts.onStored?.(blob, name),
        onChange: () => this.#changed(),
        now: () => this.#parts.now(),
        inspect: this.#parts.recorder.inspect('transfer'),
      },
      this.#connection?.offered.has(description.id),
    )
  }

  #onMessage(connection: TransferConnection, data: string | ArrayBuffer): void {
    const isAllowed = typeof data === 'string' ? this.#onText(connection, data) : this.#onChunk(connection, data)
    if (isAllowed) return
    this.#isFlooded = true
    this.#parts.recorder.record('transfer', 'channel.flooded')
    this.#disconnect()
    connection.channel.close()
  }

  /** Returns false if the peer exceeded a limit. */
  #onChunk({ strays }: TransferConnection, data: ArrayBuffer): boolean {
    const chunk = parseChunk(data)
    const transfer = chunk && this.#list.find('receiver', chunk.id)
    const result = chunk && (transfer?.receive(chunk.offset, chunk.bytes, chunk.wantsAck) ?? null)
    return result === null ? strays.take(1) : result !== 'flooding'
  }

  /** Returns false if the peer exceeded a limit. Acknowledgements that this page asked for are free. */
  #onText(connection: TransferConnection, text: string): boolean {
    const message = parseFileMessage(text)
    if (message?.type === 'received' && connection.queue.acknowledge(message.id, message.offset)) {
      this.#list.find('sender', message.id)?.onProgress()
      return true
    }
    if (!connection.messages.take(1)) return false
    if (message) this.#handle(connection, message)
    return true
  }

  #handle(connection: TransferConnection, message: FileMessage): void {
    switch (message.type) {
      case 'offer':
        return this.#onOffer(connection, message)
      case 'offered':
        for (const each of this.#list.active('receiver'))
          if (!connection.offered.has(each.id)) each.handle({ type: 'peer.forgot' })
        return
      case 'accept':
        return this.#list.find('sender', message.id)?.handle({ type: 'peer.accepted', offset: message.offset })
      case 'end':
        return this.#list.find('receiver', message.id)?.handle({ type: 'peer.ended', sha256: message.sha256 })
      case 'stored':
        return this.#list.find('sender', message.id)?.handle({ type: 'peer.stored' })
      case 'cancel': {
        const event = { type: 'peer.cancelled', reason: message.reason } as const
        this.#list.find('sender', message.id)?.handle(event)
        return this.#list.find('receiver', message.id)?.handle(event)
      }
      case 'received':
        // A late one: its file was paused or cancelled.
        return
    }
  }

  #onOffer({ offered }: TransferConnection, { id, name, size }: FileMessage & { type: 'offer' }): void {
    const known = this.#list.get('receiver', id)
    offered.add(id)
    if (!known) {
      if (this.#list.countOpen('receiver') >= contentLimits.openFilesPerSender) {
        this.#parts.recorder.record('transfer', 'offer.dropped')
        return this.#send({ type: 'cancel', id, reason: 'limit' })
      }
      const transfer = this.#add(this.#create({ side: 'receiver', id, name, size }))
      return this.#parts.onOffer?.(transfer)
    }
    if (known.name !== name || known.size !== size) {
      if (known instanceof Transfer) known.handle({ type: 'content.failed', reason: 'mismatch' })
    } else if (known.status === 'stored') this.#send({ type: 'stored', id })
    else if (known.reason) this.#send({ type: 'cancel', id, reason: known.reason })
    else if (known instanceof Transfer) known.handle({ type: 'peer.offered' })
  }

  #onEffect(transfer: Transfer, effect: TransferEffect): void {
    const { id, name, size } = transfer
    switch (effect.type) {
      case 'offer.due':
        return this.#send({ type: 'offer', id, name, size })
      case 'accept.due':
        return this.#send({ type: 'accept', id, offset: transfer.offset })
      case 'end.due':
        return this.#send({ type: 'end', id, sha256: effect.sha256 })
      case 'stored.due':
        return this.#send({ type: 'stored', id })
      case 'cancel.due':
        return this.#send({ type: 'cancel', id, reason: effect.reason })
    }
  }

  /** Drops the message without a channel: each opening repeats what still counts. */
  #send(message: FileMessage): void {
    this.#connection?.channel.send(JSON.stringify(message))
  }

  #disconnect(): void {
    if (!this.#connection) return
    this.#connection.queue.close()
    this.#connection = null
    for (const each of this.#list.active()) each.handle({ type: 'channel.closed' })
    this.#notify()
  }

  #openStore(): Promise<PartStore> {
    this.#store ??= this.#parts.openStore()
    return this.#store
  }

  #add<T extends TransferView>(transfer: T): T {
    this.#list.add(transfer)
    this.#changed()
    return transfer
  }

  #changed(): void {
    this.#parts.records.write(this.#list.all)
    this.#notify()
  }

  #notify(): void {
    for (const listener of this.#listeners) listener()
  }
}
