import { sha256 } from '@noble/hashes/sha2.js'
import { bytesToHex } from '@noble/hashes/utils.js'
import { contentLimits } from '../../machines/protocol/contentLimits.ts'
import type { PartStore } from './partStore.ts'

/** Bytes that are hashed at once after a reload: 4 ms on a slow phone. */
const rehashBytes = 512 * 1024
/** Acknowledgements wait for the disk above this. The sender stops then. */
const ackedUnstoredBytes = 2 * contentLimits.filePartBytes

/** The result of a chunk: `lying` is not of the offered file, `flooding` ignores the window. */
export type ChunkResult = 'ok' | 'lying' | 'flooding'

/** Listeners of an incoming file. */
export interface IncomingListener {
  /** The sender asked for an acknowledgement, and the bytes up to `offset` are here. */
  onAckDue(offset: number): void
  /** A part cannot be stored. */
  onStorageFailed(): void
}

/** A file that is received: it hashes the bytes in order, and stores them in parts. */
export class IncomingFile {
  readonly #id: string
  readonly #size: number
  readonly #store: PartStore
  readonly #listener: IncomingListener
  #hash = sha256.create()
  #offset = 0
  #parts: Blob[] = []
  /** The pieces of the next part, and their bytes. */
  #pieces: Uint8Array<ArrayBuffer>[] = []
  #pieceBytes = 0
  #storedBytes = 0
  #partCount = 0
  #writing: Promise<void> = Promise.resolve()
  #hasFailed = false
  #isAckDue = false

  constructor({ id, size }: { id: string; size: number }, store: PartStore, listener: IncomingListener) {
    this.#id = id
    this.#size = size
    this.#store = store
    this.#listener = listener
  }

  /** The end of the received bytes. */
  get offset(): number {
    return this.#offset
  }

  /**
   * Reads and hashes the parts that an earlier page stored. Rejects if the storage is denied, or has no room for the
   * rest of the file.
   */
  async open(): Promise<void> {
    const parts = await this.#store.list(this.#id)
    for (const part of parts) {
      if (this.#offset + part.size > this.#size) break
      for (let start = 0; start < part.size; start += rehashBytes)
        this.#hash.update(new Uint8Array(await part.slice(start, start + rehashBytes).arrayBuffer()))
      this.#parts.push(part)
      this.#offset += part.size
    }
    this.#storedBytes = this.#offset
    this.#partCount = this.#parts.length
    const free = await this.#store.readFreeBytes()
    if (free !== null && free < this.#size - this.#offset) throw new Error('the storage is too small')
  }

  /** Takes a chunk. The bytes are kept, so the caller must not change them. */
  receive(offset: number, bytes: Uint8Array<ArrayBuffer>, wantsAck: boolean): ChunkResult {
    const end = offset + bytes.length
    if (offset !== this.#offset || end > this.#size) return 'lying'
    // Only the last chunk may be short: tiny chunks would cost more time than the bytes that they carry.
    if (bytes.length < contentLimits.fileChunkBytes && end < this.#size) return 'lying'
    this.#hash.update(bytes)
    this.#offset = end
    this.#pieces.push(bytes)
    this.#pieceBytes += bytes.length
    this.#isAckDue ||= wantsAck
    if (this.#pieceBytes >= contentLimits.filePartBytes || end === this.#size) this.#writePart()
    this.#acknowledge()
    return this.#offset - this.#storedBytes > contentLimits.fileUnstoredBytes ? 'flooding' : 'ok'
  }

  /** Resolves when all bytes are stored: with the file, or with null if its length or its hash is not the sender's. */
  async verify(digest: string): Promise<Blob | null> {
    if (this.#offset !== this.#size || bytesToHex(this.#hash.digest()) !== digest) return null
    await this.#writing
    if (this.#hasFailed) throw new Error('a part could not be stored')
    return this.toBlob()
  }

  /** Returns the stored bytes. No browser renders or runs the type. */
  toBlob(): Blob {
    return new Blob(this.#parts, { type: 'application/octet-stream' })
  }

  /** Stores nothing more. Resolves when the last write has ended. */
  async stop(): Promise<void> {
    this.#hasFailed = true
    await this.#writing
  }

  #writePart(): void {
    const pieces = this.#pieces
    const bytes = this.#pieceBytes
    const index = this.#partCount++
    this.#pieces = []
    this.#pieceBytes = 0
    this.#writing = this.#writing.then(async () => {
      if (this.#hasFailed) return
      try {
        this.#parts.push(await this.#store.write(this.#id, index, pieces))
        this.#storedBytes += bytes
        this.#acknowledge()
      } catch {
        if (!this.#hasFailed) this.#listener.onStorageFailed()
        this.#hasFailed = true
      }
    })
  }

  #acknowledge(): void {
    if (!this.#isAckDue || this.#hasFailed || this.#offset - this.#storedBytes > ackedUnstoredBytes) return
    this.#isAckDue = false
    this.#listener.onAckDue(this.#offset)
  }
}
