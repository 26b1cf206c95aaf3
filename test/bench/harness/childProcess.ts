import { type ChildProcess, spawn, type SpawnOptions } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, openSync } from 'node:fs'
import type { Scope } from './scope.ts'

interface ProcessOptions {
  env?: Record<string, string>
  /** The core that the process is pinned to. */
  cpuCore?: number | undefined
}

/** Arguments of a Node script and flags of Node. */
export interface ChildOptions extends ProcessOptions {
  args: string[]
  nodeFlags?: string[]
  /** A command that runs Node elsewhere, such as `ip netns exec NAME`. It must exec, so that the pid is Node's. */
  commandPrefix?: readonly string[]
}

/** A command with its arguments. */
export interface ProgramOptions extends ProcessOptions {
  command: string[]
  cwd?: string
  /** Discards stderr, too. */
  isMuted?: boolean
  /** Receives stdout. Without it, stdout is discarded. */
  logFile?: string
}

/** Time between SIGTERM and SIGKILL. */
const stopTimeoutMs = 3_000

/** Starts Node with an IPC channel and inherited stderr. The scope stops it by its pid. */
export function startNode(
  scope: Scope,
  { args, nodeFlags = [], commandPrefix = [], ...surroundings }: ChildOptions,
): ChildProcess {
  return start(scope, [...commandPrefix, process.execPath, ...nodeFlags, ...args], surroundings, {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  })
}

/** Starts another program. The scope stops it by its pid; `taskset` execs, so the pid is the program's. */
export function startProgram(
  scope: Scope,
  { command, cwd, isMuted, logFile, ...surroundings }: ProgramOptions,
): ChildProcess {
  const log = logFile === undefined ? 'ignore' : openSync(logFile, 'w')
  const child = start(scope, command, surroundings, {
    stdio: ['ignore', log, isMuted ? 'ignore' : 'inherit'],
    ...(cwd && { cwd }),
  })
  if (log !== 'ignore') closeSync(log)
  return child
}

/** Runs a program to its end and returns its output. At the timeout it is stopped, and `code` is null. */
export async function runProgram(
  scope: Scope,
  { command, timeoutMs }: { command: string[]; timeoutMs: number },
): Promise<{ code: number | null; output: string; errors: string }> {
  return scope.within(async (inner) => {
    const child = start(inner, command, {}, { stdio: ['ignore', 'pipe', 'pipe'] })
    let [output, errors] = ['', '']
    child.stdout!.setEncoding('utf8').on('data', (text: string) => (output += text))
    child.stderr!.setEncoding('utf8').on('data', (text: string) => (errors += text))
    const timer = setTimeout(() => child.kill('SIGKILL'), timeoutMs)
    const [code] = (await once(child, 'close')) as [number | null]
    clearTimeout(timer)
    return { code, output, errors }
  })
}

function start(
  scope: Scope,
  program: string[],
  { env = {}, cpuCore }: ProcessOptions,
  options: SpawnOptions,
): ChildProcess {
  const [command = '', ...rest] = cpuCore === undefined ? program : ['taskset', '-c', String(cpuCore), ...program]
  const child = spawn(command, rest, { ...options, env: { ...inheritedEnv(), ...env } })
  scope.defer(() => stop(child))
  return child
}

/** The environment without settings of the product. */
const inheritedEnv = (): NodeJS.ProcessEnv =>
  Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !name.startsWith('DUET_') && name !== 'PORT' && name !== 'HOST'),
  )

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const ended = once(child, 'exit')
  child.kill('SIGTERM')
  const timer = setTimeout(() => child.kill('SIGKILL'), stopTimeoutMs)
  await ended
  clearTimeout(timer)
}

/** Resolves to the first message that `pick` accepts. Rejects at a timeout or if the child exits first. */
export function waitForMessage<T>(
  child: ChildProcess,
  pick: (message: unknown) => T | undefined,
  timeoutMs = 30_000,
): Promise<T> {
  return new Promise((resolve, reject) => {
    const done = (settle: () => void): void => {
      clearTimeout(timer)
      child.off('message', onMessage).off('exit', onExit)
      settle()
    }
    const onMessage = (raw: unknown): void => {
      const found = pick(raw)
      if (found !== undefined) done(() => resolve(found))
    }
    const onExit = (code: number | null): void =>
      done(() => reject(new Error(`${child.spawnargs.join(' ')} exited with ${code}`)))
    const timer = setTimeout(
      () => done(() => reject(new Error(`${child.spawnargs.join(' ')} sent no message within ${timeoutMs} ms`))),
      timeoutMs,
    )
    child.on('message', onMessage).on('exit', onExit)
  })
}
