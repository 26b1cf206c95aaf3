import { readCpuMicros } from '../processUsage.ts'
import type { TimeUsed } from './commands.ts'

const nowMicros = (): number => performance.now() * 1000

function readOwnCpuMicros(): number {
  const { user, system } = process.cpuUsage()
  return user + system
}

/** Begins to count; what it returns tells what was used since. */
export function startStopwatch(pid: number): () => TimeUsed {
  const [wall, server, generator] = [nowMicros(), readCpuMicros(pid), readOwnCpuMicros()]
  return () => ({
    wallMicros: nowMicros() - wall,
    serverCpuMicros: readCpuMicros(pid) - server,
    generatorCpuMicros: readOwnCpuMicros() - generator,
  })
}

export const pause = (milliseconds: number): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, milliseconds))
