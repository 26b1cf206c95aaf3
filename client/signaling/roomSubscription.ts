import type { TRPCClient } from '@trpc/client'
import type { SocketCommand } from '../../machines/signaling/signalingEvents.ts'
import type { ErrorCode, RoomEvent } from '../../machines/protocol/messages.ts'
import type { AppRouter } from '../../server/api/router.ts'
import { Inbox } from './inbox.ts'
import type { Outbox } from './outbox.ts'
import { parseErrorCode } from './trpcSocket.ts'

interface RoomSubscriptionParts {
  client: TRPCClient<AppRouter>
  room: string
  outbox: Outbox
  /** The time of the join request, in ms. */
  now(): number
  onEvent(position: string, event: RoomEvent): void
  /** Null: there was no answer, or no more. */
  onEnd(code: ErrorCode | null): void
}

/** How long `leave` waits for queued messages, in ms. */
const leaveTimeoutMs = 1_000

/** One subscription to `room.join`: being subscribed is being present. */
export class RoomSubscription {
  readonly #parts: RoomSubscriptionParts
  readonly #inbox: Inbox
  #subscription: { unsubscribe(): void } | null = null
  #hasJoined = false
  #isClosed = false

  constructor(parts: RoomSubscriptionParts) {
    this.#parts = parts
    this.#inbox = new Inbox({
      onEvent: (position, event) => this.#onEvent(position, event),
      onGap: () => this.#end(null),
    })
  }

  start({ joinKey, token, lastEventId, mediaFlow, formerToken }: Extract<SocketCommand, { type: 'join' }>): void {
    if (this.#isClosed) return
    const { client, room, now } = this.#parts
    // The room trace from the start: about forty entries a call, and a later diagnosis needs the past ones.
    this.#subscription = client.room.join.subscribe(
      {
        protocol: 1,
        room,
        joinKey,
        token,
        formerToken,
        lastEventId,
        mediaFlow,
        requestedAt: now(),
        includeTrace: true,
      },
      {
        onData: ({ id, data }) => this.#inbox.receive(id, data),
        onError: (error) => this.#end(parseErrorCode(error)),
        onComplete: () => this.#end(null),
      },
    )
  }

  /** Leaves after the queued messages have arrived. Resolves with true where the server freed the seat. */
  async leave(): Promise<boolean> {
    this.#isClosed = true
    if (!this.#subscription) return false
    const { client, room, outbox } = this.#parts
    await Promise.race([outbox.whenEmpty(), new Promise((resolve) => setTimeout(resolve, leaveTimeoutMs))])
    const isAcknowledged = await client.room.leave.mutate({ room }).then(
      () => true,
      () => false,
    )
    this.stop()
    // A join that was still pending may yet succeed.
    return isAcknowledged && this.#hasJoined
  }

  stop(): void {
    this.#isClosed = true
    this.#inbox.close()
    this.#subscription?.unsubscribe()
    this.#subscription = null
  }

  #onEvent(position: string, event: RoomEvent): void {
    if (this.#isClosed) return
    const { client, room, outbox, onEvent } = this.#parts
    if (event.type === 'joined') {
      this.#hasJoined = true
      outbox.open(event, async (seq, message) => (await client.room.send.mutate({ room, seq, message })).acked)
    }
    onEvent(position, event)
  }

  #end(code: ErrorCode | null): void {
    if (this.#isClosed) return
    this.#isClosed = true
    this.#inbox.close()
    this.#parts.outbox.close()
    this.#parts.onEnd(code)
  }
}
