import { readdirSync, readFileSync } from 'node:fs'
import type { Browser } from 'playwright-core'

/** The process tree of a browser: suspends, resumes and kills it. */
export class BrowserProcess {
  readonly #root: number
  #suspended: number[] = []

  constructor(root: number) {
    this.#root = root
  }

  /**
   * Returns the processes of a running Chromium.
   * @throws {Error} if the browser lists no browser process
   */
  static async forBrowser(browser: Browser): Promise<BrowserProcess> {
    const session = await browser.newBrowserCDPSession()
    const { processInfo } = await session.send('SystemInfo.getProcessInfo')
    await session.detach()
    const root = processInfo.find(({ type }) => type === 'browser')
    if (!root) throw new Error('the browser lists no browser process')
    return new BrowserProcess(root.id)
  }

  /** Stops all processes with SIGSTOP, as when a computer goes to sleep. */
  suspend(): void {
    this.#suspended = listProcessTree(this.#root)
    for (const pid of this.#suspended) sendSignal(pid, 'SIGSTOP')
  }

  /** Continues the processes that `suspend` stopped. Without a `suspend` it does nothing. */
  resume(): void {
    for (const pid of this.#suspended.splice(0)) sendSignal(pid, 'SIGCONT')
  }

  /** Kills all processes with SIGKILL. */
  kill(): void {
    for (const pid of listProcessTree(this.#root)) sendSignal(pid, 'SIGKILL')
  }
}

/** Process ids of the tree, each parent before its children. */
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

/** Returns null if the process has ended. The program name in parentheses may contain any character. */
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
