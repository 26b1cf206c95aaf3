// Identifies processes for longer than a process id does, because the system reuses process ids.
// Plain JavaScript, because janitor.mjs imports it.
import { readFileSync } from 'node:fs'

/** Reads the parent and the start time, in clock ticks since the boot (proc_pid_stat(5), fields 4 and 22). */
export function readProcess(pid) {
  try {
    // The name of the program, in parentheses, may contain spaces.
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
      .replace(/^.*\) /s, '')
      .split(' ')
    return { parent: Number(fields[1]), startedAt: fields[19] }
  } catch {
    return null
  }
}

/** Returns an id that no later process gets before the next boot, such as `1234_567890`. */
export const processTag = (pid = process.pid) => `${pid}_${readProcess(pid)?.startedAt ?? 0}`

/** Returns whether the process with this tag runs. */
export const isRunning = (tag) => {
  const [pid, startedAt] = tag.split('_')
  return readProcess(pid)?.startedAt === startedAt
}

/** Returns the tag in the name of a network namespace or of an nftables table of the tests; undefined without one. */
export const tagInName = (name) => /^duet_(\d+_\d+)_/.exec(name)?.[1]
