import { contentLimits } from '../../machines/protocol/contentLimits.ts'
import type { TransferSide } from '../../machines/transfer/transferEvents.ts'
import { Transfer, type TransferView } from './transfer.ts'

/** The transfers of both directions, in the order in which they were offered. It drops the oldest ended ones. */
export class TransferList {
  /** By id. The sender selects it, so each direction has its own. */
  readonly #sides: Readonly<Record<TransferSide, Map<string, TransferView>>> = {
    sender: new Map(),
    receiver: new Map(),
  }
  #all: readonly TransferView[] = []

  /** The transfers of both directions. Each change creates another array. */
  get all(): readonly TransferView[] {
    return this.#all
  }

  /** Adds a transfer, and drops the oldest ended ones above `contentLimits.endedFiles`. */
  add(transfer: TransferView): void {
    this.#sides[transfer.side].set(transfer.id, transfer)
    this.#all = [...this.#all, transfer]
    const ended = this.#all.filter(({ hasEnded }) => hasEnded)
    for (const old of ended.slice(0, Math.max(0, ended.length - contentLimits.endedFiles))) {
      this.#sides[old.side].delete(old.id)
      this.#all = this.#all.filter((each) => each !== old)
    }
  }

  /** Returns the transfer with this id, also one from before a reload. */
  get(side: TransferSide, id: string): TransferView | undefined {
    return this.#sides[side].get(id)
  }

  /** Returns the transfer with this id, if this page runs it. */
  find(side: TransferSide, id: string): Transfer | undefined {
    const found = this.get(side, id)
    return found instanceof Transfer ? found : undefined
  }

  /** Returns the transfers of one direction. */
  of(side: TransferSide): TransferView[] {
    return [...this.#sides[side].values()]
  }

  /** Returns the transfers of one direction that have not ended; without a side, those of both. */
  active(side?: TransferSide): Transfer[] {
    if (!side) return [...this.active('sender'), ...this.active('receiver')]
    return this.of(side)
      .filter((each) => each instanceof Transfer)
      .filter(({ hasEnded }) => !hasEnded)
  }

  /** Counts the transfers of one direction that have not ended. */
  countOpen(side: TransferSide): number {
    return this.of(side).filter(({ hasEnded }) => !hasEnded).length
  }

  /** Forgets all transfers. */
  clear(): void {
    for (const side of Object.values(this.#sides)) side.clear()
    this.#all = []
  }
}
