import { readdirSync, readFileSync } from 'node:fs'
import type { Browser } from 'playwright-core'

/** A browser with all its processes, as the system has them: to be stopped, continued, and killed. */
export class BrowserProcess {
  readonly #root: number
  #stopped: number[] = []
  #isKilled = false

  constructor(root: number) {
    this.#root = root
  }

  static async of(browser: Browser): Promise<BrowserProcess> {
    const session = await browser.newBrowserCDPSession()
    const { processInfo } = await session.send('SystemInfo.getProcessInfo')
    await session.detach()
    const root = processInfo.find(({ type }) => type === 'browser')
    if (!root) throw new Error('a browser without a process')
    return new BrowserProcess(root.id)
  }

  /** As a computer does that falls asleep: in the middle of whatever it does. */
  stop(): void {
    this.#stopped = treeOf(this.#root)
    for (const pid of this.#stopped) send(pid, 'SIGSTOP')
  }

  continue(): void {
    for (const pid of this.#stopped.splice(0)) send(pid, 'SIGCONT')
  }

  get isKilled(): boolean {
    return this.#isKilled
  }

  kill(): void {
    this.#isKilled = true
    for (const pid of treeOf(this.#root)) send(pid, 'SIGKILL')
  }
}

/** A process before its children. */
function treeOf(root: number): number[] {
  const all = processes()
  const below = (wanted: number): number[] => [wanted, ...all.filter(({ parent }) => parent === wanted).flatMap(({ pid }) => below(pid))]
  return below(root)
}

function processes(): { pid: number; parent: number }[] {
  return readdirSync('/proc').filter((name) => /^\d+$/.test(name)).flatMap((pid) => {
    const parent = parentOf(pid)
    return parent === null ? [] : [{ pid: Number(pid), parent }]
  })
}

/** Null: it has ended meanwhile. The name of the program, in parentheses, may contain anything. */
function parentOf(pid: string): number | null {
  try {
    return Number(/.*\) \S (\d+)/s.exec(readFileSync(`/proc/${pid}/stat`, 'utf8'))?.[1])
  } catch {
    return null
  }
}

function send(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
}
