import { createSubscriber } from 'svelte/reactivity'
import { contentLimits } from '../../../machines/protocol/contentLimits.ts'
import type { LazyContent } from '../../content/lazyContent.ts'
import type { TransferView } from '../../transfer/transfer.ts'
import type { Transfers } from '../../transfer/transfers.ts'
import { callTexts } from './texts.ts'

/** A transfer at one moment, for the list. */
export type FileEntry = Omit<TransferView, 'readBlob'> & { readonly transfer: TransferView }

/** The files of a session, reactive. Their code may load later. */
export class FileList {
  /** The reason why the last files were not offered; empty without one. */
  problem = $state('')
  readonly #content: LazyContent
  readonly #subscribe: () => void

  constructor(content: LazyContent) {
    this.#content = content
    this.#subscribe = createSubscriber((update) => {
      let stopFiles = (): void => undefined
      const listen = (): void => {
        stopFiles()
        stopFiles = content.current?.files.subscribe(update) ?? (() => undefined)
      }
      listen()
      const stop = content.subscribe(() => {
        listen()
        update()
      })
      return () => {
        stop()
        stopFiles()
      }
    })
  }

  /** Null until the code is loaded. */
  get transfers(): Transfers | null {
    this.#subscribe()
    return this.#content.current?.files ?? null
  }

  /** True while the channel for files is open. */
  get isOpen(): boolean {
    return this.transfers?.isOpen ?? false
  }

  /** True after the peer exceeded a rate limit. */
  get isFlooded(): boolean {
    return this.transfers?.isFlooded ?? false
  }

  /** The oldest is first. */
  get entries(): FileEntry[] {
    return (this.transfers?.list ?? []).map(toEntry)
  }

  /** The files of the peer that wait for an answer. */
  get waitingCount(): number {
    return this.entries.filter(({ side, status }) => side === 'receiver' && status === 'offered').length
  }

  /** Offers files to the peer. `problem` says why some are not offered. */
  offer(files: Iterable<File>): void {
    const rejected = this.transfers?.offer([...files]) ?? []
    const { tooLarge, tooMany } = callTexts.files
    if (rejected.some(({ size }) => size > contentLimits.fileBytes)) this.problem = tooLarge(contentLimits.fileBytes)
    else this.problem = rejected.length > 0 ? tooMany(contentLimits.openFilesPerSender) : ''
  }
}

const toEntry = (transfer: TransferView): FileEntry => {
  const { side, id, name, size, status, hasEnded, reason, isEndedByPeer, offset, bytesPerSecond } = transfer
  return { transfer, side, id, name, size, status, hasEnded, reason, isEndedByPeer, offset, bytesPerSecond }
}
