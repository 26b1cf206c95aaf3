import { Worker } from 'node:worker_threads'
import { deserializeFields } from '../common/errors.ts'
import type { ReloadableOptions, TurnCounters } from '../common/options.ts'
import type { TurnLog } from '../common/log.ts'
import type { WorkerOptions, WorkerMessage, WorkerCommand } from './messages.ts'

/** The threads that serve UDP. */
export interface WorkerPool {
  readonly size: number
  /** Returns the counters of each thread, at most one second old. */
  counters(): readonly TurnCounters[]
  reload(changes: Partial<ReloadableOptions>): void
  drain(timeoutMs: number): Promise<void>
  close(): Promise<void>
}

/** Beside this module: the source in development, the bundle in a build. */
const workerUrl = new URL(import.meta.url.endsWith('.ts') ? './worker.ts' : './turn-worker.js', import.meta.url)

/**
 * Returns whether this Node supports `reusePort` (22.12 and newer), which lets the kernel divide clients among sockets.
 */
export function hasReusePort(version = process.versions.node): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number)
  return major > 22 || (major === 22 && minor >= 12)
}

/** Starts one thread per entry. Rejects with no thread left when one of them cannot listen. */
export async function startWorkerPool(workers: readonly WorkerOptions[], log: TurnLog): Promise<WorkerPool> {
  if (workers.length > 0 && !hasReusePort())
    throw new Error(`DUET_TURN_WORKERS needs Node 22.12 or newer; this is ${process.version}`)
  const threads = workers.map((options) => new WorkerThread(options, log))
  const close = async (): Promise<void> => void (await Promise.all(threads.map((thread) => thread.close())))
  try {
    await Promise.all(threads.map((thread) => thread.start()))
  } catch (error) {
    await close()
    throw error
  }
  return {
    size: threads.length,
    counters: () => threads.flatMap(({ counters }) => counters ?? []),
    reload: (changes) => threads.forEach((thread) => thread.reload(changes)),
    drain: async (timeoutMs) => void (await Promise.all(threads.map((thread) => thread.drain(timeoutMs)))),
    close,
  }
}

class WorkerThread {
  counters: TurnCounters | undefined
  #options: WorkerOptions
  readonly #log: TurnLog
  #worker: Worker | undefined
  #isEnding = false

  constructor(options: WorkerOptions, log: TurnLog) {
    this.#options = options
    this.#log = log
  }

  /** Resolves when the thread listens. Rejects when it cannot start, or ends before it listens. */
  async start(): Promise<void> {
    const worker = new Worker(workerUrl, { workerData: this.#options, name: `turn ${this.#options.partition.index}` })
    this.#worker = worker
    return new Promise((resolve, reject) => {
      worker.on('message', (message: WorkerMessage) => {
        if (message.type === 'listening') resolve()
        else if (message.type === 'failed') reject(new Error(message.reason))
        else if (message.type === 'counters') this.counters = message.counters
        else if (message.type === 'log') this.#log[message.level](deserializeFields(message.fields), message.message)
      })
      worker.on('error', (err) => this.#log.error({ err, worker: this.#options.partition.index }, 'worker failed'))
      worker.once('exit', () => (reject(new Error('a worker exited before it listened')), this.#respawn()))
    })
  }

  reload(changes: Partial<ReloadableOptions>): void {
    this.#options = { ...this.#options, options: { ...this.#options.options, ...changes } }
    this.#send({ type: 'reload', changes })
  }

  async drain(timeoutMs: number): Promise<void> {
    this.#isEnding = true
    const worker = this.#worker
    if (!worker) return
    await new Promise<void>((resolve) => {
      worker.on('message', ({ type }: WorkerMessage) => type === 'drained' && resolve())
      worker.once('exit', () => resolve())
      this.#send({ type: 'drain', timeoutMs })
    })
  }

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
   * port.
   */
  #respawn(): void {
    this.#worker = undefined
    if (this.#isEnding) return
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
    }, 1000).unref()
  }

  #send(command: WorkerCommand): void {
    this.#worker?.postMessage(command)
  }
}
