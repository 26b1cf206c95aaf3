import type { ActorRefFrom } from 'xstate'
import type { signalingMachine } from '../../machines/signaling/signalingMachine.ts'

/** Why the page has no WebSocket to the server, as far as a page can find out. */
export type UnreachableCause =
  | 'offline' // the browser says that there is no network
  | 'silent' // nothing answers under this address
  | 'elsewhere' // something else answers: a captive portal, or another site
  | 'gateway' // a proxy answers, and does not reach the server (502, 503, 504)
  | 'busy' // the server answers, and takes no more (429, 503)
  | 'host' // the server does not know this name of itself (421)
  | 'origin' // the server does not accept this page's origin (403)
  | 'websocket' // the server answers, and a WebSocket does not get through

/** Delay before the first check and between the following ones, in ms. */
export const reachabilityCheckDelayMs = 5_000
/** The delay grows up to this multiple of `reachabilityCheckDelayMs`. */
const maxDelayFactor = 12
/** How long an answer may take, in milliseconds. */
const requestTimeoutMs = 4_000

type Fetch = (path: string, init: RequestInit) => Promise<Pick<Response, 'status' | 'text'>>

/**
 * Asks the server by plain HTTP why there is no WebSocket.
 * @param isOnline as `navigator.onLine`: false is certain, true is not
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
  // A browser sends the Origin of its own page with POST, and not with GET (Fetch §3.2).
  const trpcStatus = await request('/trpc', 'POST').then(
    ({ status }) => status,
    () => null,
  )
  if (trpcStatus === 403) return 'origin'
  if (trpcStatus === 421) return 'host'
  return trpcStatus === 429 || trpcStatus === 503 ? 'busy' : 'websocket'
}

export interface ServerReachabilityParts {
  signaling: ActorRefFrom<typeof signalingMachine>
  /** Finds the cause (`findUnreachableCause`). */
  findCause(): Promise<UnreachableCause>
}

/** Finds out why the socket to the server is down, once that lasts. */
export class ServerReachability {
  /** Null: the socket is up, or not down for long enough. */
  cause: UnreachableCause | null = $state(null)
  readonly #parts: ServerReachabilityParts
  readonly #stop: () => void
  #timer: ReturnType<typeof setTimeout> | undefined
  /** Grows whenever the socket opens or closes; older answers are ignored. */
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
