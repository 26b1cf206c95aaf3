import { channelHeaderLength, dataLengthOf, isChannelData } from '../core/channelData.ts'
import { headerLength } from '../stun/message.ts'

/**
 * Cuts a byte stream into STUN messages and padded ChannelData (RFC 8489 §6.2.2, RFC 8656 §12.5).
 * However small the pieces, each byte is copied at most twice.
 */
export class Splitter {
  #parts: Buffer[] = []
  #have = 0
  /** Bytes wanted before the next look. */
  #need = channelHeaderLength

  /** Hands over each whole message; false when the stream is neither, and cannot be followed any more. */
  push(chunk: Buffer, take: (packet: Buffer) => void): boolean {
    this.#parts.push(chunk)
    this.#have += chunk.length
    if (this.#have < this.#need) return true
    let rest = this.#parts.length === 1 ? chunk : Buffer.concat(this.#parts)
    for (;;) {
      this.#need = lengthOf(rest)
      if (Number.isNaN(this.#need)) return false
      if (rest.length < this.#need) break
      take(rest.subarray(0, this.#need))
      rest = rest.subarray(this.#need)
    }
    this.#parts = rest.length > 0 ? [rest] : []
    this.#have = rest.length
    return true
  }
}

/** How long the message is that starts here; four when too little is known; NaN for neither. */
function lengthOf(bytes: Buffer): number {
  if (bytes.length < channelHeaderLength) return channelHeaderLength
  if (isChannelData(bytes)) return channelHeaderLength + ((dataLengthOf(bytes) + 3) & ~3)
  return bytes[0]! < 0x40 ? headerLength + dataLengthOf(bytes) : NaN
}
