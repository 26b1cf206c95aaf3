import { median } from '../../harness/statistics.ts'
import type { CommandResults } from './commands.ts'
import { loadLibc } from './libc.ts'

const callsPerSample = 100_000
const samples = 9

/**
 * Measures an empty system call: `getppid`, minus the same call path to `abs`, which stays in user space.
 * glibc does not cache `getppid`, and the kernel only reads one number. So the rest is the way into the kernel and back.
 */
export function measureSyscall(): CommandResults['syscall'] {
  const { getppid, abs } = loadLibc()
  const nanosecondsOf = (call: () => number): number => {
    const since = performance.now()
    for (let index = 0; index < callsPerSample; index++) call()
    return ((performance.now() - since) / callsPerSample) * 1e6
  }
  const differences = Array.from({ length: samples }, () => nanosecondsOf(getppid) - nanosecondsOf(() => abs(1)))
  return { nanoseconds: median(differences) }
}
