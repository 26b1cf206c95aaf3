import { readdirSync, readFileSync } from 'node:fs'
import type { Browser } from 'playwright-core'

/** A browser with all its processes, as the system has them: to be stopped, continued, and killed. */
export class BrowserProcess {
  readonly #root: number
  #suspended: number[] = []
  #isKilled = false

  constructor(root: number) {
    this.#root = root
  }

  static async forBrowser(browser: Browser): Promise<BrowserProcess> {
    const session = await browser.newBrowserCDPSession()
    const { processInfo } = await session.send('SystemInfo.getProcessInfo')
    await session.detach()
    const root = processInfo.find(({ type }) => type === 'browser')
    if (!root) throw new Error('a browser without a process')
    return new BrowserProcess(root.id)
  }

  /** Stops all processes with SIGSTOP, as when a computer falls asleep. */
  suspend(): void {
    this.#suspended = listProcessTree(this.#root)
    for (const pid of this.#suspended) sendSignal(pid, 'SIGSTOP')
  }

  resume(): void {
    for (const pid of this.#suspended.splice(0)) sendSignal(pid, 'SIGCONT')
  }

  get isKilled(): boolean {
    return this.#isKilled
  }

  kill(): void {
    this.#isKilled = true
    for (const pid of listProcessTree(this.#root)) sendSignal(pid, 'SIGKILL')
  }
}

/** A process before its children. */
function listProcessTree(root: number): number[] {
  const all = listProcesses()
  const below = (wanted: number): number[] => [
    wanted,
    ...all.filter(({ parent }) => parent === wanted).flatMap(({ pid }) => below(pid)),
  ]
  return below(root)
}

function listProcesses(): { pid: number; parent: number }[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => {
      const parent = readParentPid(pid)
      return parent === null ? [] : [{ pid: Number(pid), parent }]
    })
}

/** Null: it has ended meanwhile. The name of the program, in parentheses, may contain anything. */
function readParentPid(pid: string): number | null {
  try {
    return Number(/.*\) \S (\d+)/s.exec(readFileSync(`/proc/${pid}/stat`, 'utf8'))?.[1])
  } catch {
    return null
  }
}

function sendSignal(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
}
