import { callTRPCProcedure, getErrorShape, getTRPCErrorFromUnknown, isTrackedEnvelope, type TRPCError } from '@trpc/server'
import type { TRPCClientOutgoingMessage } from '@trpc/server/rpc'
import type { RawData, WebSocket } from 'ws'
import { idOf, parseCall, parseFrame, type Id } from './calls.ts'
import { isClogged } from './patience.ts'
import { Refusal } from './refusal.ts'
import { appRouter } from './router.ts'
import type { Context } from './trpc.ts'

type Request = Exclude<TRPCClientOutgoingMessage, { method: 'subscription.stop' }>

export interface LineRules {
  callsPerFrame: number
  subscriptions: number
  unsentBytes: number
  onSlow(socket: WebSocket): void
  onRefusal(context: Context, error: TRPCError, path: string | undefined): void
}

interface Subscription {
  id: Id
  stop: AbortController
}

const refusalsPerFrame = 100
const config = appRouter._def._config

/**
 * One socket that speaks tRPC: what tRPC's own adapter does, without what it holds for each subscription while nothing happens
 * (some thirty closures, promises and a copy of the upgrade request: 29 KB a visitor, where this takes 18).
 */
export class Line {
  readonly #socket: WebSocket
  readonly #context: Context
  readonly #rules: LineRules
  #running: Subscription[] = []

  constructor(socket: WebSocket, context: Context, rules: LineRules) {
    this.#socket = socket
    this.#context = context
    this.#rules = rules
  }

  /** One frame: a ping, a call, or several in a list. */
  receive(data: RawData, isBinary: boolean): void {
    const text = isBinary ? '' : String(data)
    if (text === 'PONG') return
    if (text === 'PING') return this.#write('PONG')
    const calls = parseFrame(text)
    if (calls.length > this.#rules.callsPerFrame) this.#refuseAll(calls)
    else for (const call of calls) void this.#answer(call)
  }

  /** The socket is gone, and with it everything that was asked over it. */
  close(): void {
    for (const { stop } of this.#running) stop.abort()
  }

  async #answer(call: unknown): Promise<void> {
    const [request, id] = [parseCall(call), idOf(call)]
    if (!request || id === null) return this.#refuse(id, new Refusal('bad-input'))
    if (request.method === 'subscription.stop') return this.#running.find((subscription) => subscription.id === id)?.stop.abort()
    try {
      if (request.method === 'subscription') await this.#subscribe(id, request)
      else this.#send(id, { result: { type: 'data', data: await this.#call(request) } })
    } catch (error) {
      this.#refuse(id, getTRPCErrorFromUnknown(error), request)
    }
  }

  /** Ends with the iteration, which the signal ends. */
  async #subscribe(id: Id, request: Request): Promise<void> {
    if (this.#running.some((subscription) => subscription.id === id)) throw new Refusal('bad-input')
    if (this.#running.length >= this.#rules.subscriptions) throw new Refusal('too-large')
    const subscription = { id, stop: new AbortController() }
    this.#running.push(subscription)
    try {
      const events = await this.#call(request, subscription.stop.signal) as AsyncIterable<unknown>
      this.#send(id, { result: { type: 'started' } })
      for await (const event of events) await this.#tell(id, event)
    } finally {
      this.#running = this.#running.filter((other) => other !== subscription)
    }
    this.#send(id, { result: { type: 'stopped' } })
  }

  #call({ method, params: { path, input, lastEventId } }: Request, signal?: AbortSignal): Promise<unknown> {
    const whole = lastEventId === undefined ? input : { ...(input as object), lastEventId }
    return callTRPCProcedure({
      router: appRouter, path, type: method, ctx: this.#context, getRawInput: async () => whole, signal, batchIndex: 0,
    })
  }

  /** A client that sends a few too many hears of each; one that sends thousands is not to make us say thousands. */
  #refuseAll(calls: unknown[]): void {
    for (const call of calls.slice(0, refusalsPerFrame)) this.#refuse(idOf(call), new Refusal('too-large'))
  }

  #refuse(id: Id | null, error: TRPCError, { method, params }: Partial<Request> = {}): void {
    const [type, path] = [method ?? 'unknown', params?.path] as const
    this.#send(id, { error: getErrorShape({ config, error, type, path, input: undefined, ctx: this.#context }) })
    this.#rules.onRefusal(this.#context, error, path)
  }

  /** Who reads slowly is told no faster: the rest waits in the mailbox, which is bounded. */
  async #tell(id: Id, event: unknown): Promise<void> {
    const response = { result: resultOf(event) }
    if (!isClogged(this.#socket, this.#rules.unsentBytes)) return this.#send(id, response)
    await new Promise<void>((resolve) => this.#send(id, response, resolve))
  }

  #send(id: Id | null, response: object, onSent?: () => void): void {
    if (this.#socket.readyState === this.#socket.OPEN) this.#write(JSON.stringify({ id, ...response }), onSent)
    else onSent?.()
  }

  #write(text: string, onSent?: () => void): void {
    if (this.#socket.bufferedAmount + Buffer.byteLength(text) > this.#rules.unsentBytes) {
      this.#rules.onSlow(this.#socket)
      onSent?.()
    } else this.#socket.send(text, onSent)
  }
}

function resultOf(event: unknown): object {
  if (!isTrackedEnvelope(event)) return { type: 'data', data: event }
  const [id, data] = event
  return { type: 'data', id, data: { id, data } }
}
