import { createHash } from 'node:crypto'
import { setTimeout as after } from 'node:timers/promises'
import { WebSocket } from 'ws'
import { apiPath, roomApiPath } from '../../machines/protocol/apiPath.ts'

/** The server answered the upgrade request with this HTTP status, and not with 101. */
export class UpgradeError extends Error {
  readonly status: number
  constructor(status: number) {
    super(`the WebSocket upgrade got the status ${status}`)
    this.status = status
  }
}

/** The server answered a call with this error code (docs/protocol.md). */
export class CallError extends Error {
  readonly code: string
  constructor(code: string) {
    super(code)
    this.code = code
  }
}

/** Options of `ApiClient`. */
export interface ApiClientOptions {
  /** The `Origin` header, as a browser sends it. Default: none. */
  origin?: string
  /** The canonical room name. The socket then reaches the server that has the room. Default: none. */
  room?: string
  /** Further headers of the upgrade request. Default: none. */
  headers?: Readonly<Record<string, string>>
  /** Timeout of the handshake, in ms. Default: 5000. */
  handshakeTimeoutMs?: number
  /** Accepts any certificate. Default: false. */
  isCertificateIgnored?: boolean
}

/** Timeout of a query, a mutation and a join, in ms. An overloaded server, or another program, may never answer. */
export const responseTimeoutMs = 10_000

/** Resolves like a promise. Rejects if that takes too long: a closed socket is not the only way to get no answer. */
export async function withResponseTimeout<T>(answer: Promise<T>, timeoutMs = responseTimeoutMs): Promise<T> {
  const late = new AbortController()
  try {
    return await Promise.race([
      answer,
      after(timeoutMs, undefined, late).then((): never => {
        throw new Error(`no answer within ${timeoutMs / 1000} s`)
      }),
    ])
  } finally {
    late.abort()
  }
}

/** The listener of one call: `data` for each result, then at most one `end`. */
interface CallListener {
  data(data: unknown): void
  end(error?: Error): void
}

interface Call extends CallListener {
  /** False for a query and a mutation, which have one result. */
  isSubscription: boolean
}

interface Frame {
  id: number
  result?: { type: 'data' | 'started' | 'stopped'; data?: unknown }
  error?: { data?: { code?: string } }
}

/**
 * A client of `/trpc` on one socket, which never reconnects. It uses far less memory and CPU than a page, so one
 * process can stand for many visitors.
 */
export class ApiClient {
  /** Resolves when the socket is open. Rejects with UpgradeError, or with the error of the system. */
  readonly opened: Promise<void>
  /** Called once when an open socket closes, with its close code (RFC 6455 §7.4). `close` does not call it. */
  onClosed: (code: number) => void = () => undefined
  readonly #socket: WebSocket
  readonly #calls = new Map<number, Call>()
  #lastId = 0

  /** @param pageUrl the URL of the start page, with its path prefix */
  constructor(
    pageUrl: string,
    { room, origin, headers, handshakeTimeoutMs = 5_000, isCertificateIgnored }: ApiClientOptions = {},
  ) {
    const socket = new WebSocket(toApiUrl(pageUrl, room), {
      perMessageDeflate: false,
      handshakeTimeout: handshakeTimeoutMs,
      rejectUnauthorized: !isCertificateIgnored,
      ...(origin !== undefined && { origin }),
      ...(headers && { headers }),
    })
    this.#socket = socket
    this.opened = new Promise((resolve, reject) => {
      socket.once('open', resolve).on('error', reject)
      socket.once('unexpected-response', (request, { statusCode = 0 }) => {
        reject(new UpgradeError(statusCode))
        request.destroy()
      })
    })
    // A caller that closes the client early need not handle the rejection.
    this.opened.catch(() => undefined)
    socket.on('message', (data: Buffer) => this.#receive(data.toString()))
    socket.on('close', (code) => this.#handleClose(code))
  }

  /** Calls a query or a mutation. Rejects with CallError, or when the socket closes. Has no timeout. */
  call(method: 'query' | 'mutation', path: string, input?: object): Promise<unknown> {
    return new Promise((resolve, reject) =>
      this.#send(method, path, input, { isSubscription: false, data: resolve, end: reject }),
    )
  }

  /**
   * Subscribes. `listener.data` gets the content of each event, without its position.
   * `listener.end` gets a CallError, or nothing when the server ended the subscription.
   */
  subscribe(path: string, input: object, listener: CallListener): void {
    this.#send('subscription', path, input, {
      isSubscription: true,
      data: (tracked) => listener.data((tracked as { data: unknown }).data),
      end: listener.end,
    })
  }

  /** Closes the socket without waiting, as a page does when its person leaves. May be called twice. */
  close(): void {
    this.onClosed = () => undefined
    this.#socket.close(1001)
  }

  #send(method: string, path: string, input: object | undefined, call: Call): void {
    const id = (this.#lastId += 1)
    this.#calls.set(id, call)
    this.#socket.send(JSON.stringify({ id, method, params: { path, input } }), (error) => {
      if (error) this.#end(id, error)
    })
  }

  #receive(text: string): void {
    if (text === 'PING') return this.#socket.send('PONG')
    const { id, result, error } = parseFrame(text)
    const call = this.#calls.get(id)
    if (error) this.#end(id, new CallError(error.data?.code ?? 'internal'))
    else if (result?.type === 'stopped') this.#end(id)
    else if (result?.type === 'data') {
      if (!call?.isSubscription) this.#calls.delete(id)
      this.#deliver(id, call, result.data)
    }
  }

  /** Another program may answer in its own form, which a listener cannot read. */
  #deliver(id: number, call: Call | undefined, data: unknown): void {
    try {
      call?.data(data)
    } catch {
      this.#calls.delete(id)
      call?.end(new Error('the server sent an answer of another protocol'))
    }
  }

  #end(id: number, error?: Error): void {
    const listener = this.#calls.get(id)
    this.#calls.delete(id)
    listener?.end(error)
  }

  #handleClose(code: number): void {
    for (const id of this.#calls.keys()) this.#end(id, new Error(`the server closed the socket with ${code}`))
    this.onClosed(code)
  }
}

/** Another program may listen at the URL. A frame that is not of tRPC belongs to no call. */
function parseFrame(text: string): Frame {
  try {
    return (JSON.parse(text) as Frame | null) ?? { id: 0 }
  } catch {
    return { id: 0 }
  }
}

/**
 * Returns the address of the API.
 * @param pageUrl the URL of the start page
 * @param room the canonical room name
 */
export const toApiUrl = (pageUrl: string, room?: string): string =>
  `${pageUrl.replace(/^http/, 'ws').replace(/\/$/, '')}${room === undefined ? apiPath : roomApiPath(hashHex(room))}`

const hashHex = (text: string): string => createHash('sha256').update(text).digest('hex')
