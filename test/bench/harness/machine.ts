import { readFileSync } from 'node:fs'
import { cpus, loadavg, release, totalmem } from 'node:os'
import { spawnSync } from 'node:child_process'
import { pathTo } from './paths.ts'

/** The machine and the versions that figures were measured with. */
export interface Machine {
  date: string
  cpu: string
  cores: number
  memoryGiB: number
  /** One-minute load average before the start. Above 0.3 other processes disturb the measurement. */
  loadBefore: number
  versions: Record<string, string>
}

/** Reads the machine, its load and all versions. */
export function readMachine(): Machine {
  return {
    date: new Date().toISOString(),
    cpu: cpus()[0]?.model ?? 'unknown',
    cores: cpus().length,
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    loadBefore: Number(loadavg()[0]?.toFixed(2)),
    versions: {
      node: process.versions.node,
      linux: release(),
      chromium: readChromiumVersion(),
      coturn: readDebianVersion('coturn') || 'none',
      commit: readCommit(),
      ...readPackageVersions(),
    },
  }
}

/** Formats the machine as two lines of text. */
export const describeMachine = ({ date, cpu, cores, memoryGiB, loadBefore, versions }: Machine): string =>
  [
    `${date} · ${cores} × ${cpu} · ${memoryGiB} GiB · load before ${loadBefore}`,
    Object.entries(versions)
      .map(([name, version]) => `${name} ${version}`)
      .join(' · '),
  ].join('\n')

const readChromiumVersion = (): string => /[\d.]{5,}/.exec(readOutput('chromium', ['--version']))?.[0] ?? 'none'

/** The version of a Debian package, or an empty text if it is not installed. */
export const readDebianVersion = (name: string): string =>
  /^installed (.+)/.exec(readOutput('dpkg-query', ['-W', '-f=${db:Status-Status} ${Version}', name]))?.[1] ?? ''

const readCommit = (): string =>
  readOutput('git', ['rev-parse', '--short', 'HEAD']) +
  (readOutput('git', ['status', '--porcelain', '--untracked-files=no']) ? '+' : '')

const readOutput = (command: string, args: string[]): string =>
  spawnSync(command, args, { encoding: 'utf8', cwd: pathTo('.'), timeout: 10_000 }).stdout?.trim() ?? ''

const readPackageVersions = (): Record<string, string> =>
  Object.fromEntries(
    ['@trpc/server', 'ws', 'socket.io', 'svelte', 'xstate'].map((name) => [name, readPackageVersion(name)]),
  )

const readPackageVersion = (name: string): string =>
  (JSON.parse(readFileSync(pathTo(`node_modules/${name}/package.json`), 'utf8')) as { version: string }).version
