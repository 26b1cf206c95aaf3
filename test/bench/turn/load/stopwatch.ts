import { cpuOf } from '../process.ts'
import type { Used } from './orders.ts'

const microseconds = (): number => performance.now() * 1000

function own(): number {
  const { user, system } = process.cpuUsage()
  return user + system
}

/** Begins to count; what it returns tells what was used since. */
export function stopwatch(pid: number): () => Used {
  const [wall, server, generator] = [microseconds(), cpuOf(pid), own()]
  return () => ({ wall: microseconds() - wall, server: cpuOf(pid) - server, generator: own() - generator })
}

export const pause = (milliseconds: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, milliseconds))
