import {
  callTRPCProcedure,
  getErrorShape,
  getTRPCErrorFromUnknown,
  isTrackedEnvelope,
  type TRPCError,
} from '@trpc/server'
import { parseTRPCMessage, type TRPCClientOutgoingMessage } from '@trpc/server/rpc'
import type { Duplex } from 'node:stream'
import type { RawData, WebSocket } from 'ws'
import { serverLimits } from '../../machines/protocol/limits.ts'
import { isBackpressured } from './socketHealth.ts'
import { encodeTextFrame } from './textFrame.ts'
import { ApiError } from '../common/apiError.ts'
import type { EventSink, EventSource } from '../common/eventSink.ts'
import { appRouter } from '../api/router.ts'
import { callSend, sendPath } from '../api/sendProcedure.ts'
import type { Context } from '../api/trpc.ts'

type Id = number | string
type Request = Exclude<TRPCClientOutgoingMessage, { method: 'subscription.stop' }>

/** Limits and callbacks of a connection. */
export interface TrpcConnectionOptions {
  requestsPerFrame: number
  throttledRequestsPerFrame: number
  maxSubscriptions: number
  unsentBytesPerSocket: number
  onBackpressure(socket: WebSocket): void
  /** Called when the connection has writes to flush at the end of this turn of the event loop. */
  onCorked(connection: TrpcConnection): void
  /** Called after a flush that left bytes in the send buffer. */
  onBuffered(socket: WebSocket, context: Context): void
  /** Called after the response to a `room.send`, with the time since its arrival in ms. */
  onAcknowledged(delayMs: number): void
  onApiError(context: Context, error: TRPCError, path: string | undefined): void
}

/** The part of a socket's stream that a connection uses. */
export type TrpcStream = Pick<Duplex, 'cork' | 'uncork' | 'write'>

/** The result of a subscription procedure. */
type Events = AsyncIterable<unknown> | EventSource<unknown>

interface Subscription {
  id: Id
  stop: AbortController
}

/** RFC 6455 §7.4.1: policy violation. */
const policyViolation = 1008

const config = appRouter._def._config

const { requestIdCharacters, jsonValuesPerFrame } = serverLimits

/** Above this, corked writes are flushed at once, in bytes: a turn must not collect the events of many readers. */
const maxCorkedBytes = 16 * 1024

/** A frame below this length has too few values to take long to parse. */
const shortFrameCharacters = 8 * 1024

/**
 * The tRPC protocol on one socket. Replaces tRPC's adapter, which holds about thirty closures, promises and a copy of
 * the upgrade request for each idle subscription: 29 KB per client. This class takes 18 KB.
 */
export class TrpcConnection {
  readonly #socket: WebSocket
  readonly #stream: TrpcStream
  readonly #context: Context
  readonly #options: TrpcConnectionOptions
  #subscriptions: Subscription[] = []
  #isCorked = false

  /** @param stream the TCP or TLS socket below `socket` */
  constructor(socket: WebSocket, stream: TrpcStream, context: Context, options: TrpcConnectionOptions) {
    this.#socket = socket
    this.#stream = stream
    this.#context = context
    this.#options = options
  }

  /**
   * Handles one frame: a heartbeat, a call, or a list of calls. Text and binary frames are handled alike.
   * @param receivedAtMs time of arrival, as from `performance.now()`
   */
  receive(data: RawData, receivedAtMs = performance.now()): void {
    const text = String(data)
    if (text === 'PONG') return
    if (text === 'PING') return this.#writeText('PONG')
    const requests = parseFrame(text)
    if (!requests) return this.#sendError(null, new ApiError('too-large'))
    const { requestsPerFrame } = this.#options
    for (const request of requests.length > requestsPerFrame ? requests.slice(0, requestsPerFrame) : requests)
      this.#handleMessage(request, receivedAtMs)
    if (requests.length > requestsPerFrame) this.#rejectExcess(requests.slice(requestsPerFrame))
  }

