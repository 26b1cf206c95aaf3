import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startProgram, type ProgramProcess } from './programProcess.ts'

/** A redis-server of a test, on a Unix socket in a temporary folder. */
export interface RedisServer {
  /** Path of the Unix socket, a value of `DUET_REDIS_URL`. */
  readonly url: string
  readonly process: ProgramProcess
  /** Ends the process at once, without a last save. */
  kill(): Promise<void>
  /** Starts it again with the data in its folder. */
  restart(): Promise<void>
  /** Ends the process and removes its folder. */
  close(): Promise<void>
}

/** Starts a redis-server without persistence. @param more further arguments, such as `--appendonly yes` */
export async function startRedisServer(more: readonly string[] = []): Promise<RedisServer> {
  const folder = mkdtempSync(join(tmpdir(), 'redis-'))
  const url = join(folder, 'socket')
  const start = async (): Promise<ProgramProcess> => {
    const started = startProgram(
      ['redis-server', '--port', '0', '--unixsocket', url, '--dir', folder, '--save', '', ...more],
      { env: { PATH: process.env.PATH } },
    )
    await started.waitForOutput(/ready to accept connections/i)
    return started
  }
  let running = await start()
  const kill = async (): Promise<void> => {
    running.child.kill('SIGKILL')
    await running.ended
  }
  return {
    url,
    get process() {
      return running
    },
    kill,
    async restart() {
      await kill()
      running = await start()
    },
    async close() {
      await kill()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
