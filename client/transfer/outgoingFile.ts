import { sha256 } from '@noble/hashes/sha2.js'
import { bytesToHex } from '@noble/hashes/utils.js'
import { contentLimits } from '../../machines/protocol/contentLimits.ts'

/** Bytes that are read and hashed at once: 64 KiB take 0.5 ms to hash on a slow phone (130 MB/s). */
const blockBytes = 64 * 1024

/** The part of a `File` that a sender reads. */
export type FileSource = Pick<File, 'name' | 'size'> & { slice(start: number, end: number): Pick<Blob, 'arrayBuffer'> }

/** A chunk without its id. */
export interface OutgoingChunk {
  offset: number
  bytes: Uint8Array<ArrayBuffer>
  wantsAck: boolean
}

/** Listeners of an outgoing file. */
export interface OutgoingListener {
  /** A chunk can be taken. */
  onReady(): void
  /** Each chunk was taken. `digest`: the SHA-256 of the whole file, hexadecimal. */
  onSent(digest: string): void
  /** The file cannot be read: it was changed or removed. */
  onUnreadable(): void
}

/**
 * A file that is sent: it reads ahead one block, hashes each byte once, and counts the bytes in flight. A receiver may
 * continue at any offset, also behind bytes that were never sent.
 */
export class OutgoingFile {
  readonly #file: FileSource
  readonly #listener: OutgoingListener
  readonly #hash = sha256.create()
  #hashed = 0
  /** The bytes that were read and not taken, from `#next`. */
  #block: Uint8Array<ArrayBuffer> = new Uint8Array()
  #next = 0
  #isActive = false
  #isReading = false
  #isSent = false
  #acked = 0
  /** Chunks that asked for an acknowledgement: their ends, and the times in ms at which they were taken. */
  #asked: { end: number; at: number }[] = []

  constructor(file: FileSource, listener: OutgoingListener) {
    this.#file = file
    this.#listener = listener
  }

  /** The end of the taken bytes. */
  get offset(): number {
    return this.#next
  }

  /** Sent bytes without acknowledgement. */
  get inFlight(): number {
    return this.#next - this.#acked
  }

  /** The end of the bytes that the receiver acknowledged. */
  get acked(): number {
    return this.#acked
  }

  /** True if `take` returns a chunk. */
  get isReady(): boolean {
    return this.#isActive && this.#block.length > 0
  }

  /** Sends from an offset. Call it once for each opening of the channel. */
  start(offset: number): void {
    this.#isActive = true
    this.#isSent = false
    this.#next = this.#acked = offset
    this.#asked = []
    this.#block = new Uint8Array()
    void this.#read()
  }

  /** Stops sending until the next `start`. */
  pause(): void {
    this.#isActive = false
    this.#acked = this.#next
  }

  /**
   * Takes the next chunk. It asks for an acknowledgement if the sender stops after it, or if it ends a block. Call it only
   * if `isReady`, and call `readAhead` after the chunk was sent.
   * @param isLast true if no chunk may follow one of this many bytes for now
   */
  take(at: number, isLast: (bytes: number) => boolean): OutgoingChunk {
    const bytes = this.#block.slice(0, contentLimits.fileChunkBytes)
    const offset = this.#next
    this.#block = this.#block.subarray(bytes.length)
    this.#next += bytes.length
    const wantsAck = this.#block.length === 0 || isLast(bytes.length)
    if (wantsAck) {
      this.#asked.push({ end: this.#next, at })
    }
    return { offset, bytes, wantsAck }
  }

  /** Reads the next block if all bytes were taken. At the end of the file it calls `onSent`. */
  readAhead(): void {
    if (this.#block.length === 0) void this.#read()
  }

  /**
   * Counts an acknowledgement. Returns the newly acknowledged bytes and the round trip since the chunk that asked for
   * it; null if no chunk asked for this one.
   */
  acknowledge(offset: number, at: number): { acked: number; roundTripMs: number } | null {
    const index = this.#asked.findIndex(({ end }) => end === offset)
    const asked = this.#asked[index]
    if (!this.#isActive || !asked) return null
    this.#asked.splice(0, index + 1)
    const acked = offset - this.#acked
    this.#acked = offset
    return { acked, roundTripMs: at - asked.at }
  }

  /** Reads the next block. Bytes before `#next` are only hashed. */
  async #read(): Promise<void> {
    if (this.#isReading) return
    this.#isReading = true
    try {
      while (this.#isActive && this.#block.length === 0 && !this.#isSent) await this.#readBlock()
    } catch {
      this.#isActive = false
      this.#listener.onUnreadable()
    } finally {
      this.#isReading = false
    }
  }

  async #readBlock(): Promise<void> {
    const wanted = this.#next
    const start = Math.min(this.#hashed, wanted)
    if (start === this.#file.size) {
      this.#isSent = true
      // A copy: the receiver may ask for the end once more after a reconnect.
      return this.#listener.onSent(bytesToHex(this.#hash.clone().digest()))
    }
    // Skipped bytes end exactly where the first chunk begins, so that only the last chunk of a file is short.
    const end = Math.min(start + blockBytes, start < wanted ? wanted : this.#file.size)
    const bytes = new Uint8Array(await this.#file.slice(start, end).arrayBuffer())
    if (bytes.length !== end - start) throw new Error('the file has changed')
    if (end > this.#hashed) {
      this.#hash.update(bytes.subarray(this.#hashed - start))
      this.#hashed = end
    }
    if (!this.#isActive || wanted !== this.#next || end <= wanted) return
    this.#block = bytes
    this.#listener.onReady()
  }
}
