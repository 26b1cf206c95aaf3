import { Backlog, queuedBytesOf } from './backlog.ts'

/** A queued datagram. `queuedAt` is in ms. */
export interface QueuedDatagram {
  readonly packet: Uint8Array
  readonly port: number
  readonly ip: string
  readonly queuedAt: number
}

interface Flow {
  readonly key: string
  readonly packets: QueuedDatagram[]
  bytes: number
  /** Bytes that the flow may send in its turn (RFC 8290 §4.2). */
  creditBytes: number
}

/** Bytes that each flow sends in a turn: one full packet. */
const quantumBytes = 1500

/**
 * The send queue of one socket, with a flow for each destination. Flows take turns (deficit round robin, RFC 8290).
 * So a flooded destination delays and loses only its own packets. A full queue drops the oldest packet of the longest
 * flow.
 */
export class FairQueue {
  readonly #limits: { readonly maxBytes: number; readonly maxAgeMs: number }
  readonly #backlog: Backlog
  readonly #onDrop: () => void
  /** In turn order. */
  readonly #flows = new Map<string, Flow>()
  #bytes = 0

  /** @param onDrop called once for each dropped packet */
  constructor(limits: { readonly maxBytes: number; readonly maxAgeMs: number }, backlog: Backlog, onDrop: () => void) {
    this.#limits = limits
    this.#backlog = backlog
    this.#onDrop = onDrop
  }

  /** True if no packet waits. */
  get isEmpty(): boolean {
    return this.#flows.size === 0
  }

  /** Queued bytes, including the overhead of each packet. */
  get bytes(): number {
    return this.#bytes
  }

  /** Adds a datagram. Drops others, or this one, while a limit is exceeded. */
  push(item: QueuedDatagram): void {
    const key = `${item.ip} ${item.port}`
    const flow = this.#flows.get(key) ?? { key, packets: [], bytes: 0, creditBytes: quantumBytes }
    this.#flows.set(key, flow)
    flow.packets.push(item)
    this.#addBytes(flow, queuedBytesOf(item.packet))
    while (this.#bytes > this.#limits.maxBytes || this.#backlog.isOverLimit(this.#bytes))
      this.#drop(this.#findLongest(flow))
  }

  /**
   * Removes and returns the next packet in turn, or undefined when none is left. Drops packets older than `maxAgeMs`.
   */
  shift(now: number): QueuedDatagram | undefined {
    for (const flow of this.#flows.values()) {
      while (flow.packets.length > 0 && now - flow.packets[0]!.queuedAt > this.#limits.maxAgeMs) this.#drop(flow)
      const head = flow.packets[0]
      if (!head) continue
      if (flow.creditBytes >= head.packet.length) {
        flow.creditBytes -= head.packet.length
        return this.#take(flow)
      }
      flow.creditBytes += quantumBytes
      // A Map keeps insertion order, and the loop also visits entries added to its end.
      this.#flows.delete(flow.key)
      this.#flows.set(flow.key, flow)
    }
    return undefined
  }

  /** Drops all packets without calling `onDrop`; used when the socket closes. */
  clear(): void {
    this.#backlog.bytes -= this.#bytes
    this.#bytes = 0
    this.#flows.clear()
  }

  /** A flow above its share is cut without a scan, even if another one is longer. */
  #findLongest(flow: Flow): Flow {
    if (flow.bytes * this.#flows.size > this.#bytes) return flow
    let longest = flow
    for (const other of this.#flows.values()) if (other.bytes > longest.bytes) longest = other
    return longest
  }

  #drop(flow: Flow): void {
    this.#take(flow)
    this.#onDrop()
  }

  #take(flow: Flow): QueuedDatagram {
    const item = flow.packets.shift()!
    this.#addBytes(flow, -queuedBytesOf(item.packet))
    if (flow.packets.length === 0) this.#flows.delete(flow.key)
    return item
  }

  #addBytes(flow: Flow, bytes: number): void {
    flow.bytes += bytes
    this.#bytes += bytes
    this.#backlog.bytes += bytes
  }
}
