import { channelHeaderBytes, readDataLength, isChannelData } from '../core/channelData.ts'
import { headerBytes } from '../stun/message.ts'

/**
 * Splits a byte stream into STUN messages and padded ChannelData (RFC 8489 §6.2.2, RFC 8656 §12.5).
 * Each byte is copied at most twice, even with tiny chunks.
 */
export class Splitter {
  #parts: Buffer[] = []
  #bufferedBytes = 0
  /** Bytes needed before the next parse. */
  #neededBytes = channelHeaderBytes

  /** True if a whole message is buffered, because `hasTime` returned false. */
  get hasMessage(): boolean {
    return this.#bufferedBytes >= this.#neededBytes
  }

  /**
   * Calls `onPacket` for each whole message. Returns false when the stream is neither STUN nor ChannelData.
   * @param hasTime called before each message; false keeps the rest for the next call
   */
  push(chunk: Buffer, onPacket: (packet: Buffer) => void, hasTime = () => true): boolean {
    if (chunk.length > 0) this.#parts.push(chunk)
    this.#bufferedBytes += chunk.length
    if (this.#bufferedBytes < this.#neededBytes) return true
    let rest = this.#parts.length === 1 ? this.#parts[0]! : Buffer.concat(this.#parts)
    for (;;) {
      this.#neededBytes = readPacketBytes(rest)
      if (Number.isNaN(this.#neededBytes)) return false
      if (rest.length < this.#neededBytes || !hasTime()) break
      onPacket(rest.subarray(0, this.#neededBytes))
      rest = rest.subarray(this.#neededBytes)
    }
    this.#parts = rest.length > 0 ? [rest] : []
    this.#bufferedBytes = rest.length
    return true
  }
}

/** Returns the length of the first message. It is 4 if the header is incomplete, and NaN for neither kind. */
function readPacketBytes(bytes: Buffer): number {
  if (bytes.length < channelHeaderBytes) return channelHeaderBytes
  if (isChannelData(bytes)) return channelHeaderBytes + ((readDataLength(bytes) + 3) & ~3)
  return bytes[0]! < 0x40 ? headerBytes + readDataLength(bytes) : NaN
}
