import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { build } from 'vite'
import { afterAll, afterEach, beforeAll } from 'vitest'
import {
  type ExitResult,
  type ProgramProcess,
  readServerAddresses,
  readTurnPort,
  runProgram,
  type ServerAddresses,
  startProgram,
} from '../programProcess.ts'

type Settings = Record<string, string>

/** A running process of `npm start`, or of `npm run turn` without web addresses. */
export type ServerProcess = ProgramProcess & ServerAddresses

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
  DUET_TURN_RELAY_PORTS: '61200-61300',
  ...more,
})

/** Builds the production bundle for one test file, inside the repository so that packages resolve. */
export function useServerProcess() {
  let folder: string
  const running: ProgramProcess[] = []
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
  afterEach(() => running.splice(0).forEach(({ child }) => child.kill('SIGKILL')))
  const commandOf = ({ name = 'main', args = [] }: LaunchOptions): string[] => [
    process.execPath,
    join(folder, `server/${name}.js`),
    ...args,
  ]
  const keep = (started: ProgramProcess): ProgramProcess => {
    running.push(started)
    return started
  }
  return {
    /** The folder of the built pages. Empty unless a test writes files to it. */
    pages: () => join(folder, 'client'),
    /** Starts a process. Resolves when it has logged its addresses. */
    async start(more: Settings = {}, options: LaunchOptions = {}): Promise<ServerProcess> {
      const { name, descriptors } = options
      const limit = descriptors === undefined ? [] : ['sh', '-c', `ulimit -n ${descriptors}; exec "$0" "$@"`]
      const started = keep(startProgram([...limit, ...commandOf(options)], { env: environment(more) }))
      const addresses =
        name === 'turn'
          ? { url: '', adminUrl: '', port: 0, turnPort: await readTurnPort(started) }
          : await readServerAddresses(started)
      return { ...started, ...addresses }
    },
    /** Starts a process with the file descriptor `outputDescriptor` for both output streams. */
    spawn: (more: Settings, outputDescriptor: number, options: Pick<LaunchOptions, 'name'> = {}): ProgramProcess =>
      keep(startProgram(commandOf(options), { env: environment(more), outputDescriptor })),
    /** Runs the process until it exits, for at most 60 s. */
    run: (more: Settings, options: Pick<LaunchOptions, 'name' | 'args'> = {}): Promise<ExitResult> =>
      runProgram(commandOf(options), environment(more)),
  }
}
