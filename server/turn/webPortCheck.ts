import { checkUrl, type CheckResult } from '../../turn/index.ts'
import type { Clock } from '../common/clock.ts'
import type { Log } from '../common/log.ts'

/** Interval at which a due check starts, in ms. */
const tickMs = 10_000
/** The delay after a check doubles up to this, in ms: an HTTP proxy may log each check as a bad request. */
const maxDelayMs = 3_600_000

/** Dependencies of `WebPortCheck`. */
export interface WebPortCheckOptions {
  clock: Clock
  log: Log
  /** Checks one `stun:` or `stuns:` URL; by default with a Binding request. */
  check?(url: string): Promise<CheckResult>
}

/**
 * Finds out whether TURN reaches this server at ports of its public name. A proxy for HTTP forwards no TURN, and one
 * for TCP does. A page with a URL that never works would wait for its timeout in every call.
 */
export class WebPortCheck {
  readonly #candidates: readonly string[]
  readonly #clock: Clock
  readonly #log: Log
  readonly #check: (url: string) => Promise<CheckResult>
  #urls: readonly string[] = []
  #delayMs = tickMs
  #dueAtMs = 0
  #isRunning = false

  /** @param candidates `turn:` and `turns:` URLs over TCP */
  constructor(candidates: readonly string[], { clock, log, check = requestBinding }: WebPortCheckOptions) {
    this.#candidates = candidates
    this.#clock = clock
    this.#log = log
    this.#check = check
  }

  /** The candidates that the last check reached. Empty before its end. */
  get urls(): readonly string[] {
    return this.#urls
  }

  /** Starts the checks, the first one at once. Returns a function that stops them. */
  start(): () => void {
    if (this.#candidates.length === 0) return () => undefined
    void this.run()
    return this.#clock.every(tickMs, () => {
      if (this.#clock.now() >= this.#dueAtMs) void this.run()
    })
  }

  /** Checks all candidates. Does nothing during another run. Never rejects. */
  async run(): Promise<void> {
    if (this.#isRunning) return
    this.#isRunning = true
    const results = await Promise.all(this.#candidates.map((url) => this.#check(url.replace(/^turn/, 'stun'))))
    const urls = this.#candidates.filter((_, at) => results[at]?.ok)
    this.#report(urls, results)
    this.#urls = urls
    this.#dueAtMs = this.#clock.now() + this.#delayMs
    this.#delayMs = Math.min(2 * this.#delayMs, maxDelayMs)
    this.#isRunning = false
  }

  #report(urls: readonly string[], results: readonly CheckResult[]): void {
    const isFirst = this.#dueAtMs === 0
    if (!isFirst && urls.join() === this.#urls.join()) return
    if (urls.length > 0) return this.#log.info({ urls }, 'TURN offered at the public port')
    const reasons = results.flatMap(({ failed }) => failed?.detail ?? [])
    this.#log.info({ candidates: this.#candidates, reasons }, 'TURN not offered at the public port')
  }
}

/** A browser that loaded the page trusts the certificate, and this machine may not know its authority. */
const requestBinding = (url: string): Promise<CheckResult> => checkUrl(url, undefined, { isCertificateIgnored: true })
