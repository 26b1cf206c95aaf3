import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'

/** A running program of the product. */
export interface ProgramProcess {
  readonly child: ChildProcess
  /** Resolves to the exit code or the signal when the process has ended and its output is read. */
  readonly ended: Promise<[code: number | null, signal: NodeJS.Signals | null]>
  /** All lines of stdout and stderr until now. */
  output(): string
  /**
   * Resolves when the output matches. Earlier output counts, too.
   * @throws {Error} with the output if the process ends first
   */
  waitForOutput(pattern: RegExp): Promise<RegExpExecArray>
  /**
   * Sends SIGTERM, and SIGKILL after 10 s.
   * @throws {Error} unless the exit code is 0
   */
  stop(): Promise<void>
}

export interface ProgramOptions {
  env: NodeJS.ProcessEnv
  /** A file descriptor for stdout and stderr. Without it the output is collected. */
  outputDescriptor?: number
}

const stopTimeoutMs = 10_000

/** Starts a program. The caller stops it. */
export function startProgram(
  [command = '', ...args]: readonly string[],
  { env, outputDescriptor = -1 }: ProgramOptions,
): ProgramProcess {
  const target = outputDescriptor < 0 ? 'pipe' : outputDescriptor
  const child = spawn(command, args, { env, stdio: ['ignore', target, target] })
  let [text, hasEnded] = ['', false]
  const checks = new Set<() => void>()
  const runChecks = (): void => checks.forEach((check) => check())
  for (const stream of [child.stdout, child.stderr])
    if (stream)
      createInterface({ input: stream }).on('line', (line) => {
        text += `${line}\n`
        runChecks()
      })
  const ended = once(child, 'close') as ProgramProcess['ended']
  const onEnd = (): void => {
    hasEnded = true
    runChecks()
  }
  ended.then(onEnd, onEnd)
  return {
    child,
    ended,
    output: () => text,
    waitForOutput: (pattern) =>
      new Promise((resolve, reject) => {
        const check = (): void => {
          const found = pattern.exec(text)
          if (found) resolve(found)
          else if (hasEnded) reject(new Error(`${command} ended with ${exitOf(child)}:\n${text.slice(-4_000)}`))
          else return
          checks.delete(check)
        }
        checks.add(check)
        check()
      }),
    async stop() {
      if (!hasEnded) child.kill('SIGTERM')
      const timer = setTimeout(() => child.kill('SIGKILL'), stopTimeoutMs)
      await ended.finally(() => clearTimeout(timer))
      if (child.exitCode !== 0) throw new Error(`${command} ended with ${exitOf(child)}:\n${text.slice(-4_000)}`)
    },
  }
}

const exitOf = ({ exitCode, signalCode }: ChildProcess): string => String(exitCode ?? signalCode)

/** The exit code and the output of a finished program. */
export interface ExitResult {
  code: unknown
  stdout: string
  stderr: string
}

/** Runs a program until it exits, for at most 60 s. */
export const runProgram = ([command = '', ...args]: readonly string[], env: NodeJS.ProcessEnv): Promise<ExitResult> =>
  new Promise((resolve) =>
    execFile(command, args, { env, timeout: 60_000 }, (error, stdout, stderr) =>
      resolve({ code: error ? error.code : 0, stdout, stderr }),
    ),
  )

/** The addresses of a running `npm start`. */
export interface ServerAddresses {
  url: string
  /** URL of the admin listener. */
  adminUrl: string
  /** 0 at a Unix socket. */
  port: number
  /** UDP and TCP port of the TURN server; 0 without one. */
  turnPort: number
}

/** Resolves when `npm start` has logged its addresses. */
export async function readServerAddresses({ waitForOutput }: ProgramProcess): Promise<ServerAddresses> {
  const [, port = 0, turnPort = 0] = await waitForOutput(
    /"(?:port":(\d+)|socket":"[^"]+")(?:,"turn":(\d+))?,"msg":"server listening"/,
  )
  const [line] = await waitForOutput(/^\{.*"msg":"server ready"\}$/m)
  const { url, adminUrl = '' } = JSON.parse(line) as { url: string; adminUrl?: string }
  return { url, adminUrl, port: Number(port), turnPort: Number(turnPort) }
}

/** Resolves with the port of a running `npm run turn` when it listens. */
export async function readTurnPort({ waitForOutput }: ProgramProcess): Promise<number> {
  return Number((await waitForOutput(/UDP and TCP port (\d+)/))[1])
}
