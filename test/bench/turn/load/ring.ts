import { channelData, type Pair } from './pair.ts'

/** A message that was not seen for so many looks is taken for lost. */
const patience = 10
const lookMs = 100

/**
 * Messages that go round in one pair for ever: each end sends back what it gets, as it came.
 * One that was lost is sent anew, under a new number, so that the old one cannot count when it comes after all.
 */
export class Ring {
  /** Messages that arrived at either end; each was relayed twice. */
  received = 0
  lost = 0
  readonly #pair: Pair
  readonly #messages: Buffer[]
  readonly #seen: Uint32Array
  readonly #turn: Uint32Array
  #look = 0
  #looking: NodeJS.Timeout | undefined

  constructor(pair: Pair, window: number, size: number) {
    this.#pair = pair
    this.#messages = Array.from({ length: window }, () => channelData(size))
    this.#seen = new Uint32Array(window)
    this.#turn = new Uint32Array(window)
  }

  /** @returns what ends it */
  start(): () => void {
    const { near, far } = this.#pair
    far.onChannel = (packet) => {
      this.received++
      far.socket.send(packet)
    }
    near.onChannel = (packet) => this.#return(packet)
    this.#messages.forEach((_, index) => this.#send(index))
    this.#looking = setInterval(() => this.#resend(), lookMs)
    return () => {
      clearInterval(this.#looking)
      near.onChannel = far.onChannel = () => {}
    }
  }

  #return(packet: Buffer): void {
    const index = packet.readUInt32BE(4)
    if (packet.readUInt32BE(8) !== this.#turn[index]) return
    this.received++
    this.#seen[index] = this.#look
    this.#pair.near.socket.send(packet)
  }

  #resend(): void {
    this.#look++
    for (let index = 0; index < this.#seen.length; index++) {
      if (this.#look - this.#seen[index]! < patience) continue
      this.lost++
      this.#send(index)
    }
  }

  #send(index: number): void {
    const packet = this.#messages[index]!
    this.#turn[index]!++
    this.#seen[index] = this.#look
    packet.writeUInt32BE(index, 4)
    packet.writeUInt32BE(this.#turn[index]!, 8)
    this.#pair.near.socket.send(packet)
  }
}
