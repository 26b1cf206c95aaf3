import { readdirSync, readFileSync } from 'node:fs'

const bytesPerPage = 4096

/** CPU time of all threads of a process in µs, user and system. The scheduler counts it in ns (proc_pid_schedstat). */
export function readCpuMicros(pid: number): number {
  const threads = readdirSync(`/proc/${pid}/task`)
  return threads.reduce((sum, thread) => sum + readRunMicros(`/proc/${pid}/task/${thread}/schedstat`), 0)
}

/** A thread that ended in the meantime counts as 0. The servers keep their threads. */
function readRunMicros(file: string): number {
  try {
    return Number(readFileSync(file, 'utf8').split(' ')[0]) / 1000
  } catch {
    return 0
  }
}

/** Resident memory of a process in bytes. */
export const readResidentBytes = (pid: number): number =>
  Number(readFileSync(`/proc/${pid}/statm`, 'utf8').split(' ')[1]) * bytesPerPage
