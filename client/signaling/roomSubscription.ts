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
  /** Called once when the subscription ends. Null: the connection was lost. */
  onEnd(code: ErrorCode | null): void
}

/** Maximum wait of `leave` for queued messages, in ms. */
const leaveTimeoutMs = 1_000

/** One subscription to `room.join`. The seat counts as connected while it is active. */
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

  /** Subscribes. Does nothing after `stop` or `leave`. */
  start(
    { joinKey, token, lastEventId, mediaFlow, formerToken, policy }: Extract<SocketCommand, { type: 'join' }>,
    preparation: number | null = null,
  ): void {
    if (this.#isClosed) return
    const { client, room, now } = this.#parts
    // The client always requests the room trace: about forty entries per call. A later diagnosis needs the past ones.
    this.#subscription = client.room.join.subscribe(
      {
        protocol: 1,
        room,
        joinKey,
        token,
        formerToken,
        lastEventId,
        mediaFlow,
        policy,
        ...(preparation !== null && { preparation }),
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

  /** Leaves after the queued messages have arrived. Resolves with true if the server freed the seat. */
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
    // A pending join may still succeed.
    return isAcknowledged && this.#hasJoined
  }

  /** Unsubscribes without leaving the room. */
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