  /** Ends all subscriptions. Call when the socket is closed. */
  close(): void {
    for (const { stop } of this.#subscriptions) stop.abort()
  }

  /** Writes the corked frames. May be called again. */
  flush(): void {
    if (!this.#isCorked) return
    this.#isCorked = false
    this.#stream.uncork()
    if (this.#socket.bufferedAmount > 0) this.#options.onBuffered(this.#socket, this.#context)
  }

  #handleMessage(message: unknown, receivedAtMs: number): void {
    const call = parseSend(message)
    if (call) this.#handleSend(call, receivedAtMs)
    else void this.#handleRequest(message, receivedAtMs)
  }

  async #handleRequest(message: unknown, receivedAtMs: number): Promise<void> {
    if (isConnectionParams(message)) return
    const [request, id] = [parseRequest(message), requestId(message)]
    if (!request || id === null) return this.#sendError(id, new ApiError('invalid-input'))
    if (request.method === 'subscription.stop')
      return this.#subscriptions.find((subscription) => subscription.id === id)?.stop.abort()
    try {
      if (request.method === 'subscription') await this.#subscribe(id, request)
      else this.#sendResponse(id, { result: { type: 'data', data: await this.#callProcedure(request) } })
      if (request.params.path === sendPath) this.#options.onAcknowledged(performance.now() - receivedAtMs)
    } catch (error) {
      this.#sendError(id, getTRPCErrorFromUnknown(error), request.method, request.params.path)
    }
  }

  /** Handles the most frequent call. Every other form of it takes the generic way, with the same result. */
  #handleSend({ id, input }: SendCall, receivedAtMs: number): void {
    const succeed = (data: { acked: number }): void => this.#acknowledge(id, data, receivedAtMs)
    const fail = (error: unknown): void => this.#sendError(id, getTRPCErrorFromUnknown(error), 'mutation', sendPath)
    try {
      const data = callSend(this.#context, input)
      if (data instanceof Promise) data.then(succeed).catch(fail)
      else succeed(data)
    } catch (error) {
      fail(error)
    }
  }

  #acknowledge(id: Id, { acked }: { acked: number }, receivedAtMs: number): void {
    this.#writeText(`{"id":${JSON.stringify(id)},"result":{"type":"data","data":{"acked":${acked}}}}`)
    this.#options.onAcknowledged(performance.now() - receivedAtMs)
  }

  /** Starts a subscription. Does not await its events, because that would keep the request in memory. */
  async #subscribe(id: Id, request: Request): Promise<void> {
    if (this.#subscriptions.some((subscription) => subscription.id === id)) throw new ApiError('invalid-input')
    if (this.#subscriptions.length >= this.#options.maxSubscriptions) throw new ApiError('too-large')
    const subscription = { id, stop: new AbortController() }
    this.#subscriptions.push(subscription)
    try {
      const events = (await this.#callProcedure(request, subscription.stop.signal)) as Events
      this.#sendResponse(id, { result: { type: 'started' } })
      void this.#streamEvents(subscription, request.params.path, events)
    } catch (error) {
      this.#removeSubscription(subscription)
      throw error
    }
  }

  /** Sends events until the subscription ends. The abort signal ends it. */
  async #streamEvents(subscription: Subscription, path: string, events: Events): Promise<void> {
    const { id } = subscription
    try {
      if ('pushTo' in events) await events.pushTo(new SubscriptionSink(id, this.#sendEvent))
      else for await (const event of events) await this.#sendEvent(formatEvent(id, event))
      this.#removeSubscription(subscription)
      this.#sendResponse(id, { result: { type: 'stopped' } })
    } catch (error) {
      this.#removeSubscription(subscription)
      this.#sendError(id, getTRPCErrorFromUnknown(error), 'subscription', path)
    }
  }

  #removeSubscription(subscription: Subscription): void {
    this.#subscriptions = this.#subscriptions.filter((other) => other !== subscription)
  }

  #callProcedure({ method, params: { path, input } }: Request, signal?: AbortSignal): Promise<unknown> {
    return callTRPCProcedure({
      router: appRouter,
      path,
      type: method,
      ctx: this.#context,
      getRawInput: async () => input,
      signal,
      batchIndex: 0,
    })
  }

  /** Rejects calls above the limit; clients may retry them. A frame with hundreds of them closes the socket. */
  #rejectExcess(requests: unknown[]): void {
    const { throttledRequestsPerFrame } = this.#options
    for (const request of requests.slice(0, throttledRequestsPerFrame))
      this.#sendError(requestId(request), new ApiError('throttled'))
    if (requests.length > throttledRequestsPerFrame) this.#socket.close(policyViolation)
  }

