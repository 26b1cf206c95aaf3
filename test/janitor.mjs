// Cleans up after a test run: `node janitor.mjs PID FOLDER`, started by janitor.ts. The janitor tracks the descendants
// of PID until its standard input closes. That happens whenever PID ends, for any reason. Then the janitor kills the
// remaining processes and deletes the namespaces that carry one of their process ids. Last it removes FOLDER.
import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync, rmSync } from 'node:fs'

const [root, folder] = [Number(process.argv[2]), process.argv[3]]
const scanMs = 500
/** Start time by process id. The system reuses process ids, so the id alone does not identify a process. */
const known = new Map()

/** @returns parent and start time (proc(5), fields 4 and 22), or null when the process has ended */
function readStat(pid) {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
      .replace(/^.*\) /s, '')
      .split(' ')
    return { parent: Number(fields[1]), startedAt: fields[19] }
  } catch {
    return null
  }
}

/**
 * Records every descendant of `root`. A process whose parent ends gets a new parent, so descendants of known processes
 * count too.
 */
function scan() {
  const all = new Map()
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue
    const stat = readStat(name)
    if (stat) all.set(Number(name), stat)
  }
  const isKnown = (pid) => known.has(pid) && known.get(pid) === all.get(pid)?.startedAt
  const isOurs = (pid, { parent }) => pid !== process.pid && (parent === root || isKnown(parent))
  for (let count = -1; count !== known.size;) {
    count = known.size
    for (const [pid, stat] of all) if (isOurs(pid, stat)) known.set(pid, stat.startedAt)
  }
}

const left = () => [...known].filter(([pid, startedAt]) => readStat(pid)?.startedAt === startedAt).map(([pid]) => pid)

function kill(pid) {
  try {
    process.kill(pid, 'SIGKILL')
  } catch (error) {
    if (error.code !== 'ESRCH') throw error
  }
}

function ip(...args) {
  try {
    return execFileSync('ip', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] })
  } catch {
    return ''
  }
}

/** Namespaces are called `duet-PID-…` (nat/networkNamespace.ts). */
function removeNamespaces() {
  for (const line of ip('netns', 'list').split('\n')) {
    const [name = ''] = line.split(' ')
    const pid = Number(/^duet-(\d+)-/.exec(name)?.[1] ?? 0)
    if (pid === 0 || !(known.has(pid) || pid === root)) continue
    for (const inside of ip('netns', 'pids', name).split('\n')) if (inside) kill(Number(inside))
    ip('netns', 'delete', name)
  }
}

/**
 * Kills the processes that remain after one second. Workers and browsers end by themselves when their parent has ended.
 */
async function cleanUp() {
  for (let wait = 0; wait < 10 && left().length > 0; wait++) {
    scan()
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
  for (let pids = left(); pids.length > 0; pids = left()) {
    for (const pid of pids) kill(pid)
    await new Promise((resolve) => setTimeout(resolve, 50))
    scan()
  }
  removeNamespaces()
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
}

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => undefined)
scan()
const timer = setInterval(scan, scanMs)
process.stdin.resume().on('end', () => {
  scan()
  clearInterval(timer)
  void cleanUp().then(() => process.exit(0))
})
