import type { ActorRefFrom } from 'xstate'
import type { link } from '../../machines/signaling/signalingMachine.ts'

/** Why the page has no WebSocket to the server, as far as a page can find out. */
export type Unreachable =
  | 'offline'   // the browser says that there is no network
  | 'silent'    // nothing answers under this address
  | 'elsewhere' // something else answers: a captive portal, or another site
  | 'gateway'   // a proxy answers, and does not reach the server (502, 503, 504)
  | 'busy'      // the server answers, and takes no more (429, 503)
  | 'host'      // the server does not know this name of itself (421)
  | 'origin'    // the server does not accept this page's origin (403)
  | 'websocket' // the server answers, and a WebSocket does not get through

/** The page has no line for so long before it looks for the cause, and looks again as often, in milliseconds. */
export const lookAfter = 5_000
/** A page that stays without a line looks ever more rarely: once in so many times `lookAfter` in the end. */
const mostPauses = 12
/** How long an answer may take, in milliseconds. */
const patience = 4_000

type Fetch = (path: string, init: RequestInit) => Promise<Pick<Response, 'status' | 'text'>>

/**
 * Asks the server by plain HTTP why there is no WebSocket.
 * @param isOnline as `navigator.onLine`: false is certain, true is not
 */
export async function findCause(fetch: Fetch, isOnline: boolean): Promise<Unreachable> {
  if (!isOnline) return 'offline'
  const ask = (path: string, method: string) => fetch(path, { method, cache: 'no-store', redirect: 'manual', signal: AbortSignal.timeout(patience) })
  const health = await ask('/healthz', 'GET').then(async (response) => ({ status: response.status, text: await response.text() })).catch(() => null)
  if (!health) return 'silent'
  if (health.status === 421) return 'host'
  if ([502, 503, 504].includes(health.status)) return 'gateway'
  if (health.status !== 200 || health.text.trim() !== 'ok') return 'elsewhere'
  // A browser sends the Origin of its own page with POST, and not with GET (Fetch §3.2).
  const door = await ask('/trpc', 'POST').then(({ status }) => status, () => null)
  if (door === 403) return 'origin'
  if (door === 421) return 'host'
  return door === 429 || door === 503 ? 'busy' : 'websocket'
}

export interface LineWatchParts {
  link: ActorRefFrom<typeof link>
  /** Finds the cause (`findCause`). */
  find(): Promise<Unreachable>
}

/** Knows why the line to the server is away, once that lasts. */
export class LineWatch {
  /** Null: the line is there, or was away too short a time. */
  cause: Unreachable | null = $state(null)
  readonly #parts: LineWatchParts
  readonly #stop: () => void
  #timer: ReturnType<typeof setTimeout> | undefined
  /** Grows whenever the line comes or goes: an answer about an earlier time is of no use. */
  #round = 0
  #looks = 0

  constructor(parts: LineWatchParts) {
    this.#parts = parts
    const { unsubscribe } = parts.link.subscribe((line) => (line.matches('online') || line.matches('idle') ? this.#rest() : this.#wait()))
    this.#stop = unsubscribe
    this.#wait()
  }

  dispose(): void {
    this.#stop()
    this.#rest()
  }

  #wait(): void {
    this.#timer ??= setTimeout(() => void this.#look(), lookAfter)
  }

  #rest(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    this.#round += 1
    this.#looks = 0
    this.cause = null
  }

  async #look(): Promise<void> {
    const round = this.#round
    const cause = await this.#parts.find()
    if (round !== this.#round) return
    this.cause = cause
    this.#looks += 1
    this.#timer = setTimeout(() => void this.#look(), lookAfter * Math.min(this.#looks, mostPauses))
  }
}
