import { Visitor } from './visitor.ts'
import type { Dialect } from './dialects.ts'

/** A candidate as Chromium makes them: about 200 bytes of JSON. */
const message = {
  type: 'candidate',
  connection: 'a1.1',
  candidate: {
    candidate: 'candidate:842163049 1 udp 1677729535 192.0.2.17 46154 typ srflx raddr 0.0.0.0 rport 0 generation 0',
    sdpMid: '0', sdpMLineIndex: 0, usernameFragment: 'eGzA',
  },
}

/** Two in a room, one of whom speaks: the next message when the last one was both delivered and acknowledged. */
export class Pair {
  readonly #speaker: Visitor
  readonly #listener: Visitor

  constructor(dialect: Dialect, port: number, room: string) {
    this.#speaker = new Visitor(dialect, port, room)
    this.#listener = new Visitor(dialect, port, room)
  }

  async entered(): Promise<void> {
    await Promise.all([this.#speaker.entered, this.#listener.entered])
  }

  /** Says it so often; adds the milliseconds that each took to be delivered. */
  async exchange(count: number, latencies: number[]): Promise<void> {
    for (let left = count; left > 0; left--) await this.#one(latencies)
  }

  #one(latencies: number[]): Promise<void> {
    return new Promise((resolve) => {
      let pending = 2
      const settle = (): void => void (--pending === 0 && resolve())
      const since = performance.now()
      this.#listener.onMessage = () => {
        latencies.push(performance.now() - since)
        settle()
      }
      const sent = this.#speaker.say(message)
      this.#speaker.onAcknowledged = (n) => void (n === sent && settle())
    })
  }
}
