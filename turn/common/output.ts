import { once } from 'node:events'
import { setTimeout as after } from 'node:timers/promises'

/** Buffered output, in bytes. A line beyond that is dropped. */
const defaultMaxBufferedBytes = 1024 * 1024

const formatLostLines = (count: number): string =>
  `${JSON.stringify({ level: 40, time: Date.now(), count, msg: 'log lines lost' })}\n`

/** The part of `process.stdout` and `process.stderr` that is used here. */
export type Output = Pick<NodeJS.WriteStream, 'write' | 'writableLength' | 'destroyed' | 'on' | 'once'>

/**
 * Writes lines to a stream whose reader may be slow, asleep or gone, and never waits for it: a full pipe keeps 1 MiB in memory and
 * loses what comes then, a closed one (EPIPE) loses everything. pino's own destination waits in `Atomics.wait` for both, so that a
 * server whose log collector had ended could not end itself.
 */
export class LossyOutput {
  readonly #stream: Output
  readonly #maxBufferedBytes: number
  readonly #formatLostLines: (count: number) => string
  #lostLines = 0
  #isClosed = false

  /**
   * @param maxBufferedBytes bytes that may wait
   * @param describeLost the line that tells how many lines were lost; the default is one of pino's
   */
  constructor(stream: Output, maxBufferedBytes = defaultMaxBufferedBytes, describeLost = formatLostLines) {
    this.#stream = stream
    this.#maxBufferedBytes = maxBufferedBytes
    this.#formatLostLines = describeLost
    // Without a listener an EPIPE is an uncaught exception, whose line in the log is the next EPIPE.
    stream.on('error', () => {
      this.#isClosed = true
    })
  }

  readonly write = (line: string): void => {
    if (this.#isClosed || this.#stream.destroyed) return
    if (this.#stream.writableLength + line.length > this.#maxBufferedBytes) return this.#countLostLine()
    try {
      this.#stream.write(line)
    } catch {
      // A file on a full disk: it is written to at once, and throws.
      this.#countLostLine()
    }
  }

  /** Resolves when everything is written, when the stream is closed, or after `timeoutMs`. */
  async flush(timeoutMs: number): Promise<void> {
    if (this.#isClosed || this.#stream.destroyed || this.#stream.writableLength === 0) return
    const stop = new AbortController()
    const drained = once(this.#stream as NodeJS.WriteStream, 'drain', { signal: stop.signal }).catch(() => undefined)
    await Promise.race([drained, after(timeoutMs, undefined, { signal: stop.signal }).catch(() => undefined)])
    stop.abort()
  }

  /** Says how much is missing, once there is room again. */
  #countLostLine(): void {
    if (this.#lostLines++ > 0) return
    this.#stream.once('drain', () => {
      const count = this.#lostLines
      this.#lostLines = 0
      this.write(this.#formatLostLines(count))
    })
  }
}

export const standardOutput = new LossyOutput(process.stdout)
export const standardError = new LossyOutput(process.stderr)
