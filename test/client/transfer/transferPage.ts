import { createMemoryStore, type PartStore } from '../../../client/transfer/partStore.ts'
import type { TransferView } from '../../../client/transfer/transfer.ts'
import { TransferRecords } from '../../../client/transfer/transferRecords.ts'
import { Transfers } from '../../../client/transfer/transfers.ts'
import { expect, vi } from 'vitest'
import { deadlineMs } from '../../deadline.ts'
import { createChannelPair, type FakeContentChannel } from './channelPair.ts'

/** A tab: its storage survives a reload of its page. */
export class TransferPage {
  readonly #values = new Map<string, string>()
  readonly store: PartStore
  /** Events that were recorded outside of the machine. */
  readonly recorded: string[] = []
  transfers: Transfers
  #pages = 0
  #close = (): void => undefined

  constructor(store: PartStore = createPersistentStore()) {
    this.store = store
    this.transfers = this.#load()
  }

  /** Loads the page again. Memory is lost. */
  reload(): void {
    this.#close()
    this.transfers = this.#load()
  }

  open(channel: FakeContentChannel): void {
    this.#close = this.transfers.onOpen(channel)
  }

  /** Saves each offered file. */
  acceptAll(): void {
    for (const each of this.transfers.list)
      if (each.side === 'receiver' && each.status === 'offered') this.transfers.accept(each)
  }

  get statuses(): string[] {
    return this.transfers.list.map(describeTransfer)
  }

  #load(): Transfers {
    const values = this.#values
    const page = ++this.#pages
    /** A page that is gone writes nothing. */
    const store: PartStore = {
      ...this.store,
      write: (...args) => (page === this.#pages ? this.store.write(...args) : new Promise(() => undefined)),
    }
    return new Transfers({
      records: new TransferRecords(
        {
          getItem: (key) => values.get(key) ?? null,
          setItem: (key, value) => void values.set(key, value),
          removeItem: (key) => void values.delete(key),
        },
        'files:room',
      ),
      openStore: () => Promise.resolve(store),
      recorder: { inspect: () => () => undefined, record: (_, event) => void this.recorded.push(event) },
      now: () => performance.now(),
    })
  }
}

/** `receiver failed mismatch by peer` */
export const describeTransfer = ({ side, status, reason, isEndedByPeer }: TransferView): string =>
  [side, status, reason, isEndedByPeer && 'by peer'].filter(Boolean).join(' ')

/** A store that keeps its parts over a reload, as the file system does. */
export function createPersistentStore(): PartStore {
  const memory = createMemoryStore()
  const parts = new Map<string, Blob[]>()
  return {
    ...memory,
    isPersistent: true,
    list: (id) => Promise.resolve([...(parts.get(id) ?? [])]),
    async write(id, index, pieces) {
      const part = await memory.write(id, index, pieces)
      parts.set(id, [...(parts.get(id) ?? []).slice(0, index), part])
      return part
    },
    remove: (id) => Promise.resolve(void parts.delete(id)),
  }
}

/** Bytes that differ at every offset below 64 KiB. */
export const createBytes = (length: number): Uint8Array<ArrayBuffer> =>
  Uint8Array.from({ length }, (_, at) => (at * 31 + (at >> 8) * 7) & 0xff)

export const createFile = (name: string, bytes: Uint8Array<ArrayBuffer>): File => new File([bytes], name)

/** Expects that the receiver's only file has these bytes. */
export async function expectBytes({ transfers }: TransferPage, bytes: Uint8Array): Promise<void> {
  const blob = await transfers.list[0]?.readBlob()
  expect(blob?.type).toBe('application/octet-stream')
  expect(Buffer.compare(Buffer.from((await blob?.arrayBuffer()) ?? new ArrayBuffer()), bytes)).toBe(0)
}

/** Waits until the check passes. */
export const eventually = (check: () => void | Promise<void>): Promise<void> =>
  vi.waitFor(check, { timeout: deadlineMs, interval: 10 })

/** Connects the two pages over a new channel. `onTurn` is called after each delivered message. */
export function connect(
  one: TransferPage,
  other: TransferPage,
  onTurn?: () => void,
): [FakeContentChannel, FakeContentChannel] {
  const pair = createChannelPair(onTurn)
  one.open(pair[0])
  other.open(pair[1])
  return pair
}
