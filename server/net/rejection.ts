import type { Duplex } from 'node:stream'
import type { Clock } from '../common/clock.ts'
import type { Log } from '../common/log.ts'

/** Why a request is not answered as it was meant: for the client one sentence, for the operator the setting to look at. */
export interface Rejection {
  status: 400 | 403 | 404 | 405 | 408 | 421 | 426 | 429 | 431 | 503
  reason: string
  /** What the operator can do about it; absent where nothing is wrong. */
  advice?: string
}

const reasonPhrases: Record<Rejection['status'], string> = {
  400: 'Bad Request',
  403: 'Forbidden',
  404: 'Not Found',
  405: 'Method Not Allowed',
  408: 'Request Timeout',
  421: 'Misdirected Request',
  426: 'Upgrade Required',
  429: 'Too Many Requests',
  431: 'Request Header Fields Too Large',
  503: 'Service Unavailable',
}

/** Header values are sent back to the client and logged: only printable ASCII, at most 100 characters. */
const quoteHeader = (text: string): string => text.replace(/[^\x20-\x7e]/g, '?').slice(0, 100)

export const rejections = {
  noHost: {
    status: 400,
    reason: 'The Host header is missing or malformed.',
    advice: 'A reverse proxy in between has to pass the Host header on.',
  },
  wrongHost: (name: string) => ({
    status: 421,
    reason: `This server does not answer to the name ${quoteHeader(name)}.`,
    advice: `If people open it by that name, set DUET_PUBLIC_URL to the address that they open, such as https://${quoteHeader(name)}, and restart.`,
  }),
  wrongOrigin: (origin: string) => ({
    status: 403,
    reason: `Pages of ${quoteHeader(origin) || 'an empty origin'} may not connect to this server.`,
    advice:
      'If it is the address that people open, set DUET_PUBLIC_URL to it; further ones go into DUET_ALLOWED_ORIGINS. A reverse proxy in between has to pass the Host header on.',
  }),
  wrongPath: { status: 404, reason: 'WebSockets open at /trpc only.' },
  noUpgrade: {
    status: 426,
    reason: 'Only WebSockets open here, and this request does not ask for one.',
    advice: 'A reverse proxy in between has to pass the Upgrade and Connection headers on, with HTTP/1.1.',
  },
  wrongMethod: { status: 405, reason: 'A WebSocket opens with the method GET.' },
  /** RFC 6455 §4.4. */
  wrongVersion: { status: 426, reason: 'Only version 13 of the WebSocket protocol is spoken here.' },
  /** @param detail the header that is wrong, in words of the library */
  badHandshake: (detail: string) => ({
    status: 400,
    reason: `This is not a request for a WebSocket: ${quoteHeader(detail)}.`,
  }),
  tooManyConnections: {
    status: 429,
    reason: 'Too many connections come from this address.',
    advice:
      'If a reverse proxy is in between, name it in DUET_TRUSTED_PROXIES and let it add the client to X-Forwarded-For: clients are told apart then.',
  },
  malformed: { status: 400, reason: 'This is not an HTTP/1.1 request.' },
  requestTimeout: { status: 408, reason: 'The request took too long to arrive.' },
  headersTooLarge: {
    status: 431,
    reason: 'The headers of this request are larger than 16 KiB.',
    advice: 'Clear the cookies of this host, or those that a reverse proxy in between adds.',
  },
  draining: { status: 503, reason: 'The server is about to restart.' },
  serverFull: { status: 503, reason: 'All connections of this server are in use. Try again in a few minutes.' },
  overloaded: { status: 503, reason: 'The server has too many requests to answer. Try again in a few seconds.' },
} as const satisfies Record<string, Rejection | ((detail: string) => Rejection)>

const statusLine = ({ status }: Rejection): string => `${status} ${reasonPhrases[status]}`

/** Headers that belong to the status. RFC 9110 §10.2.1 (Allow) and §15.5.22 (Upgrade), RFC 6455 §4.4 (Sec-WebSocket-Version). */
export function rejectionHeaders({ status }: Rejection): Record<string, string> {
  switch (status) {
    case 405:
      return { Allow: 'GET' }
    case 426:
      return { Upgrade: 'websocket', 'Sec-WebSocket-Version': '13' }
    case 503:
      return { 'Retry-After': '5' }
    default:
      return {}
  }
}

export const rejectionText = ({ reason, advice }: Rejection): string => `${reason}${advice ? ` ${advice}` : ''}\n`

/** Writes a whole response to a connection without a response object. Destroys it once that is flushed: no other code owns it. */
export function writeRejection(stream: Duplex, rejection: Rejection): void {
  const text = rejectionText(rejection)
  const headers = {
    Connection: rejection.status === 426 ? 'close, Upgrade' : 'close',
    'Content-Type': 'text/plain; charset=utf-8',
    'Content-Length': text.length,
    ...rejectionHeaders(rejection),
  }
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`)
  stream.once('finish', () => stream.destroy())
  stream.end(`HTTP/1.1 ${statusLine(rejection)}\r\n${lines.join('')}\r\n${text}`)
}

/** The same for a person with a browser. The text is ASCII without markup but for what a header may have brought. */
export function rejectionPage(rejection: Rejection): string {
  const escape = (text: string): string => text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`)
  const { reason, advice } = rejection
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><meta name="color-scheme" content="light dark"><title>Duet</title></head>
<body><h1>${escape(reason)}</h1>${advice ? `\n<p>For its owner: ${escape(advice)}</p>` : ''}</body></html>
`
}

/** How long one status is logged once at most, in ms, and how often the log is looked at. */
const logIntervalMs = 60_000
const sweepIntervalMs = 5_000

/** Logs rejected requests: the first of a status at once, the others of each minute together, so that nobody can fill the log. */
export class RejectionLog {
  readonly #clock: Clock
  readonly #log: Log
  readonly #suppressed = new Map<number, { since: number; count: number; last: Rejection }>()

  constructor(clock: Clock, log: Log) {
    this.#clock = clock
    this.#log = log
  }

  readonly record = (rejection: Rejection): void => {
    const suppressed = this.#suppressed.get(rejection.status)
    if (suppressed) {
      suppressed.count++
      suppressed.last = rejection
    } else this.#write(rejection, 1)
  }

  /** @returns what stops it */
  start(): () => void {
    return this.#clock.every(sweepIntervalMs, () => {
      for (const [status, { since, count, last }] of this.#suppressed) {
        if (this.#clock.now() - since < logIntervalMs) continue
        this.#suppressed.delete(status)
        if (count > 0) this.#write(last, count)
      }
    })
  }

  #write(rejection: Rejection, count: number): void {
    const { status, reason, advice } = rejection
    this.#suppressed.set(status, { since: this.#clock.now(), count: 0, last: rejection })
    this.#log.warn({ status, count, reason, ...(advice && { advice }) }, 'request rejected')
  }
}
