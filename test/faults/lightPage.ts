import { once } from 'node:events'
import { setTimeout as after } from 'node:timers/promises'
import type { PeerMessage, SeatName } from '../../machines/protocol/messages.ts'
import type { TestClient, TestSubscription } from '../server/testClient.ts'

interface Server {
  newClient(): TestClient
}

/** A page without media. It keeps its seat when its server ends, at any other server. It moves when the server drains. */
export class LightPage {
  readonly #room: string
  readonly #listServers: () => readonly Server[]
  #client: TestClient | null = null
  #subscription: TestSubscription | null = null
  #token: string | undefined
  #position: string | undefined
  #isClosed = false
  /** Joins that gave a seat. */
  joinCount = 0
  /** Joins after the first one that did not return to the seat. */
  lossCount = 0
  /** The delays after which servers that drain asked it to move, in ms. */
  readonly moveDelaysMs: number[] = []
  /** Error codes of rejected joins. */
  readonly rejections: (string | undefined)[] = []
  /** Seats that it had. */
  readonly seats = new Set<SeatName>()
  /** Messages of the peer. */
  readonly messages: PeerMessage[] = []

  /** @param listServers returns the servers that a proxy would choose from */
  constructor(room: string, listServers: () => readonly Server[]) {
    this.#room = room
    this.#listServers = listServers
  }

  /** True while the page has a subscription. */
  get isJoined(): boolean {
    return this.#subscription !== null
  }

  /** Joins. Resolves when it has a seat, and keeps it until `close`. */
  async start(): Promise<void> {
    const firstItem = await this.#join(0)
    void this.#run(firstItem)
  }

  /** Sends a message with this number, again after each lost seat or socket, as the outbox of a page does. */
  async send(message: PeerMessage, seq: number): Promise<void> {
    while (!this.#isClosed) {
      const sent = this.#subscription?.send(message, seq).catch(() => 0)
      const acked = await Promise.race([sent ?? 0, after(2_000, 0)])
      if (acked >= seq) return
      await after(50)
    }
  }

  /** Ends the page without `room.leave`. */
  async close(): Promise<void> {
    this.#isClosed = true
    await this.#client?.close()
  }

  async #run(subscription: TestSubscription): Promise<void> {
    for (let turn = 1; !this.#isClosed; turn++) {
      await this.#readUntilEnd(subscription)
      this.#subscription = null
      await this.#client?.close()
      if (!this.#isClosed) subscription = await this.#join(turn)
    }
  }

  /** The client of tRPC reports no closed socket: it opens another one. */
  async #readUntilEnd(subscription: TestSubscription): Promise<void> {
    const closed = once(this.#client!.socket, 'close').then(() => 'completed' as const)
    for (;;) {
      const item = await Promise.race([subscription.next(), closed])
      if (item === 'completed' || 'errorCode' in item) return
      this.#position = item.id
      if (item.event.type === 'message') this.messages.push(item.event.message)
      if (item.event.type !== 'drain') continue
      this.moveDelaysMs.push(item.event.delayMs)
      const { socket } = this.#client!
      void after(item.event.delayMs, null, { ref: false }).then(() => socket.close())
    }
  }

  /** Tries one server after the other. */
  async #join(turn: number): Promise<TestSubscription> {
    for (let attempt = turn; ; attempt++) {
      const servers = this.#listServers()
      const client = (this.#client = servers[attempt % servers.length]!.newClient())
      // The room rejects an abandoned join that arrives after a later one.
      const requestedAt = Math.ceil(performance.now())
      const subscription = client.join(this.#room, { requestedAt, token: this.#token, lastEventId: this.#position })
      // A socket that cannot open never answers.
      const item = await Promise.race([subscription.next(), after(2_000, 'completed' as const)])
      if (item !== 'completed' && 'event' in item && item.event.type === 'joined') {
        if (this.#token !== undefined && !item.event.resumed) this.lossCount++
        this.seats.add(item.event.seat)
        this.#token = item.event.token
        this.#position = item.id
        this.joinCount++
        this.#subscription = subscription
        return subscription
      }
      if (item !== 'completed' && 'errorCode' in item) this.rejections.push(item.errorCode)
      await client.close()
      if (this.#isClosed) return subscription
    }
  }
}
