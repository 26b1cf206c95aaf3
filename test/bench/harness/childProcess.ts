import { type ChildProcess, spawn, type SpawnOptions } from 'node:child_process'
import { once } from 'node:events'
import type { Scope } from './scope.ts'

interface ProcessOptions {
  env?: Record<string, string>
  /** Pins it to one core. */
  cpuCore?: number | undefined
}

export interface ChildOptions extends ProcessOptions {
  args: string[]
  nodeFlags?: string[]
}

export interface ProgramOptions extends ProcessOptions {
  command: string[]
  cwd?: string
  /** Also its complaints are of no interest. */
  isMuted?: boolean
}

/** How long a child may take to end by itself before it is killed. */
const stopTimeoutMs = 3_000

/** Starts Node with an IPC channel, quiet unless it complains; the scope stops it by its pid. */
export function startNode(scope: Scope, { args, nodeFlags = [], ...surroundings }: ChildOptions): ChildProcess {
  return start(scope, [process.execPath, ...nodeFlags, ...args], surroundings, {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  })
}

/** Starts a program that is not the bench's; the scope stops it by its pid, which is its own also under `taskset`. */
export function startProgram(scope: Scope, { command, cwd, isMuted, ...surroundings }: ProgramOptions): ChildProcess {
  return start(scope, command, surroundings, {
    stdio: ['ignore', 'ignore', isMuted ? 'ignore' : 'inherit'],
    ...(cwd && { cwd }),
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

/** The product's settings of whoever runs the bench are not the bench's. */
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

/** The child's next message that `pick` recognises; rejects when the child ends first or time runs out. */
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
      done(() => reject(new Error(`${child.spawnargs.join(' ')} ended with ${code}`)))
    const timer = setTimeout(
      () => done(() => reject(new Error(`${child.spawnargs.join(' ')} said nothing in ${timeoutMs} ms`))),
      timeoutMs,
    )
    child.on('message', onMessage).on('exit', onExit)
  })
}
