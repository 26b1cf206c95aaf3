import type { TransferEndReason } from '../../machines/protocol/vocabulary.ts'
import type { TransferSide } from '../../machines/transfer/transferEvents.ts'
import type { PartStore } from './partStore.ts'
import type { TransferStatus, TransferView } from './transfer.ts'
import type { TransferRecord } from './transferRecords.ts'

/** A transfer that ended before the page was reloaded, or because of it. */
export class EndedTransfer implements TransferView {
  readonly side: TransferSide
  readonly id: string
  readonly name: string
  readonly size: number
  readonly status: TransferStatus
  readonly hasEnded = true
  readonly reason: TransferEndReason | null
  readonly isEndedByPeer: boolean
  readonly bytesPerSecond = null
  readonly #openStore: () => Promise<PartStore>

  /** A file that was on its way has lost its sender: only that page could read it. */
  constructor(
    { side, id, name, size, status, reason, isEndedByPeer }: TransferRecord,
    openStore: () => Promise<PartStore>,
  ) {
    const isLost = status === 'offered' || status === 'accepted'
    this.side = side
    this.id = id
    this.name = name
    this.size = size
    this.status = isLost ? 'failed' : status
    this.reason = isLost ? 'reloaded' : reason
    this.isEndedByPeer = isEndedByPeer
    this.#openStore = openStore
  }

  get offset(): number {
    return this.status === 'stored' ? this.size : 0
  }

  async readBlob(): Promise<Blob | null> {
    if (this.side === 'sender' || this.status !== 'stored') return null
    const store = await this.#openStore()
    const blob = new Blob(await store.list(this.id), { type: 'application/octet-stream' })
    return blob.size === this.size ? blob : null
  }
}
