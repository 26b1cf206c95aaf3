import type { Duplex } from 'node:stream'
import type { Clock } from '../common/clock.ts'
import type { Log } from '../common/log.ts'
import { matchRejectionLanguage, operatorLabel, rejectionTexts, type Translations } from './rejectionTexts.ts'

/** Why a request is rejected: one sentence for the client, and a setting to check for the operator. */
export interface Rejection {
  status: 400 | 403 | 404 | 405 | 408 | 421 | 426 | 429 | 431 | 503
  reason: string
  /** The reason in other languages, if a browser shows it. */
  translations?: Translations
  /** Advice for the operator; absent if the server is set up correctly. */
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

/** Limits a header value to 100 characters of printable ASCII, because it is sent to the client and logged. */
const quoteHeader = (text: string): string => text.replace(/[^\x20-\x7e]/g, '?').slice(0, 100)

/** All rejections, by name. */
export const rejections = {
  noHost: {
    status: 400,
    reason: 'The Host header is missing, malformed or repeated.',
    translations: rejectionTexts.noHost,
    advice: 'A reverse proxy must forward the Host header.',
  },
  wrongHost: (name: string) => ({
    status: 421,
    reason: `This server does not answer to the name ${quoteHeader(name)}.`,
    translations: rejectionTexts.wrongHost(quoteHeader(name)),
    advice: `If people open Duet by that name, set DUET_PUBLIC_URL to its URL, such as https://${quoteHeader(name)}, and restart.`,
  }),
  wrongOrigin: (origin: string) => ({
    status: 403,
    reason: `Pages of ${quoteHeader(origin) || 'an empty origin'} may not connect to this server.`,
    advice:
      'If people open Duet at that origin, set DUET_PUBLIC_URL to it; add others to DUET_ALLOWED_ORIGINS. A reverse proxy must forward the Host header.',
  }),
  wrongPath: { status: 404, reason: 'Only /trpc accepts WebSockets.' },
  noUpgrade: {
    status: 426,
    reason: 'This path accepts only WebSocket upgrades.',
    advice: 'A reverse proxy must forward the Upgrade and Connection headers over HTTP/1.1.',
  },
  wrongMethod: { status: 405, reason: 'A WebSocket upgrade requires the method GET.' },
  /** RFC 6455 §4.4. */
  wrongVersion: { status: 426, reason: 'This server supports only version 13 of the WebSocket protocol.' },
  /** @param detail the header that is wrong, as ws describes it */
  badHandshake: (detail: string) => ({
    status: 400,
    reason: `The WebSocket handshake is not valid: ${quoteHeader(detail)}.`,
  }),
  tooManyConnections: {
    status: 429,
    reason: 'This address has too many connections.',
    advice:
      'Behind a reverse proxy, add its address to DUET_TRUSTED_PROXIES. The proxy must append the client address to X-Forwarded-For.',
  },
  /** The connection is closed without a response. */
  tooManyHandshakes: {
    status: 429,
    reason: 'This address opens TLS connections too fast.',
    advice: 'A reverse proxy that connects over TLS must be in DUET_TRUSTED_PROXIES.',
  },
  malformed: { status: 400, reason: 'This is not a valid HTTP/1.1 request.' },
  requestTimeout: { status: 408, reason: 'The request took too long to arrive.' },
  headersTooLarge: {
    status: 431,
    reason: 'The headers of this request are larger than 16 KiB.',
    advice: 'Clear the cookies of this host, or those that a reverse proxy adds.',
  },
  draining: { status: 503, reason: 'The server is about to restart.' },
  serverFull: { status: 503, reason: 'The server has too many connections. Try again in a few minutes.' },
  overloaded: {
    status: 503,
    reason: 'The server has too many unanswered requests. Try again in a few seconds.',
    translations: rejectionTexts.overloaded,
  },
} as const satisfies Record<string, Rejection | ((detail: string) => Rejection)>

const statusLine = ({ status }: Rejection): string => `${status} ${reasonPhrases[status]}`

/**
 * The headers that a status requires: Allow (RFC 9110 §10.2.1), Upgrade (§15.5.22) and Sec-WebSocket-Version
 * (RFC 6455 §4.4).
 */
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

/** The rejection as plain text. */
export const rejectionText = ({ reason, advice }: Rejection): string => `${reason}${advice ? ` ${advice}` : ''}\n`

/**
 * Writes a whole response to a connection without a response object.
 * Destroys the connection once the response is flushed, because no other code owns it.
 */
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

/**
 * The rejection as a page for a browser. Escapes the text, because it may quote a header. The advice is in English.
 * @param wanted languages of the browser as BCP 47 tags, most wanted first
 */
export function rejectionPage({ reason, translations, advice }: Rejection, wanted: readonly string[] = []): string {
  const escape = (text: string): string => text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`)
  const language = translations ? matchRejectionLanguage(wanted) : 'en'
  const shown = (language !== 'en' && translations?.[language]) || reason
  return `<!doctype html>
<html lang="${language}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><meta name="color-scheme" content="light dark"><title>Duet</title></head>
<body><h1>${escape(shown)}</h1>${advice ? `\n<p>${operatorLabel[language]} <span lang="en">${escape(advice)}</span></p>` : ''}</body></html>
`
}

/** A status is logged at most once per this interval, in ms. */
const logIntervalMs = 60_000
/** Interval of the check whether counted rejections are due in the log. */
const sweepIntervalMs = 5_000

/** Logs the first rejection of a status at once and counts the others per minute. Clients cannot flood the log. */
export class RejectionLog {
  readonly #clock: Clock
  readonly #log: Log
  readonly #suppressed = new Map<number, { since: number; count: number; last: Rejection }>()

  constructor(clock: Clock, log: Log) {
    this.#clock = clock
    this.#log = log
  }

  /** Logs or counts a rejection. */
  readonly record = (rejection: Rejection): void => {
    const suppressed = this.#suppressed.get(rejection.status)
    if (suppressed) {
      suppressed.count++
      suppressed.last = rejection
    } else this.#write(rejection, 1)
  }

  /** Starts logging the counts. Returns a function that stops it. */
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
