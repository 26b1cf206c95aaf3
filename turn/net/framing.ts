import { channelHeaderBytes, readDataLength, isChannelData } from '../core/channelData.ts'
import { headerBytes } from '../stun/message.ts'

/**
 * Cuts a byte stream into STUN messages and padded ChannelData (RFC 8489 §6.2.2, RFC 8656 §12.5).
 * However small the pieces, each byte is copied at most twice.
 */
export class Splitter {
  #parts: Buffer[] = []
  #bufferedBytes = 0
  /** Bytes wanted before the next look. */
  #neededBytes = channelHeaderBytes

  /** Hands over each whole message; false when the stream is neither, and cannot be followed any more. */
  push(chunk: Buffer, onPacket: (packet: Buffer) => void): boolean {
    this.#parts.push(chunk)
    this.#bufferedBytes += chunk.length
    if (this.#bufferedBytes < this.#neededBytes) return true
    let rest = this.#parts.length === 1 ? chunk : Buffer.concat(this.#parts)
    for (;;) {
      this.#neededBytes = readPacketBytes(rest)
      if (Number.isNaN(this.#neededBytes)) return false
      if (rest.length < this.#neededBytes) break
      onPacket(rest.subarray(0, this.#neededBytes))
      rest = rest.subarray(this.#neededBytes)
    }
    this.#parts = rest.length > 0 ? [rest] : []
    this.#bufferedBytes = rest.length
    return true
  }
}

/** How long the message is that starts here; four when too little is known; NaN for neither. */
function readPacketBytes(bytes: Buffer): number {
  if (bytes.length < channelHeaderBytes) return channelHeaderBytes
  if (isChannelData(bytes)) return channelHeaderBytes + ((readDataLength(bytes) + 3) & ~3)
  return bytes[0]! < 0x40 ? headerBytes + readDataLength(bytes) : NaN
}
