import { Worker } from 'node:worker_threads'
import { revivedFields } from '../common/errors.ts'
import type { Changeable, TurnCounters } from '../common/options.ts'
import type { TurnLog } from '../common/log.ts'
import type { Duty, News, Order } from './messages.ts'

/** The threads that serve UDP. */
export interface Crew {
  readonly size: number
  /** Of each thread, at most a second old. */
  counters(): readonly TurnCounters[]
  reload(changes: Partial<Changeable>): void
  drain(milliseconds: number): Promise<void>
  close(): Promise<void>
}

/** Beside us: as it is written, or as it is built. */
const program = new URL(import.meta.url.endsWith('.ts') ? './worker.ts' : './turn-worker.js', import.meta.url)

/** Several sockets at one port, among which the kernel divides the clients: `reusePort` of Node 22.12 and newer. */
export function hasReusePort(version = process.versions.node): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number)
  return major > 22 || (major === 22 && minor >= 12)
}

/** Rejects, with no thread left, when one of them cannot listen. */
export async function startCrew(duties: readonly Duty[], log: TurnLog): Promise<Crew> {
  if (duties.length > 0 && !hasReusePort()) throw new Error(`DUET_TURN_WORKERS needs Node 22.12 or newer; this is ${process.version}`)
  const threads = duties.map((duty) => new Thread(duty, log))
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
    drain: async (milliseconds) => void (await Promise.all(threads.map((thread) => thread.drain(milliseconds)))),
    close,
  }
}

class Thread {
  counters: TurnCounters | undefined
  #duty: Duty
  readonly #log: TurnLog
  #worker: Worker | undefined
  #isEnding = false

  constructor(duty: Duty, log: TurnLog) {
    this.#duty = duty
    this.#log = log
  }

  /** Rejects when the thread cannot begin, or ends before it listens. */
  async start(): Promise<void> {
    const worker = new Worker(program, { workerData: this.#duty, name: `turn ${this.#duty.share.index}` })
    this.#worker = worker
    return new Promise((resolve, reject) => {
      worker.on('message', (news: News) => {
        if (news.type === 'listening') resolve()
        else if (news.type === 'failed') reject(new Error(news.words))
        else if (news.type === 'counters') this.counters = news.counters
        else if (news.type === 'log') this.#log[news.level](revivedFields(news.fields), news.message)
      })
      worker.on('error', (err) => this.#log.error({ err, thread: this.#duty.share.index }, 'turn thread failed'))
      worker.once('exit', () => (reject(new Error('a thread ended before it listened')), this.#replace()))
    })
  }

  reload(changes: Partial<Changeable>): void {
    this.#duty = { ...this.#duty, options: { ...this.#duty.options, ...changes } }
    this.#order({ type: 'reload', changes })
  }

  async drain(milliseconds: number): Promise<void> {
    this.#isEnding = true
    const worker = this.#worker
    if (!worker) return
    await new Promise<void>((resolve) => {
      worker.on('message', ({ type }: News) => type === 'drained' && resolve())
      worker.once('exit', () => resolve())
      this.#order({ type: 'drain', milliseconds })
    })
  }

  async close(): Promise<void> {
    this.#isEnding = true
    const worker = this.#worker
    if (!worker) return
    const ended = new Promise<void>((resolve) => worker.once('exit', () => resolve()))
    this.#order({ type: 'close' })
    await ended
  }

  /** What it carried is lost, and the browsers restart their ICE; but one mistake must not end a part of the port for good. */
  #replace(): void {
    this.#worker = undefined
    if (this.#isEnding) return
    this.#log.error({ thread: this.#duty.share.index }, 'turn thread ended, another takes its place')
    this.#startLater()
  }

  /** A thread that ends before it listens is replaced as any other; one that cannot even begin, for want of memory or descriptors, is tried again here. */
  #startLater(): void {
    setTimeout(() => {
      if (this.#isEnding) return
      this.start().catch((err: unknown) => {
        this.#log.error({ err }, 'turn thread not started')
        if (!this.#worker) this.#startLater()
      })
    }, 1000).unref()
  }

  #order(order: Order): void {
    this.#worker?.postMessage(order)
  }
}
