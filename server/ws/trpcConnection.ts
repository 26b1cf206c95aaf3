import { callTRPCProcedure, getErrorShape, getTRPCErrorFromUnknown, isTrackedEnvelope, type TRPCError } from '@trpc/server'
import { parseTRPCMessage, type TRPCClientOutgoingMessage } from '@trpc/server/rpc'
import type { RawData, WebSocket } from 'ws'
import { serverLimits } from '../../machines/protocol/limits.ts'
import { isClogged } from './socketHealth.ts'
import { Refusal } from '../common/apiError.ts'
import { appRouter } from '../api/router.ts'
import type { Context } from '../api/trpc.ts'

type Id = number | string
type Request = Exclude<TRPCClientOutgoingMessage, { method: 'subscription.stop' }>

export interface LineRules {
  callsPerFrame: number
  throttledCallsPerFrame: number
  subscriptions: number
  unsentBytes: number
  onSlow(socket: WebSocket): void
  /** Called after each write that the kernel did not take at once. */
  onUnsent(socket: WebSocket, context: Context): void
  onRefusal(context: Context, error: TRPCError, path: string | undefined): void
}

interface Subscription {
  id: Id
  stop: AbortController
}

/** RFC 6455 §7.4.1: policy violation. */
const policyViolation = 1008

const config = appRouter._def._config

const { idCharacters, valuesPerFrame } = serverLimits

/** A shorter frame has too few values to take long. */
const shortFrameCharacters = 8 * 1024

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

  /** Reads one frame: a heartbeat, a call, or several calls in a list. JSON in a binary frame is read like text. */
  receive(data: RawData): void {
    const text = String(data)
    if (text === 'PONG') return
    if (text === 'PING') return this.#write('PONG')
    const calls = parseFrame(text)
    if (!calls) return this.#refuse(null, new Refusal('too-large'))
    const { callsPerFrame } = this.#rules
    for (const call of calls.length > callsPerFrame ? calls.slice(0, callsPerFrame) : calls) void this.#answer(call)
    if (calls.length > callsPerFrame) this.#throttle(calls.slice(callsPerFrame))
  }

  /** The socket is gone, and with it everything that was asked over it. */
  close(): void {
    for (const { stop } of this.#running) stop.abort()
  }

  async #answer(call: unknown): Promise<void> {
    if (isConnectionParams(call)) return
    const [request, id] = [parseCall(call), idOf(call)]
    if (!request || id === null) return this.#refuse(id, new Refusal('bad-input'))
    if (request.method === 'subscription.stop') return this.#running.find((subscription) => subscription.id === id)?.stop.abort()
    try {
      if (request.method === 'subscription') await this.#subscribe(id, request)
      else this.#send(id, { result: { type: 'data', data: await this.#call(request) } })
    } catch (error) {
      this.#refuse(id, getTRPCErrorFromUnknown(error), request.method, request.params.path)
    }
  }

  /** Begins a subscription, which goes on by itself: nobody waits for it with the request, which would stay in memory. */
  async #subscribe(id: Id, request: Request): Promise<void> {
    if (this.#running.some((subscription) => subscription.id === id)) throw new Refusal('bad-input')
    if (this.#running.length >= this.#rules.subscriptions) throw new Refusal('too-large')
    const subscription = { id, stop: new AbortController() }
    this.#running.push(subscription)
    try {
      const events = await this.#call(request, subscription.stop.signal) as AsyncIterable<unknown>
      this.#send(id, { result: { type: 'started' } })
      void this.#follow(subscription, request.params.path, events)
    } catch (error) {
      this.#forget(subscription)
      throw error
    }
  }

  /** Ends with the iteration, which the signal ends. */
  async #follow(subscription: Subscription, path: string, events: AsyncIterable<unknown>): Promise<void> {
    const { id } = subscription
    try {
      for await (const event of events) await this.#tell(id, event)
      this.#forget(subscription)
      this.#send(id, { result: { type: 'stopped' } })
    } catch (error) {
      this.#forget(subscription)
      this.#refuse(id, getTRPCErrorFromUnknown(error), 'subscription', path)
    }
  }

  #forget(subscription: Subscription): void {
    this.#running = this.#running.filter((other) => other !== subscription)
  }

  #call({ method, params: { path, input } }: Request, signal?: AbortSignal): Promise<unknown> {
    return callTRPCProcedure({
      router: appRouter, path, type: method, ctx: this.#context, getRawInput: async () => input, signal, batchIndex: 0,
    })
  }

  /** The calls behind the first of a frame may come again. A client with hundreds of them is closed, so that none waits for an answer. */
  #throttle(calls: unknown[]): void {
    const { throttledCallsPerFrame } = this.#rules
    for (const call of calls.slice(0, throttledCallsPerFrame)) this.#refuse(idOf(call), new Refusal('throttled'))
    if (calls.length > throttledCallsPerFrame) this.#socket.close(policyViolation)
  }

  #refuse(id: Id | null, error: TRPCError, type: Request['method'] | 'unknown' = 'unknown', path?: string): void {
    this.#send(id, { error: getErrorShape({ config, error, type, path, input: undefined, ctx: this.#context }) })
    this.#rules.onRefusal(this.#context, error, path)
  }

  /** Backpressure: when the socket is congested, wait until this event is flushed. The mailbox bounds what queues up. */
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
      return
    }
    this.#socket.send(text, onSent)
    if (this.#socket.bufferedAmount > 0) this.#rules.onUnsent(this.#socket, this.#context)
  }
}

function resultOf(event: unknown): object {
  if (!isTrackedEnvelope(event)) return { type: 'data', data: event }
  const [id, data] = event
  return { type: 'data', id, data: { id, data } }
}

// Each function from here on reads what a client sent. Its time is bounded by the limits, whatever comes.

/**
 * The calls in a frame, unchecked. Text that is not JSON counts as one call that nobody can read.
 * @returns null for a frame with more values than `valuesPerFrame`; 8,000 keys of one object parse in 6 ms, and 32,000 nested lists take up to 12 ms with their garbage collection
 */
function parseFrame(text: string): unknown[] | null {
  if (text.length > shortFrameCharacters && hasMoreValues(text, valuesPerFrame)) return null
  try {
    const frame: unknown = JSON.parse(text)
    return Array.isArray(frame) ? frame : [frame]
  } catch {
    return [undefined]
  }
}

/** Each value follows a comma or an opening bracket, except the first. Those inside strings count as well. */
function hasMoreValues(text: string, most: number): boolean {
  let count = 0
  for (const mark of [',', '[', '{']) {
    for (let at = text.indexOf(mark); at >= 0; at = text.indexOf(mark, at + 1)) if (++count > most) return true
  }
  return false
}

/** One call, or null where it is none. A call with `lastEventId` has it in its input, too, as tRPC's own adapter does it. */
export function parseCall(call: unknown): TRPCClientOutgoingMessage | null {
  try {
    const request = parseTRPCMessage(call, config.transformer)
    if (request.method === 'subscription.stop' || request.params.lastEventId === undefined) return request
    const { params } = request
    if (!isObject(params.input)) return null
    params.input.lastEventId = params.lastEventId
    return request
  } catch {
    return null
  }
}

/** tRPC's first message where the client has `connectionParams`. We need none, and it gets no answer. */
const isConnectionParams = (call: unknown): boolean => isObject(call) && call.method === 'connectionParams'

function idOf(call: unknown): Id | null {
  const id = isObject(call) ? call.id : null
  return typeof id === 'number' || (typeof id === 'string' && id.length <= idCharacters) ? id : null
}

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value)
