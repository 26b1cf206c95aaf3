import type { ActorRefFrom } from 'xstate'
import type { signalingMachine } from '../../machines/signaling/signalingMachine.ts'

/** Why the page has no WebSocket to the server, as far as it can find out. */
export type UnreachableCause =
  | 'offline' // the browser reports no network
  | 'silent' // no server answers at this address
  | 'elsewhere' // another server answers: a captive portal or another site
  | 'gateway' // a proxy answers but does not reach the server (502, 503, 504)
  | 'busy' // the server answers but accepts no more clients (429, 503)
  | 'host' // the server does not accept this host name (421)
  | 'origin' // the server does not accept this page's origin (403)
  | 'websocket' // the server answers, but a WebSocket does not connect

/** Delay before the first check and between the following ones, in ms. */
export const reachabilityCheckDelayMs = 5_000
/** The delay grows up to this multiple of `reachabilityCheckDelayMs`. */
const maxDelayFactor = 12
/** Timeout of one HTTP request, in ms. */
const requestTimeoutMs = 4_000

type Fetch = (path: string, init: RequestInit) => Promise<Pick<Response, 'status' | 'text'>>

/**
 * Finds out by plain HTTP requests why the WebSocket does not connect. Never rejects.
 * @param isOnline `navigator.onLine`: false is reliable, true is not
 */
export async function findUnreachableCause(fetch: Fetch, isOnline: boolean): Promise<UnreachableCause> {
  if (!isOnline) return 'offline'
  const request = (path: string, method: string) =>
    fetch(path, { method, cache: 'no-store', redirect: 'manual', signal: AbortSignal.timeout(requestTimeoutMs) })
  const health = await request('/healthz', 'GET')
    .then(async (response) => ({ status: response.status, text: await response.text() }))
    .catch(() => null)
  if (!health) return 'silent'
  if (health.status === 421) return 'host'
  if ([502, 503, 504].includes(health.status)) return 'gateway'
  if (health.status !== 200 || health.text.trim() !== 'ok') return 'elsewhere'
  // A browser sends the Origin header of the page with POST, but not with GET (Fetch §3.2).
  const trpcStatus = await request('/trpc', 'POST').then(
    ({ status }) => status,
    () => null,
  )
  if (trpcStatus === 403) return 'origin'
  if (trpcStatus === 421) return 'host'
  return trpcStatus === 429 || trpcStatus === 503 ? 'busy' : 'websocket'
}

/** Dependencies of `ServerReachability`. */
export interface ServerReachabilityParts {
  signaling: ActorRefFrom<typeof signalingMachine>
  /** Finds the cause, normally `findUnreachableCause`. */
  findCause(): Promise<UnreachableCause>
}

/** Finds out why the signaling connection is down, from 5 s after its loss. */
export class ServerReachability {
  /** Null while the socket is connected, and during the first 5 s of a loss. */
  cause: UnreachableCause | null = $state(null)
  readonly #parts: ServerReachabilityParts
  readonly #stop: () => void
  #timer: ReturnType<typeof setTimeout> | undefined
  /** Grows whenever the socket opens or closes; results of an older generation are ignored. */
  #generation = 0
  #checks = 0

  constructor(parts: ServerReachabilityParts) {
    this.#parts = parts
    const { unsubscribe } = parts.signaling.subscribe((snapshot) =>
      snapshot.matches('connected') || snapshot.matches('idle') ? this.#reset() : this.#scheduleCheck(),
    )
    this.#stop = unsubscribe
    this.#scheduleCheck()
  }

  /** Stops the checks. */
  dispose(): void {
    this.#stop()
    this.#reset()
  }

  #scheduleCheck(): void {
    this.#timer ??= setTimeout(() => void this.#check(), reachabilityCheckDelayMs)
  }

  #reset(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    this.#generation += 1
    this.#checks = 0
    this.cause = null
  }

  async #check(): Promise<void> {
    const generation = this.#generation
    const cause = await this.#parts.findCause()
    if (generation !== this.#generation) return
    this.cause = cause
    this.#checks += 1
    this.#timer = setTimeout(
      () => void this.#check(),
      reachabilityCheckDelayMs * Math.min(this.#checks, maxDelayFactor),
    )
  }
}
