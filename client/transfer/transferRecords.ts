import { isFileId } from '../../machines/protocol/fileMessages.ts'
import { type TransferEndReason, transferEndReasons } from '../../machines/protocol/vocabulary.ts'
import { getStored, type KeyValueStorage, removeStored, setStored } from '../common/storage.ts'
import type { TransferDescription, TransferView } from './transfer.ts'

/** A transfer as the tab stores it. `accepted`: the receiver wants it, and does not have all of it yet. */
export interface TransferRecord extends TransferDescription {
  status: 'offered' | 'accepted' | 'stored' | 'cancelled' | 'failed'
  reason: TransferEndReason | null
  isEndedByPeer: boolean
}

/** Keeps the list of transfers in the storage of the tab, so that a reloaded page continues them. */
export class TransferRecords {
  readonly #storage: KeyValueStorage | undefined
  readonly #key: string
  #written = ''

  /** @param key includes the room */
  constructor(storage: KeyValueStorage | undefined, key: string) {
    this.#storage = storage
    this.#key = key
  }

  /** Returns the stored transfers; none if the storage holds no valid list. */
  read(): TransferRecord[] {
    try {
      const stored: unknown = JSON.parse(getStored(this.#storage, this.#key) ?? '[]')
      return Array.isArray(stored) ? stored.filter(isRecord) : []
    } catch {
      return []
    }
  }

  /** Stores the list if it has changed. Progress is not part of it. */
  write(transfers: readonly TransferView[]): void {
    const text = JSON.stringify(transfers.map(toRecord))
    if (text !== this.#written) setStored(this.#storage, this.#key, text)
    this.#written = text
  }

  /** Removes the list from the storage. */
  clear(): void {
    this.#written = ''
    removeStored(this.#storage, this.#key)
  }
}

const toRecord = ({ side, id, name, size, status, reason, isEndedByPeer }: TransferView): TransferRecord => ({
  side,
  id,
  name,
  size,
  status:
    status === 'preparing' || status === 'transferring' || status === 'paused' || status === 'checking'
      ? 'accepted'
      : status,
  reason,
  isEndedByPeer,
})

const statuses: readonly unknown[] = ['offered', 'accepted', 'stored', 'cancelled', 'failed']
const reasons: readonly unknown[] = [null, ...transferEndReasons]

/** Another version of the page may have written the list. */
const isRecord = (value: unknown): value is TransferRecord => {
  const { side, id, name, size, status, reason, isEndedByPeer } = (value ?? {}) as Record<string, unknown>
  return (
    (side === 'sender' || side === 'receiver') &&
    isFileId(id) &&
    typeof name === 'string' &&
    Number.isSafeInteger(size) &&
    statuses.includes(status) &&
    reasons.includes(reason) &&
    typeof isEndedByPeer === 'boolean'
  )
}
