/** Limit for all queues of one thread. Without it, 1,000 congested sockets with full queues would hold 256 MB. */
const defaultMaxBytes = 32 << 20

/** Every queue may hold this many bytes. Otherwise a full total would starve the other sockets. */
const minQueueBytes = 4096

/** Overhead of a queued packet (object and buffer): 230 bytes measured on Node 20. */
const packetOverheadBytes = 256

/** Returns the memory of one queued packet, in bytes. */
export const queuedBytesOf = (packet: Uint8Array): number => packet.length + packetOverheadBytes

/** The sum of all send queues of one thread, UDP and streams. It bounds memory when many sockets are congested. */
export class Backlog {
  bytes = 0
  readonly #maxBytes: number

  constructor(maxBytes = defaultMaxBytes) {
    this.#maxBytes = maxBytes
  }

  /** Returns whether a queue of `queueBytes` must shrink, although it is below its own limit. */
  isOverLimit(queueBytes: number): boolean {
    return this.bytes > this.#maxBytes && queueBytes > minQueueBytes
  }
}

/**
 * Copies a view of a much larger buffer, such as one message of a 64 KB stream read.
 * A queued view would keep the whole buffer alive.
 */
export function detachFromBuffer(packet: Uint8Array): Uint8Array {
  if (packet.buffer.byteLength <= 2 * packet.length) return packet
  const copy = Buffer.allocUnsafeSlow(packet.length)
  copy.set(packet)
  return copy
}
