import type { Socket } from 'node:net'
import { Worker } from 'node:worker_threads'
import { deserializeFields } from '../common/errors.ts'
import type { TurnLog } from '../common/log.ts'
import type { ReloadableOptions } from '../common/options.ts'
import { EngineUnavailableError } from '../engine/chooseEngine.ts'
import { OpenDescriptors } from '../engine/openDescriptors.ts'
import { readEnds } from '../net/streamConnections.ts'
import { forwardConnection } from './forwardConnection.ts'
import type { WorkerCommand, WorkerMessage, WorkerOptions, WorkerStatus } from './messages.ts'

/** Beside this module: the source in development, the bundle in a build. */
const workerUrl = (): URL => {
  if (!import.meta.url.endsWith('.ts')) return new URL('./turn-worker.js', import.meta.url)
  // A worker does not inherit the loaders of a test runner. A Node that strips no types runs the last build.
  const canRunSource = (process.features as { typescript?: unknown }).typescript
  return new URL(canRunSource ? './worker.ts' : '../../dist/server/turn-worker.js', import.meta.url)
}

/** Time before a thread that ended is replaced, in ms. */
const respawnDelayMs = 1000

/** One worker. A worker that exits is replaced. */
export class WorkerThread {
  /** Undefined before the thread listens for the first time. */
  status: WorkerStatus | undefined
  /** 0 before the thread listens for the first time. */
  port = 0
  tlsPort: number | undefined
  #options: WorkerOptions
  readonly #log: TurnLog
  readonly #descriptors: OpenDescriptors
  #worker: Worker | undefined
  #isEnding = false

  constructor(options: WorkerOptions, log: TurnLog) {
    this.#options = options
    this.#log = log
    this.#descriptors = new OpenDescriptors(options.descriptorBuffer)
  }

  /** Sets the port to listen on. Call it before `start`. */
  usePort(port: number): void {
    const { options } = this.#options
    this.#options = { ...this.#options, options: { ...options, port } }
  }

  /**
   * Resolves when the thread listens. Rejects when it cannot start, or ends before it listens.
   * @throws {EngineUnavailableError} when the batch engine cannot run in it, or its module cannot be loaded
   */
  async start(): Promise<void> {
    const worker = new Worker(workerUrl(), { workerData: this.#options, name: `turn ${this.#options.partition.index}` })
    this.#worker = worker
    return new Promise((resolve, reject) => {
      worker.on('message', (message: WorkerMessage) => {
        if (message.type === 'listening') {
          this.#setListening(message)
          resolve()
        } else if (message.type === 'failed') {
          reject(message.isEngineUnavailable ? new EngineUnavailableError(message.reason) : new Error(message.reason))
        } else if (message.type !== 'log') this.status = message.status
        else this.#log[message.level](deserializeFields(message.fields), message.message)
      })
      let failure = 'it exited'
      worker.on('error', (err) => {
        failure = err.message
        if (this.status) this.#log.error({ err, worker: this.#options.partition.index }, 'worker failed')
      })
      worker.once('exit', () => {
        reject(this.#createStartError(failure))
        this.#handleExit()
      })
    })
  }

  #createStartError(failure: string): Error {
    const reason = `a worker did not start: ${failure}`
    return this.#options.engine === 'batch' ? new EngineUnavailableError(reason) : new Error(reason)
  }

  /** A thread that replaces this one binds the same ports. */
  #setListening({ port, tlsPort, status }: Extract<WorkerMessage, { type: 'listening' }>): void {
    Object.assign(this, { port, tlsPort, status })
    const { options } = this.#options
    const tls = options.tls && tlsPort !== undefined ? { tls: { ...options.tls, port: tlsPort } } : {}
    this.#options = { ...this.#options, options: { ...options, ...tls, port } }
  }

  /** Passes a connection of the web port to the thread. */
  accept(socket: Socket): void {
    const ends = readEnds(socket)
    if (!ends || !this.#worker) return void socket.destroy()
    try {
      const fd = forwardConnection(socket)
      this.#descriptors.add(fd)
      this.#send({ type: 'connection', fd, ends })
    } catch (err) {
      this.#log.warn({ err }, 'TURN connection rejected')
      socket.destroy()
    }
  }

  /** Applies the options in the thread, and in each thread that replaces it. */
  reload(changes: Partial<ReloadableOptions>): void {
    this.#options = { ...this.#options, options: { ...this.#options.options, ...changes } }
    this.#send({ type: 'reload', changes })
  }

  /** Updates `status` to this moment. Resolves also when the thread has ended. */
  async refreshStatus(): Promise<void> {
    await this.#ask({ type: 'report' }, 'reported')
  }

  /** Rejects new allocations. Resolves when the last one has ended, or after `timeoutMs`. */
  async drain(timeoutMs: number): Promise<void> {
    this.#isEnding = true
    await this.#ask({ type: 'drain', timeoutMs }, 'drained')
  }

  /** Ends the thread, and resolves when its sockets are closed. */
  async close(): Promise<void> {
    this.#isEnding = true
    const worker = this.#worker
    if (!worker) return
    const ended = new Promise<void>((resolve) => worker.once('exit', () => resolve()))
    this.#send({ type: 'close' })
    await ended
  }

  /**
   * The allocations of an exited thread are lost, and browsers restart ICE. One bug must not disable a share of the
   * port. Node has closed its sockets of that thread, but not those of the engine.
   */
  #handleExit(): void {
    this.#worker = undefined
    this.#descriptors.closeAll()
    if (this.#isEnding || this.status === undefined) return
    this.#log.error({ worker: this.#options.partition.index }, 'worker exited, respawning')
    this.#respawnLater()
  }

  /**
   * Retries a thread that cannot start, for lack of memory or descriptors.
   * A thread that exits before it listens is respawned by its `exit` event.
   */
  #respawnLater(): void {
    setTimeout(() => {
      if (this.#isEnding) return
      this.start().catch((err: unknown) => {
        this.#log.error({ err }, 'worker not started')
        if (!this.#worker) this.#respawnLater()
      })
    }, respawnDelayMs).unref()
  }

  /** Resolves at the answer, or when the thread ends. */
  async #ask(command: WorkerCommand, answer: WorkerMessage['type']): Promise<void> {
    const worker = this.#worker
    if (!worker) return
    await new Promise<void>((resolve) => {
      const settle = (): void => {
        worker.off('message', check).off('exit', settle)
        resolve()
      }
      const check = ({ type }: WorkerMessage): void => {
        if (type === answer) settle()
      }
      // Runs after the handler of `start`, which sets `status`.
      worker.on('message', check).on('exit', settle)
      this.#send(command)
    })
  }

  #send(command: WorkerCommand): void {
    this.#worker?.postMessage(command)
  }
}
