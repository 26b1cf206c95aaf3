import type { Network, UdpSocket } from './network.ts'
import { batchPackets } from './packetBatch.ts'
import { createChannelData, type RelayedPair } from './relayedPair.ts'

/** A message that was not received for this many checks counts as lost. */
const checksUntilLost = 10
/** Interval of `resendLost`. */
export const lossCheckMs = 100
/** Words of the packet behind the ChannelData header. */
const [indexWord, attemptWord] = [1, 2]

/**
 * Messages that circulate in one pair: each end returns all packets that it receives, unchanged.
 * A lost message is resent under a new number, so that a late original does not count.
 */
export class ClosedLoop {
  /** Messages received at either end. The server relayed each twice. */
  received = 0
  lost = 0
  readonly #network: Network
  readonly #near: UdpSocket
  readonly #packet: Buffer
  readonly #lastSeenCheck: Uint32Array
  readonly #attempt: Uint32Array
  #checkCount = 0

  constructor(network: Network, { near, far }: RelayedPair, window: number, size: number) {
    this.#network = network
    this.#near = near
    this.#packet = createChannelData(size)
    this.#lastSeenCheck = new Uint32Array(window)
    this.#attempt = new Uint32Array(window)
    far.onPackets = (count) => {
      this.received += count
      network.received.sendBack(far.fd, 0, count)
    }
    near.onPackets = (count) => this.#handleReturns(count)
  }

  /** Sends the whole window. */
  start(): void {
    this.#send(Array.from(this.#attempt.keys()))
  }

  /** Resends messages that were not received for 1 s. Call it every 100 ms. */
  resendLost(): void {
    this.#checkCount++
    const lost = Array.from(this.#attempt.keys()).filter(
      (index) => this.#checkCount - this.#lastSeenCheck[index]! >= checksUntilLost,
    )
    this.lost += lost.length
    this.#send(lost)
  }

  /** Sends runs of current messages back, and skips late originals. */
  #handleReturns(count: number): void {
    let first = 0
    for (let at = 0; at < count; at++) {
      if (this.#accept(at)) continue
      this.#network.received.sendBack(this.#near.fd, first, at - first)
      first = at + 1
    }
    this.#network.received.sendBack(this.#near.fd, first, count - first)
  }

  #accept(at: number): boolean {
    const { words } = this.#network.received
    const word = this.#network.received.wordOf(at)
    const index = words[word + indexWord]!
    if (words[word + attemptWord] !== this.#attempt[index]) return false
    this.received++
    this.#lastSeenCheck[index] = this.#checkCount
    return true
  }

  #send(indexes: number[]): void {
    const { outgoing } = this.#network
    for (let first = 0; first < indexes.length; first += batchPackets) {
      const batch = indexes.slice(first, first + batchPackets)
      batch.forEach((index, at) => {
        outgoing.write(at, this.#packet)
        outgoing.words[outgoing.wordOf(at) + indexWord] = index
        outgoing.words[outgoing.wordOf(at) + attemptWord] = ++this.#attempt[index]!
        this.#lastSeenCheck[index] = this.#checkCount
      })
      outgoing.send(this.#near.fd, 0, batch.length)
    }
  }
}
