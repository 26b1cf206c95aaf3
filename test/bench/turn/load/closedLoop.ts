import { createChannelData, type RelayedPair } from './relayedPair.ts'

/** A message that was not received for this many checks counts as lost. */
const looksUntilLost = 10
const lossCheckMs = 100

/**
 * Messages that circulate in one pair: each end returns what it receives, unchanged.
 * A lost message is resent under a new number, so that a late original does not count.
 */
export class ClosedLoop {
  /** Messages received at either end. The server relayed each twice. */
  received = 0
  lost = 0
  readonly #pair: RelayedPair
  readonly #messages: Buffer[]
  readonly #lastSeenCheck: Uint32Array
  readonly #attempt: Uint32Array
  #checkCount = 0
  #timer: NodeJS.Timeout | undefined

  constructor(pair: RelayedPair, window: number, size: number) {
    this.#pair = pair
    this.#messages = Array.from({ length: window }, () => createChannelData(size))
    this.#lastSeenCheck = new Uint32Array(window)
    this.#attempt = new Uint32Array(window)
  }

  /** Starts the loop. Returns its stop function. */
  start(): () => void {
    const { near, far } = this.#pair
    far.onChannel = (packet) => {
      this.received++
      far.socket.send(packet)
    }
    near.onChannel = (packet) => this.#handleReturn(packet)
    this.#messages.forEach((_, index) => this.#send(index))
    this.#timer = setInterval(() => this.#resend(), lossCheckMs)
    return () => {
      clearInterval(this.#timer)
      near.onChannel = far.onChannel = () => {}
    }
  }

  #handleReturn(packet: Buffer): void {
    const index = packet.readUInt32BE(4)
    if (packet.readUInt32BE(8) !== this.#attempt[index]) return
    this.received++
    this.#lastSeenCheck[index] = this.#checkCount
    this.#pair.near.socket.send(packet)
  }

  #resend(): void {
    this.#checkCount++
    for (let index = 0; index < this.#lastSeenCheck.length; index++) {
      if (this.#checkCount - this.#lastSeenCheck[index]! < looksUntilLost) continue
      this.lost++
      this.#send(index)
    }
  }

  #send(index: number): void {
    const packet = this.#messages[index]!
    this.#attempt[index]!++
    this.#lastSeenCheck[index] = this.#checkCount
    packet.writeUInt32BE(index, 4)
    packet.writeUInt32BE(this.#attempt[index]!, 8)
    this.#pair.near.socket.send(packet)
  }
}
