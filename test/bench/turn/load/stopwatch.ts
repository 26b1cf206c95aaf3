import { readCpuMicros } from '../processUsage.ts'
import type { TimeUsed } from './commands.ts'

const nowMicros = (): number => performance.now() * 1000

function readOwnCpuMicros(): number {
  const { user, system } = process.cpuUsage()
  return user + system
}

/** Starts a measurement. The returned function reads the time used since. */
export function startStopwatch(pid: number): () => TimeUsed {
  const [wall, server, generator] = [nowMicros(), readCpuMicros(pid), readOwnCpuMicros()]
  return () => ({
    wallMicros: nowMicros() - wall,
    serverCpuMicros: readCpuMicros(pid) - server,
    generatorCpuMicros: readOwnCpuMicros() - generator,
  })
}

/** Resolves after this time. */
export const pause = (milliseconds: number): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, milliseconds))
