import type { Socket } from 'node:net'
import type { ReloadableOptions } from '../common/options.ts'
import type { TurnLog } from '../common/log.ts'
import { WorkerThread } from './workerThread.ts'
import type { WorkerOptions, WorkerStatus } from './messages.ts'

/** The threads that serve UDP. */
export interface WorkerPool {
  readonly size: number
  /** Ports of the first thread. */
  readonly port: number
  readonly tlsPort: number | undefined
  /** Returns the state of each thread, at most 250 ms old. */
  status(): readonly WorkerStatus[]
  /** Updates the state of each thread to this moment. */
  refreshStatus(): Promise<void>
  /** Passes a TCP or TLS connection to the thread that serves streams. */
  accept(socket: Socket): void
  reload(changes: Partial<ReloadableOptions>): void
  drain(timeoutMs: number): Promise<void>
  close(): Promise<void>
}

/**
 * Returns whether this Node supports `reusePort` (22.12 and newer), which lets the kernel divide clients among sockets.
 */
export function hasReusePort(version = process.versions.node): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number)
  return major > 22 || (major === 22 && minor >= 12)
}

/**
 * Starts one thread per entry. Rejects with no thread left when one of them cannot listen.
 * @throws {EngineUnavailableError} when the batch engine cannot run in a thread
 */
export async function startWorkerPool(workers: readonly WorkerOptions[], log: TurnLog): Promise<WorkerPool> {
  if (workers.some(({ engine }) => engine === 'dgram') && !hasReusePort())
    throw new Error(`DUET_TURN_WORKERS needs Node 22.12 or newer; this is ${process.version}`)
  const threads = workers.map((options) => new WorkerThread(options, log))
  const close = async (): Promise<void> => void (await Promise.all(threads.map((thread) => thread.close())))
  try {
    await startThreads(threads)
  } catch (error) {
    await close()
    throw error
  }
  const [first] = threads
  return {
    size: threads.length,
    port: first?.port ?? 0,
    tlsPort: first?.tlsPort,
    status: () => threads.flatMap(({ status }) => status ?? []),
    refreshStatus: async () => void (await Promise.all(threads.map((thread) => thread.refreshStatus()))),
    accept: (socket) => (first ? first.accept(socket) : socket.destroy()),
    reload: (changes) => threads.forEach((thread) => thread.reload(changes)),
    drain: async (timeoutMs) => void (await Promise.all(threads.map((thread) => thread.drain(timeoutMs)))),
    close,
  }
}

/** The first thread binds a free port for port 0. The others share it. */
async function startThreads([first, ...others]: readonly WorkerThread[]): Promise<void> {
  if (!first) return
  await first.start()
  await Promise.all(
    others.map((thread) => {
      thread.usePort(first.port)
      return thread.start()
    }),
  )
}
