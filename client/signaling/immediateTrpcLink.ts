import { type OperationResultObserver, TRPCClientError, type TRPCLink } from '@trpc/client'
import { observable } from '@trpc/server/observable'
import type { TRPCResponseMessage } from '@trpc/server/rpc'
import type { AppRouter } from '../../server/api/router.ts'

interface PendingRequest {
  observer: OperationResultObserver<AppRouter, unknown>
  isSubscription: boolean
}

/**
 * The tRPC calls of one socket. tRPC's own `wsLink` batches calls until a timer fires. That timer waits behind the
 * page's rendering, or for a second in a hidden tab. This link sends each call as its own frame, at once.
 */
export class ImmediateTrpcLink {
  readonly #send: (frame: string) => void
  readonly #pending = new Map<number, PendingRequest>()
  /** Frames queued before the socket opened; null after that. */
  #queued: string[] | null = []
  #isClosed = false

  constructor(send: (frame: string) => void) {
    this.#send = send
  }

  /** The terminating link for `createTRPCClient`. */
  readonly trpcLink: TRPCLink<AppRouter> =
    () =>
    ({ op: { id, type, path, input } }) =>
      observable((observer) => {
        if (this.#isClosed) return observer.error(createClosedError())
        const isSubscription = type === 'subscription'
        this.#pending.set(id, { observer, isSubscription })
        this.#sendOrQueue({ id, method: type, params: { path, input } })
        return () => {
          if (this.#pending.delete(id) && isSubscription) this.#sendOrQueue({ id, method: 'subscription.stop' })
        }
      })

  /** The socket is open: sends the queued frames. */
  open(): void {
    for (const frame of this.#queued ?? []) this.#send(frame)
    this.#queued = null
  }

  /**
   * Handles one frame from the server.
   * @throws SyntaxError if the frame is not JSON
   */
  receive(frame: string): void {
    for (const message of [JSON.parse(frame)].flat() as TRPCResponseMessage[]) this.#onResponse(message)
  }

  /** The socket closed: pending and later calls fail without an error code. */
  close(): void {
    this.#isClosed = true
    for (const { observer } of this.#pending.values()) observer.error(createClosedError())
    this.#pending.clear()
  }

  #onResponse(message: TRPCResponseMessage): void {
    const id = message.id as number
    const request = this.#pending.get(id)
    if (!request) return
    const { observer, isSubscription } = request
    if ('error' in message) {
      this.#pending.delete(id)
      return observer.error(TRPCClientError.from(message))
    }
    observer.next({ result: message.result })
    if (isSubscription && message.result.type !== 'stopped') return
    this.#pending.delete(id)
    observer.complete()
  }

  #sendOrQueue(message: object): void {
    const frame = JSON.stringify(message)
    if (this.#queued) this.#queued.push(frame)
    else this.#send(frame)
  }
}

const createClosedError = () => TRPCClientError.from<AppRouter>(new Error('the socket is closed'))
