import { randomBytes } from 'node:crypto'
import type { PeerMessage, RoomEvent } from '../../../machines/protocol/messages.ts'
import { responseTimeoutMs, ApiClient, withResponseTimeout, type ApiClientOptions } from '../apiClient.ts'
import type { LoadResults } from './loadResults.ts'

/** One seat of a room. */
interface Seat {
  client: ApiClient
  /** Number of the last message. The server numbers the messages of each seat. */
  seq: number
}

/** A typical candidate of Chromium. The foundation is the number of the message. */
const candidateNumber = (count: number) =>
  ({
    type: 'candidate',
    connection: 'a1.1',
    candidate: {
      candidate: `candidate:${count} 1 udp 1677729535 192.0.2.17 46154 typ srflx raddr 0.0.0.0 rport 0 generation 0`,
      sdpMid: '0',
      sdpMLineIndex: 0,
      usernameFragment: 'eGzA',
    },
  }) as const satisfies PeerMessage

/** A room with two visitors, which send each other candidates, as in the setup of a call. */
export class LoadRoom {
  readonly #name = `load-${randomBytes(10).toString('hex')}`
  readonly #results: LoadResults
  readonly #timeoutMs: number
  readonly #seats: Seat[] = []
  /** Due times of the messages on their way, by candidate, as from `performance.now()`. */
  readonly #pending = new Map<string, number>()
  #sentCount = 0

  /** @param timeoutMs of a join and of a leave: a server under load may not answer at all */
  constructor(results: LoadResults, timeoutMs = responseTimeoutMs) {
    this.#results = results
    this.#timeoutMs = timeoutMs
  }

  /** Messages that were sent and not delivered yet. */
  get pendingCount(): number {
    return this.#pending.size
  }

  /** Opens both sockets and joins. Resolves to false if one of them failed. Never rejects. */
  async join(url: string, options: ApiClientOptions): Promise<boolean> {
    for (let seat = 0; seat < 2; seat++) {
      const dueAtMs = performance.now()
      const client = new ApiClient(url, { ...options, room: this.#name })
      try {
        await client.opened
        await withResponseTimeout(this.#takeSeat(client), this.#timeoutMs)
        this.#results.joinMs.add(performance.now() - dueAtMs)
        this.#seats.push({ client, seq: 0 })
      } catch (error) {
        client.close()
        this.#results.countFailure('join', error)
        return false
      }
    }
    return true
  }

  /** Sends the next message, from both seats in turn. @param dueAtMs the time at which it should have been sent */
  send(dueAtMs: number): void {
    const seat = this.#seats[this.#sentCount++ % this.#seats.length]
    if (!seat) return
    const message = candidateNumber(this.#sentCount)
    this.#pending.set(message.candidate.candidate, dueAtMs)
    this.#results.sentCount++
    const seq = (seat.seq += 1)
    seat.client
      .call('mutation', 'room.send', { room: this.#name, seq, message })
      .then(() => this.#results.acknowledgementMs.add(performance.now() - dueAtMs))
      .catch((error: unknown) => {
        this.#pending.delete(message.candidate.candidate)
        // The server accepts a number only after the one before it, so the next message takes this one.
        seat.seq = Math.min(seat.seq, seq - 1)
        this.#results.countFailure('send', error)
      })
  }

  /** Leaves the room, and closes both sockets. Never rejects. */
  async leave(): Promise<void> {
    await Promise.all(
      this.#seats.map(async ({ client }) => {
        const left = client.call('mutation', 'room.leave', { room: this.#name })
        await withResponseTimeout(left, this.#timeoutMs).catch(() => undefined)
        client.close()
      }),
    )
  }

  #takeSeat(client: ApiClient): Promise<void> {
    const input = { room: this.#name, joinKey: randomBytes(32).toString('base64url'), policy: 'open' }
    let isJoined = false
    return new Promise((resolve, reject) => {
      client.subscribe('room.join', input, {
        data: (event) => {
          if ((event as RoomEvent).type === 'joined') {
            isJoined = true
            resolve()
          } else this.#receive(event as RoomEvent)
        },
        end: (error) => {
          if (isJoined && error) this.#results.countFailure('subscription', error)
          reject(error ?? new Error('the subscription ended'))
        },
      })
    })
  }

  #receive(event: RoomEvent): void {
    if (event.type !== 'message' || event.message.type !== 'candidate') return
    const key = event.message.candidate?.candidate ?? ''
    const dueAtMs = this.#pending.get(key)
    if (dueAtMs === undefined) return
    this.#pending.delete(key)
    this.#results.deliveryMs.add(performance.now() - dueAtMs)
  }
}
