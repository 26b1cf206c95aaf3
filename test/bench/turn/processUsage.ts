import { readFileSync } from 'node:fs'

/** The kernel counts CPU in ticks of 10 ms, so rounds last at least 2 s. USER_HZ is 100 on every Linux. */
const microsecondsPerTick = 10_000
const bytesPerPage = 4096

/** CPU time of all threads of a process in µs, user and system. */
export function readCpuMicros(pid: number): number {
  // The second field is a name in parentheses that can contain any character: proc(5).
  const [, rest = ''] = readFileSync(`/proc/${pid}/stat`, 'utf8').split(/\) (?=[A-Z] )/)
  const fields = rest.split(' ')
  return (Number(fields[11]) + Number(fields[12])) * microsecondsPerTick
}

/** Resident memory of a process in bytes. */
export const readResidentBytes = (pid: number): number =>
  Number(readFileSync(`/proc/${pid}/statm`, 'utf8').split(' ')[1]) * bytesPerPage
