/** Bytes of all queues of one thread, together. 1,000 congested sockets with a full queue of their own would hold 256 MB. */
const defaultMaxBytes = 32 << 20

/** A queue may always hold this much, in bytes, or one full total would silence every other socket. */
const minQueueBytes = 4096

/** A queued packet costs its object and its buffer besides its bytes: measured 230 bytes on Node 20. */
const packetOverheadBytes = 256

/** Memory that one queued packet takes, in bytes. */
export const queuedBytesOf = (packet: Uint8Array): number => packet.length + packetOverheadBytes

/** The sum of all send queues of one thread, UDP and streams. It bounds memory when many sockets are congested at a time. */
export class Backlog {
  bytes = 0
  readonly #maxBytes: number

  constructor(maxBytes = defaultMaxBytes) {
    this.#maxBytes = maxBytes
  }

  /** @returns whether a queue of `queueBytes` has to shrink although it is below its own limit */
  isOverLimit(queueBytes: number): boolean {
    return this.bytes > this.#maxBytes && queueBytes > minQueueBytes
  }
}

/**
 * Copies a view of a larger buffer, such as one message of a 64 KB read from a stream: a queued view keeps the whole
 * buffer alive.
 */
export function detachFromBuffer(packet: Uint8Array): Uint8Array {
  if (packet.buffer.byteLength <= 2 * packet.length) return packet
  const copy = Buffer.allocUnsafeSlow(packet.length)
  copy.set(packet)
  return copy
}
