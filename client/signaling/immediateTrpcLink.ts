import { type OperationResultObserver, TRPCClientError, type TRPCLink } from '@trpc/client'
import { observable } from '@trpc/server/observable'
import type { TRPCResponseMessage } from '@trpc/server/rpc'
import type { AppRouter } from '../../server/api/router.ts'

interface Caller {
  observer: OperationResultObserver<AppRouter, unknown>
  isSubscription: boolean
}

/**
 * The calls of one socket, in tRPC's words. tRPC's own `wsLink` gathers what is called until a timer runs out, and so behind
 * whatever the page has to draw first, or behind a second in a hidden tab; here a call is a frame of its own, sent at once.
 */
export class Calls {
  readonly #send: (frame: string) => void
  readonly #callers = new Map<number, Caller>()
  /** What was called before the socket was open. */
  #early: string[] | null = []
  #isClosed = false

  constructor(send: (frame: string) => void) {
    this.#send = send
  }

  /** For `createTRPCClient`: the end of its chain of links. */
  readonly link: TRPCLink<AppRouter> = () => ({ op: { id, type, path, input } }) => observable((observer) => {
    if (this.#isClosed) return observer.error(lost())
    const isSubscription = type === 'subscription'
    this.#callers.set(id, { observer, isSubscription })
    this.#post({ id, method: type, params: { path, input } })
    return () => {
      if (this.#callers.delete(id) && isSubscription) this.#post({ id, method: 'subscription.stop' })
    }
  })

  open(): void {
    for (const frame of this.#early ?? []) this.#send(frame)
    this.#early = null
  }

  /** One frame from the server. */
  read(frame: string): void {
    for (const message of [JSON.parse(frame)].flat() as TRPCResponseMessage[]) this.#answer(message)
  }

  /** The socket is gone: whoever waits hears it, without a code. */
  close(): void {
    this.#isClosed = true
    for (const { observer } of this.#callers.values()) observer.error(lost())
    this.#callers.clear()
  }

  #answer(message: TRPCResponseMessage): void {
    const id = message.id as number
    const caller = this.#callers.get(id)
    if (!caller) return
    const { observer, isSubscription } = caller
    if ('error' in message) {
      this.#callers.delete(id)
      return observer.error(TRPCClientError.from(message))
    }
    observer.next({ result: message.result })
    if (isSubscription && message.result.type !== 'stopped') return
    this.#callers.delete(id)
    observer.complete()
  }

  #post(message: object): void {
    const frame = JSON.stringify(message)
    if (this.#early) this.#early.push(frame)
    else this.#send(frame)
  }
}

const lost = () => TRPCClientError.from<AppRouter>(new Error('the line is closed'))
