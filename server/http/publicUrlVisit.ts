import { randomBytes } from 'node:crypto'
import { request as httpRequest, type IncomingMessage, type Server } from 'node:http'
import { request as httpsRequest } from 'node:https'
import type { Socket } from 'node:net'
import { canonicalIp } from '../../turn/index.ts'
import { roomApiPath } from '../../machines/protocol/apiPath.ts'
import type { Clock } from '../common/clock.ts'
import type { Log } from '../common/log.ts'
import type { PublicUrl } from '../config/publicUrl.ts'
import { normalizeHost } from '../net/hostHeader.ts'
import type { TrustedProxies } from '../net/trustedProxies.ts'

/** A setting that a reverse proxy lacks, by the name of its header; `trust` is missing on our side. */
export type ProxyFault = 'Host' | 'X-Forwarded-For' | 'Upgrade' | 'trust'

/** The remedy of each fault, for the operator. */
export const proxyAdvice: Readonly<Record<ProxyFault, string>> = {
  Host: 'The reverse proxy must forward the Host header.',
  'X-Forwarded-For':
    'The reverse proxy must append the client address to X-Forwarded-For. Until then Duet ignores the header, and all visitors share one rate limit.',
  Upgrade: 'The reverse proxy must forward the Upgrade and Connection headers over HTTP/1.1.',
  trust: 'Add the address of the reverse proxy to DUET_TRUSTED_PROXIES. Until then all visitors share one rate limit.',
}

/** Identifies the request of a visit to this process. */
const visitHeader = 'duet-visit'
/** A client address that the visit claims (TEST-NET-1, RFC 5737). A proxy must append another one. */
const claimedAddress = '192.0.2.1'

/** Interval at which a due visit starts, in ms. */
const tickMs = 10_000
/** Delay of the next visit, in ms, after one that found a fault, and after one without. */
const [retryMs, recheckMs] = [60_000, 3_600_000]
/** Timeout of one visit, in ms. */
const visitTimeoutMs = 5_000

/** Attempts to reach this process. A proxy in front of several processes selects one by the path. */
const maxAttempts = 30

/** Dependencies of `PublicUrlVisit`. */
export interface PublicUrlVisitOptions {
  publicUrl: PublicUrl
  proxies: TrustedProxies
  /** True if a proxy sent the address of the client by the PROXY protocol. */
  isForwarded(socket: Socket): boolean
  /** True if the web port uses TLS. Another scheme of the public URL then proves a proxy. */
  isHttps: boolean
  clock: Clock
  log: Log
}

/**
 * Visits this server through `DUET_PUBLIC_URL`, as a page would. Compares the request that arrives with the one that was
 * sent. So a proxy that drops a header is known for certain, and no client can cause a wrong warning.
 */
export class PublicUrlVisit {
  readonly #options: PublicUrlVisitOptions
  readonly #token = randomBytes(16).toString('hex')
  #faults: readonly ProxyFault[] = []
  #arrived: IncomingMessage | null = null
  #dueAtMs = 0
  #report: string | null = null
  #isRunning = false

  constructor(options: PublicUrlVisitOptions) {
    this.#options = options
  }

  /** The faults that the last visit found; empty before its end. */
  get faults(): readonly ProxyFault[] {
    return this.#faults
  }

  /** Watches the requests of the web port, and visits it regularly. Returns a function that stops both. */
  start(server: Server): () => void {
    const watch = (request: IncomingMessage): void => {
      if (request.headers[visitHeader] === this.#token) this.#arrived = request
    }
    // Before the listeners that rewrite the request.
    server.prependListener('request', watch).prependListener('upgrade', watch)
    void this.visit()
    const stop = this.#options.clock.every(tickMs, () => {
      if (this.#options.clock.now() >= this.#dueAtMs) void this.visit()
    })
    return () => {
      stop()
      server.off('request', watch).off('upgrade', watch)
    }
  }

