import { BenchClient } from './benchClient.ts'
import type { Dialect } from './dialects.ts'

/** A typical candidate of Chromium: about 200 bytes of JSON. */
const message = {
  type: 'candidate',
  connection: 'a1.1',
  candidate: {
    candidate: 'candidate:842163049 1 udp 1677729535 192.0.2.17 46154 typ srflx raddr 0.0.0.0 rport 0 generation 0',
    sdpMid: '0',
    sdpMLineIndex: 0,
    usernameFragment: 'eGzA',
  },
}

/** Two clients in a room. The sender sends the next message when the last was delivered and acknowledged. */
export class ClientPair {
  readonly #sender: BenchClient
  readonly #receiver: BenchClient

  /** Due times of the paced messages on their way, as from `performance.now()`. */
  #due: number[] = []

  /** @param receiverPort the port of another node for the second client */
  constructor(dialect: Dialect, port: number, room: string, receiverPort = port) {
    this.#sender = new BenchClient(dialect, port, room)
    this.#receiver = new BenchClient(dialect, receiverPort, room)
  }

  /** Resolves when both clients have joined. */
  async waitUntilJoined(): Promise<void> {
    await Promise.all([this.#sender.joined, this.#receiver.joined])
  }

  /** Sends `count` messages. Appends the delivery time of each, in ms, to `latencies`. */
  async exchange(count: number, latencies: number[]): Promise<void> {
    for (let left = count; left > 0; left--) await this.#exchangeOne(latencies)
  }

  /** Sends the next message without waiting. Appends its delivery time since `dueAtMs` to `latencies`. */
  sendPaced(dueAtMs: number, latencies: number[]): void {
    this.#due.push(dueAtMs)
    this.#receiver.onMessage = () => latencies.push(performance.now() - this.#due.shift()!)
    this.#sender.send(message)
  }

  /** The number of paced messages on their way. */
  get pendingCount(): number {
    return this.#due.length
  }

  #exchangeOne(latencies: number[]): Promise<void> {
    return new Promise((resolve) => {
      let pending = 2
      const settle = (): void => void (--pending === 0 && resolve())
      const since = performance.now()
      this.#receiver.onMessage = () => {
        latencies.push(performance.now() - since)
        settle()
      }
      const sent = this.#sender.send(message)
      this.#sender.onAcknowledged = (n) => void (n === sent && settle())
    })
  }
}
