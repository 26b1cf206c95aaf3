import { execFile, spawn, type ChildProcess } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { build } from 'vite'
import { afterAll, afterEach, beforeAll } from 'vitest'

type Settings = Record<string, string>

/** The exit code and the output of a finished process. */
export interface ExitResult {
  code: unknown
  stdout: string
  stderr: string
}

/** A running server process. */
export interface ServerProcess {
  child: ChildProcess
  url: string
  adminUrl: string
  port: number
  turnPort: number
  /** Everything printed to stdout and stderr until now. */
  output(): string
}

/** Options of `start`. */
export interface LaunchOptions {
  /** The program: of `npm start` (default) or of `npm run turn`. */
  name?: 'main' | 'turn'
  /** The limit of open file descriptors. */
  descriptors?: number
  /** Command-line arguments. */
  args?: string[]
}

const root = join(import.meta.dirname, '../..')
const environment = (more: Settings) => ({
  PATH: process.env.PATH,
  PORT: '0',
  HOST: '127.0.0.1',
  DUET_ADMIN: '127.0.0.1:0',
  DUET_TURN_PORT: '0',
  DUET_TURN_RELAY_PORTS: '50200-50300',
  ...more,
})

/** Builds the production bundle for one test file, inside the repository so that packages resolve. */
export function useServerProcess() {
  let folder: string
  const children: ChildProcess[] = []
  beforeAll(async () => {
    mkdirSync(join(root, 'dist'), { recursive: true })
    folder = mkdtempSync(join(root, 'dist/test-server-'))
    await build({
      root: join(root, 'server'),
      configFile: join(root, 'server/vite.config.ts'),
      build: { outDir: join(folder, 'server') },
      logLevel: 'error',
    })
  })
  afterAll(() => rmSync(folder, { recursive: true }))
  afterEach(() => children.splice(0).forEach((child) => child.kill('SIGKILL')))
  return {
    /** The folder of the built pages. Empty unless a test writes files to it. */
    pages: () => join(folder, 'client'),
    /** Starts a process. Resolves when it has printed its addresses. */
    async start(
      more: Settings = {},
      { name = 'main', descriptors, args = [] }: LaunchOptions = {},
    ): Promise<ServerProcess> {
      const command = `${descriptors === undefined ? '' : `ulimit -n ${descriptors}; `}exec "$0" "$@"`
      const child = spawn('sh', ['-c', command, process.execPath, join(folder, `server/${name}.js`), ...args], {
        env: environment(more),
        stdio: ['ignore', 'pipe', 'pipe'],
      })
      children.push(child)
      let text = ''
      for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (text += String(chunk)))
      const output = (): string => text
      if (name === 'turn')
        return {
          child,
          url: '',
          adminUrl: '',
          port: 0,
          turnPort: Number((await waitForOutput(child, /port (\d+)/))[1]),
          output,
        }
      const [[, url = ''], [, adminUrl = ''], [, port, turnPort]] = await Promise.all([
        waitForOutput(child, /^Duet is at (\S+)/m),
        waitForOutput(child, /^Metrics and health \(admin listener\): (\S+)\/metrics$/m),
        waitForOutput(child, /"port":(\d+),"turn":(\d+),"msg":"server listening"/),
      ])
      return { child, url, adminUrl, port: Number(port), turnPort: Number(turnPort), output }
    },
    /** Starts a process with the file descriptor `stdout` for both output streams. */
    spawn(more: Settings, stdout: number, { name = 'main' }: Pick<LaunchOptions, 'name'> = {}): ChildProcess {
      const child = spawn(process.execPath, [join(folder, `server/${name}.js`)], {
        env: environment(more),
        stdio: ['ignore', stdout, stdout],
      })
      children.push(child)
      return child
    },
    /** Runs the process until it exits, for at most 60 s. */
    run(more: Settings, { name = 'main', args = [] }: Pick<LaunchOptions, 'name' | 'args'> = {}): Promise<ExitResult> {
      const end = promisify(execFile)(process.execPath, [join(folder, `server/${name}.js`), ...args], {
        env: environment(more),
        timeout: 60_000,
      })
      return end.then(
        (output) => ({ code: 0, ...output }),
        (error: ExitResult) => error,
      )
    },
  }
}

/** Resolves when stdout matches `pattern`. Rejects if the process exits first. */
export function waitForOutput(child: ChildProcess, pattern: RegExp): Promise<RegExpExecArray> {
  let output = ''
  return new Promise((resolve, reject) => {
    child.stdout?.on('data', (chunk) => {
      output += String(chunk)
      const found = pattern.exec(output)
      if (found) resolve(found)
    })
    child.once('exit', () => reject(new Error(`the process exited: ${output.slice(-2000)}`)))
  })
}