  /** Makes one visit. Does nothing during another one. Never rejects. */
  async visit(): Promise<void> {
    if (this.#isRunning) return
    this.#isRunning = true
    this.#arrived = null
    const { publicUrl, proxies, clock } = this.#options
    let outcome = ''
    for (let attempt = 0; attempt < maxAttempts && !this.#arrived; attempt++) {
      outcome = await sendUpgrade(publicUrl, this.#token)
      if (outcome !== connected) break
    }
    const arrived = this.#arrived as IncomingMessage | null
    this.#faults = arrived ? this.#findFaults(arrived) : []
    // A client could otherwise choose its own address, and with it the limits that apply to it.
    proxies.isForwardedForIgnored = this.#faults.includes('X-Forwarded-For')
    this.#logChange(arrived !== null, outcome)
    this.#dueAtMs = clock.now() + (arrived && this.#faults.length === 0 ? recheckMs : retryMs)
    this.#isRunning = false
  }

  #findFaults({ headers, socket }: IncomingMessage): ProxyFault[] {
    const { publicUrl, proxies, isHttps, isForwarded } = this.#options
    const forwarded = String(headers['x-forwarded-for'] ?? '')
    const last = forwarded.split(',').at(-1)?.trim()
    const isProxied = (publicUrl.scheme === 'https') !== isHttps || forwarded !== claimedAddress
    if (!isProxied) return []
    // With the PROXY protocol, X-Forwarded-For has no meaning.
    const isTrusted = isForwarded(socket) || proxies.isTrusted(canonicalIp(socket.remoteAddress ?? ''))
    const isAppended = isForwarded(socket) || (last !== undefined && last !== '' && last !== claimedAddress)
    return [
      ...(normalizeHost(headers.host) === publicUrl.host ? [] : (['Host'] as const)),
      ...(isAppended ? [] : (['X-Forwarded-For'] as const)),
      ...(headers.upgrade === undefined ? (['Upgrade'] as const) : []),
      ...(isTrusted ? [] : (['trust'] as const)),
    ]
  }

  /** Logs each new finding once. */
  #logChange(hasArrived: boolean, outcome: string): void {
    const report = hasArrived ? this.#faults.join() : `unreachable: ${outcome}`
    if (report === this.#report) return
    this.#report = report
    const { log, publicUrl } = this.#options
    if (!hasArrived)
      return log.warn(
        { url: publicUrl.origin + publicUrl.pathPrefix, reason: outcome },
        'public URL does not reach this server from here',
      )
    if (this.#faults.length === 0)
      return log.info({ url: publicUrl.origin + publicUrl.pathPrefix }, 'reverse proxy set up')
    log.warn(
      { missing: this.#faults, advice: this.#faults.map((fault) => proxyAdvice[fault]) },
      'reverse proxy not set up',
    )
  }
}

/** The outcome of an upgrade that a server accepted, perhaps another process behind the same proxy. */
const connected = 'connected'

/** Sends the upgrade request of a page for any room and resolves to its outcome, as text. Never rejects. */
function sendUpgrade({ origin, scheme, pathPrefix }: PublicUrl, token: string): Promise<string> {
  const request = scheme === 'https' ? httpsRequest : httpRequest
  return new Promise((resolve) => {
    const outgoing = request(`${origin}${pathPrefix}${roomApiPath(randomBytes(4).toString('hex'))}`, {
      agent: false,
      timeout: visitTimeoutMs,
      // The visit sends nothing secret, and this machine may not know the authority of the certificate.
      rejectUnauthorized: false,
      headers: {
        Connection: 'Upgrade',
        Upgrade: 'websocket',
        'Sec-WebSocket-Version': '13',
        'Sec-WebSocket-Key': randomBytes(16).toString('base64'),
        Origin: origin,
        'X-Forwarded-For': claimedAddress,
        [visitHeader]: token,
      },
    })
    const end = (outcome: string): void => {
      resolve(outcome)
      outgoing.destroy()
    }
    outgoing
      .once('upgrade', (_, socket) => (socket.destroy(), end(connected)))
      .once('response', ({ statusCode }) => end(`status ${statusCode}`))
      .once('timeout', () => end(`no response within ${visitTimeoutMs / 1000} s`))
      .on('error', ({ message }) => end(message))
      .end()
  })
}
