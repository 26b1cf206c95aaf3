import { type OperationResultObserver, TRPCClientError, type TRPCLink } from '@trpc/client'
import { observable } from '@trpc/server/observable'
import type { TRPCResponseMessage } from '@trpc/server/rpc'
import type { AppRouter } from '../../server/api/router.ts'

interface PendingRequest {
  observer: OperationResultObserver<AppRouter, unknown>
  isSubscription: boolean
}

/**
 * The calls of one socket, in tRPC's words. tRPC's own `wsLink` gathers what is called until a timer runs out, and so behind
 * whatever the page has to draw first, or behind a second in a hidden tab; here a call is a frame of its own, sent at once.
 */
export class ImmediateTrpcLink {
  readonly #send: (frame: string) => void
  readonly #pending = new Map<number, PendingRequest>()
  /** What was called before the socket was open. */
  #queued: string[] | null = []
  #isClosed = false

  constructor(send: (frame: string) => void) {
    this.#send = send
  }

  /** For `createTRPCClient`: the end of its chain of links. */
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

  open(): void {
    for (const frame of this.#queued ?? []) this.#send(frame)
    this.#queued = null
  }

  /** One frame from the server. */
  receive(frame: string): void {
    for (const message of [JSON.parse(frame)].flat() as TRPCResponseMessage[]) this.#onResponse(message)
  }

  /** The socket is gone: pending requests fail, without an error code. */
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