  #sendError(id: Id | null, error: TRPCError, type: Request['method'] | 'unknown' = 'unknown', path?: string): void {
    this.#sendResponse(id, {
      error: getErrorShape({ config, error, type, path, input: undefined, ctx: this.#context }),
    })
    this.#options.onApiError(this.#context, error, path)
  }

  /** Backpressure: while the socket is congested, waits until this event is flushed. The mailbox bounds the queue. */
  readonly #sendEvent = (text: string): Promise<void> | undefined => {
    if (isBackpressured(this.#socket, this.#options.unsentBytesPerSocket))
      return new Promise<void>((resolve) => this.#writeText(text, resolve))
    this.#writeText(text)
    return undefined
  }

  #sendResponse(id: Id | null, response: object): void {
    this.#writeText(JSON.stringify({ id, ...response }))
  }

  #cork(): void {
    if (this.#isCorked) return
    this.#isCorked = true
    this.#stream.cork()
    this.#options.onCorked(this)
  }

  /** Writes nothing after a close frame (RFC 6455 §5.5.1). */
  #writeText(text: string, onSent?: () => void): void {
    if (this.#socket.readyState !== this.#socket.OPEN) return onSent?.()
    const bytes = Buffer.byteLength(text)
    if (this.#socket.bufferedAmount + bytes > this.#options.unsentBytesPerSocket) {
      this.#options.onBackpressure(this.#socket)
      onSent?.()
      return
    }
    this.#cork()
    const frame = encodeTextFrame(text, bytes)
    if (frame !== null) this.#stream.write(frame, 'latin1', onSent)
    else this.#socket.send(text, onSent)
    if (this.#socket.bufferedAmount > maxCorkedBytes) this.flush()
  }
}

/** Sends the events of one subscription. */
class SubscriptionSink implements EventSink<unknown> {
  /** The response of tRPC, before and after the id of an event. */
  readonly #start: string
  readonly #write: (text: string) => Promise<void> | undefined

  constructor(id: Id, write: (text: string) => Promise<void> | undefined) {
    this.#start = `{"id":${JSON.stringify(id)},"result":{"type":"data","id":"`
    this.#write = write
  }

  /** Writes the same text as `formatEvent` of a tracked event, with one call of `JSON.stringify`. */
  send(id: string, event: unknown): Promise<void> | undefined {
    return this.#write(`${this.#start}${id}","data":{"id":"${id}","data":${JSON.stringify(event)}}}}`)
  }
}

/** The response of tRPC with an event. */
function formatEvent(subscriptionId: Id, event: unknown): string {
  if (!isTrackedEnvelope(event)) return JSON.stringify({ id: subscriptionId, result: { type: 'data', data: event } })
  const [id, data] = event
  return JSON.stringify({ id: subscriptionId, result: { type: 'data', id, data: { id, data } } })
}

// The functions below parse client input. The limits bound their time for any input.

/**
 * The calls in a frame, not validated. Text that is not JSON counts as one invalid call.
 * Measured: 8,000 keys of one object parse in 6 ms. 32,000 nested lists take up to 12 ms with garbage collection.
 * @returns null for a frame with more values than `jsonValuesPerFrame`
 */
function parseFrame(text: string): unknown[] | null {
  if (text.length > shortFrameCharacters && hasMoreValues(text, jsonValuesPerFrame)) return null
  try {
    const frame: unknown = JSON.parse(text)
    return Array.isArray(frame) ? frame : [frame]
  } catch {
    return [undefined]
  }
}

/** Counts commas and opening brackets, also inside strings: one precedes each value except the first. */
function hasMoreValues(text: string, maxValues: number): boolean {
  let count = 0
  for (const mark of [',', '[', '{']) {
    for (let at = text.indexOf(mark); at >= 0; at = text.indexOf(mark, at + 1)) if (++count > maxValues) return true
  }
  return false
}

/** Parses one call; null if it is invalid. Copies `lastEventId` into the input, as tRPC's adapter does. */
export function parseRequest(message: unknown): TRPCClientOutgoingMessage | null {
  try {
    const request = parseTRPCMessage(message, config.transformer)
    if (request.method === 'subscription.stop' || request.params.lastEventId === undefined) return request
    const { params } = request
    if (!isObject(params.input)) return null
    params.input.lastEventId = params.lastEventId
    return request
  } catch {
    return null
  }
}

/** A call of `room.send` whose input is not validated. */
interface SendCall {
  id: Id
  input: unknown
}

/** Recognizes a call of `room.send` in the form that `@trpc/client` sends; null for any other message. */
function parseSend(message: unknown): SendCall | null {
  if (!isObject(message) || message.method !== 'mutation' || !isObject(message.params)) return null
  const { jsonrpc, params } = message
  if (params.path !== sendPath || params.lastEventId !== undefined || jsonrpc !== undefined) return null
  const id = requestId(message)
  return id === null ? null : { id, input: params.input }
}

/** The first message of a tRPC client with `connectionParams`. The server ignores it. */
const isConnectionParams = (message: unknown): boolean => isObject(message) && message.method === 'connectionParams'

function requestId(message: unknown): Id | null {
  const id = isObject(message) ? message.id : null
  return typeof id === 'number' || (typeof id === 'string' && id.length <= requestIdCharacters) ? id : null
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
