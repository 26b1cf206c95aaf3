import { once } from 'node:events'
import { setTimeout as after } from 'node:timers/promises'

/** Buffered output, in bytes. A line above the limit is dropped. */
const defaultMaxBufferedBytes = 1024 * 1024

const formatLostLines = (count: number): string =>
  `${JSON.stringify({ level: 40, time: Date.now(), count, msg: 'log lines lost' })}\n`

/** The part of `process.stdout` and `process.stderr` that `LossyOutput` uses. */
export type Output = Pick<NodeJS.WriteStream, 'write' | 'writableLength' | 'destroyed' | 'on' | 'once'>

/**
 * Writes lines to a stream and never waits for its reader.
 * For a full pipe it buffers 1 MiB and then drops lines. For a closed pipe (EPIPE) it drops all lines.
 * pino's destination blocks in `Atomics.wait` in both cases. A server without its log collector could then not exit.
 */
export class LossyOutput {
  readonly #stream: Output
  readonly #maxBufferedBytes: number
  readonly #formatLostLines: (count: number) => string
  #lostLines = 0
  #isClosed = false

  /**
   * @param maxBufferedBytes limit of the buffer
   * @param describeLost formats the line that reports the count of lost lines; the default has pino's format
   */
  constructor(stream: Output, maxBufferedBytes = defaultMaxBufferedBytes, describeLost = formatLostLines) {
    this.#stream = stream
    this.#maxBufferedBytes = maxBufferedBytes
    this.#formatLostLines = describeLost
    // Without a listener, an EPIPE is an uncaught exception, and its log line causes the next EPIPE.
    stream.on('error', () => {
      this.#isClosed = true
    })
  }

  /** Writes a line, or drops it when the buffer is full or the stream is closed. Never throws. */
  readonly write = (line: string): void => {
    if (this.#isClosed || this.#stream.destroyed) return
    if (this.#stream.writableLength + line.length > this.#maxBufferedBytes) return this.#countLostLine()
    try {
      this.#stream.write(line)
    } catch {
      // A file is written synchronously, and throws on a full disk.
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

  /** Writes the count of lost lines once the buffer has drained. */
  #countLostLine(): void {
    if (this.#lostLines++ > 0) return
    this.#stream.once('drain', () => {
      const count = this.#lostLines
      this.#lostLines = 0
      this.write(this.#formatLostLines(count))
    })
  }
}

/** Standard output; use it instead of `process.stdout`. */
export const standardOutput = new LossyOutput(process.stdout)
/** Standard error; use it instead of `process.stderr`. */
export const standardError = new LossyOutput(process.stderr)
