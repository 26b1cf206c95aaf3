import { readFileSync } from 'node:fs'

/** The kernel counts CPU in ticks of 10 ms (USER_HZ, the same on every Linux): rounds are 2 s or more. */
const microsecondsPerTick = 10_000
const bytesPerPage = 4096

/** Microseconds of all threads of a process, user and system. */
export function readCpuMicros(pid: number): number {
  // The second field is a name in brackets, with anything in it: proc(5).
  const [, rest = ''] = readFileSync(`/proc/${pid}/stat`, 'utf8').split(/\) (?=[A-Z] )/)
  const fields = rest.split(' ')
  return (Number(fields[11]) + Number(fields[12])) * microsecondsPerTick
}

/** Resident bytes. */
export const readResidentBytes = (pid: number): number =>
  Number(readFileSync(`/proc/${pid}/statm`, 'utf8').split(' ')[1]) * bytesPerPage
