import { Backlog, queuedBytesOf } from './backlog.ts'

/** A datagram that waits. Times are in ms. */
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
  /** Bytes that the flow may send in its turn: RFC 8290 §4.2 has the same. */
  creditBytes: number
}

/** Bytes that each flow sends in a turn: one full packet. */
const quantumBytes = 1500

/**
 * Datagrams that wait for one socket, in a flow for each destination. Flows take turns (deficit round robin, as in RFC 8290), so a
 * flooded destination delays and loses its own packets only. A full queue drops the oldest packet of the longest flow.
 */
export class FairQueue {
  readonly #limits: { readonly maxBytes: number; readonly maxAgeMs: number }
  readonly #backlog: Backlog
  readonly #onDrop: () => void
  /** In the order of their turns. */
  readonly #flows = new Map<string, Flow>()
  #bytes = 0

  /** @param onDrop is called once for each packet that is dropped */
  constructor(limits: { readonly maxBytes: number; readonly maxAgeMs: number }, backlog: Backlog, onDrop: () => void) {
    this.#limits = limits
    this.#backlog = backlog
    this.#onDrop = onDrop
  }

  get isEmpty(): boolean {
    return this.#flows.size === 0
  }

  /** Bytes with the overhead of each packet. */
  get bytes(): number {
    return this.#bytes
  }

  push(item: QueuedDatagram): void {
    const key = `${item.ip} ${item.port}`
    const flow = this.#flows.get(key) ?? { key, packets: [], bytes: 0, creditBytes: quantumBytes }
    this.#flows.set(key, flow)
    flow.packets.push(item)
    this.#addBytes(flow, queuedBytesOf(item.packet))
    while (this.#bytes > this.#limits.maxBytes || this.#backlog.isOverLimit(this.#bytes))
      this.#drop(this.#findLongest(flow))
  }

  /** The next packet in turn that is not too old; undefined when none is left. */
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
      // A Map keeps the order of insertion, and the loop meets what is added to its end.
      this.#flows.delete(flow.key)
      this.#flows.set(flow.key, flow)
    }
    return undefined
  }

  /** Drops everything, uncounted: the socket closes. */
  clear(): void {
    this.#backlog.bytes -= this.#bytes
    this.#bytes = 0
    this.#flows.clear()
  }

  /** The scan is for the full queue of a modest flow only: a flow above its share is the one to be cut, whichever is the longest. */
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
