// Cleans up after a test run: `node janitor.mjs TAG FOLDER`, started by janitor.ts. The janitor tracks the descendants
// of its process until its standard input closes. That happens whenever the process ends. Then it kills the
// remaining processes. It deletes the network namespaces and nftables tables with their tags (processIdentity.mjs).
// Last it removes FOLDER.
import { execFileSync } from 'node:child_process'
import { readdirSync, rmSync } from 'node:fs'
import { readProcess, tagInName } from './processIdentity.mjs'

const [rootTag, folder] = process.argv.slice(2)
const root = Number(rootTag.split('_')[0])
const scanMs = 500
/** Start time by process id. The system reuses process ids, so the id alone does not identify a process. */
const known = new Map()

/**
 * Records every descendant of `root`. A process whose parent ends gets a new parent, so descendants of known processes
 * count too.
 */
function scan() {
  const all = new Map()
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue
    const stat = readProcess(name)
    if (stat) all.set(Number(name), stat)
  }
  const isKnown = (pid) => known.has(pid) && known.get(pid) === all.get(pid)?.startedAt
  const isOurs = (pid, { parent }) => pid !== process.pid && (parent === root || isKnown(parent))
  for (let count = -1; count !== known.size;) {
    count = known.size
    for (const [pid, stat] of all) if (isOurs(pid, stat)) known.set(pid, stat.startedAt)
  }
}

const left = () =>
  [...known].filter(([pid, startedAt]) => readProcess(pid)?.startedAt === startedAt).map(([pid]) => pid)

function kill(pid) {
  try {
    process.kill(pid, 'SIGKILL')
  } catch (error) {
    if (error.code !== 'ESRCH') throw error
  }
}

/** @returns its output; empty if it fails */
function run(command, ...args) {
  try {
    return execFileSync(command, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] })
  } catch {
    return ''
  }
}

/** Returns whether a namespace or table belongs to a process of this run. */
function isLeftover(name) {
  const tag = tagInName(name)
  const [pid, startedAt] = tag?.split('_') ?? []
  return tag !== undefined && (tag === rootTag || known.get(Number(pid)) === startedAt)
}

/** Names are made by nat/networkNamespace.ts and browser/firewall.ts. */
function removeNetworks() {
  const namespaces = run('ip', 'netns', 'list').split('\n')
  for (const name of namespaces.map((line) => line.split(' ')[0]).filter(isLeftover)) {
    for (const inside of run('ip', 'netns', 'pids', name).split('\n')) if (inside) kill(Number(inside))
    run('ip', 'netns', 'delete', name)
  }
  const tables = run('nft', 'list', 'tables').split('\n')
  for (const name of tables.map((line) => line.split(' ')[2] ?? '').filter(isLeftover))
    run('nft', 'delete', 'table', 'inet', name)
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
  removeNetworks()
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
