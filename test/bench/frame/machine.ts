import { readFileSync } from 'node:fs'
import { cpus, loadavg, release, totalmem } from 'node:os'
import { spawnSync } from 'node:child_process'
import { pathTo } from './paths.ts'

/** Where figures were taken; figures without it mean nothing. */
export interface Machine {
  date: string
  cpu: string
  cores: number
  memoryGiB: number
  /** One-minute load average before the start: above a few tenths somebody else was at work. */
  loadBefore: number
  versions: Record<string, string>
}

export function readMachine(): Machine {
  return {
    date: new Date().toISOString(),
    cpu: cpus()[0]?.model ?? 'unknown',
    cores: cpus().length,
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    loadBefore: Number(loadavg()[0]?.toFixed(2)),
    versions: { node: process.versions.node, linux: release(), chromium: chromiumVersion(), coturn: coturnVersion(), commit: commit(), ...packages() },
  }
}

export const describe = ({ date, cpu, cores, memoryGiB, loadBefore, versions }: Machine): string => [
  `${date} · ${cores} × ${cpu} · ${memoryGiB} GiB · load before ${loadBefore}`,
  Object.entries(versions).map(([name, version]) => `${name} ${version}`).join(' · '),
].join('\n')

const chromiumVersion = (): string => /[\d.]{5,}/.exec(output('chromium', ['--version']))?.[0] ?? 'none'

const coturnVersion = (): string => output('dpkg-query', ['-W', '-f=${Version}', 'coturn']) || 'none'

const commit = (): string => output('git', ['rev-parse', '--short', 'HEAD']) + (output('git', ['status', '--porcelain', '--untracked-files=no']) ? '+' : '')

const output = (command: string, args: string[]): string =>
  spawnSync(command, args, { encoding: 'utf8', cwd: pathTo('.'), timeout: 10_000 }).stdout?.trim() ?? ''

const packages = (): Record<string, string> =>
  Object.fromEntries(['@trpc/server', 'ws', 'socket.io', 'svelte', 'xstate'].map((name) => [name, versionOf(name)]))

const versionOf = (name: string): string =>
  (JSON.parse(readFileSync(pathTo(`node_modules/${name}/package.json`), 'utf8')) as { version: string }).version
