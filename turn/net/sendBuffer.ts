/** Limits of the packets that wait for a congested UDP socket, in JavaScript and in the kernel. */

/** A third of a second of video at 6 Mbit/s. A slower receiver needs new packets, not old ones. */
export const sendQueueLimits = { maxBytes: 256 * 1024, maxAgeMs: 500 } as const

/**
 * SO_SNDBUF in bytes, as passed to setsockopt. Linux doubles the number.
 * It counts about 2.3 KB for a packet of 1000 bytes.
 * The kernel's buffer is one FIFO for all destinations, so a full buffer delays all of them.
 * The default of 212,992 bytes is 3.7 s at 200 kbit/s.
 * So the buffer starts small and grows while it drains fast, like a congestion window.
 */
const sendBufferBytes = { initial: 8 << 10, min: 4 << 10, max: 256 << 10 } as const

/** Drain time of half the kernel's buffer, in ms. The buffer shrinks above `slow` and grows below `fast`. */
const drainMs = { slow: 100, fast: 25 } as const

/** Initial SO_SNDBUF of a socket, in bytes. */
export const initialSendBufferBytes = sendBufferBytes.initial

/**
 * Returns the next SO_SNDBUF of a socket whose buffer was full, in bytes.
 * @param waitedMs time until the kernel accepted packets again, which is when its buffer is half empty
 */
export function nextSendBufferBytes(bytes: number, waitedMs: number): number {
  const { min, max } = sendBufferBytes
  if (waitedMs > drainMs.slow) return Math.max(bytes / 2, min)
  return waitedMs < drainMs.fast ? Math.min(bytes * 2, max) : bytes
}
