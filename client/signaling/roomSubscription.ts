import type { TRPCClient } from '@trpc/client'
import type { SocketOrder } from '../../machines/signaling/signalingEvents.ts'
import type { Code, RoomEvent } from '../../machines/protocol/messages.ts'
import type { AppRouter } from '../../server/api/router.ts'
import { Inbox } from './inbox.ts'
import type { Outbox } from './outbox.ts'
import { codeOf } from './trpcSocket.ts'

interface StayParts {
  client: TRPCClient<AppRouter>
  room: string
  outbox: Outbox
  /** When a visit is asked for. */
  now(): number
  onEvent(position: string, event: RoomEvent): void
  /** Null: there was no answer, or no more. */
  onEnd(code: Code | null): void
}

/** How long a good-bye may wait for what was said before it. */
const farewell = 1_000

/** One subscription to `room.visit`: being subscribed is being present. */
export class Stay {
  readonly #parts: StayParts
  readonly #inbox: Inbox
  #subscription: { unsubscribe(): void } | null = null
  #isIn = false
  #isOver = false

  constructor(parts: StayParts) {
    this.#parts = parts
    this.#inbox = new Inbox({ onEvent: (position, event) => this.#read(position, event), onGap: () => this.#finish(null) })
  }

  begin({ key, token, lastEventId, media, former }: Extract<SocketOrder, { type: 'visit' }>): void {
    if (this.#isOver) return
    const { client, room, now } = this.#parts
    // The log from the start: it is some forty lines a call, and who wonders later why it does not work wants what is past.
    this.#subscription = client.room.visit.subscribe({ protocol: 1, room, key, token, former, lastEventId, media, asked: now(), log: true }, {
      onData: ({ id, data }) => this.#inbox.take(id, data),
      onError: (error) => this.#finish(codeOf(error)),
      onComplete: () => this.#finish(null),
    })
  }

  /** After what was said has arrived. Resolves with true where the server freed the seat. */
  async leave(): Promise<boolean> {
    this.#isOver = true
    if (!this.#subscription) return false
    const { client, room, outbox } = this.#parts
    await Promise.race([outbox.settled(), new Promise((resolve) => setTimeout(resolve, farewell))])
    const hasHeard = await client.room.leave.mutate({ room }).then(() => true, () => false)
    this.stop()
    // One who leaves before they are in may still be let in.
    return hasHeard && this.#isIn
  }

  stop(): void {
    this.#isOver = true
    this.#inbox.close()
    this.#subscription?.unsubscribe()
    this.#subscription = null
  }

  #read(position: string, event: RoomEvent): void {
    if (this.#isOver) return
    const { client, room, outbox, onEvent } = this.#parts
    if (event.type === 'joined') {
      this.#isIn = true
      outbox.open(event, async (n, message) => (await client.room.say.mutate({ room, n, message })).said)
    }
    onEvent(position, event)
  }

  #finish(code: Code | null): void {
    if (this.#isOver) return
    this.#isOver = true
    this.#inbox.close()
    this.#parts.outbox.close()
    this.#parts.onEnd(code)
  }
}
