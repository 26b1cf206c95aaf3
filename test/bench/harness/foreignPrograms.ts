import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { copyFileSync, existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, extname, join } from 'node:path'
import { readDebianVersion } from './machine.ts'
import { pathTo } from './paths.ts'
import type { Scope } from './scope.ts'

/** A program in another language, ready to start. */
export interface ForeignProgram {
  readonly command: readonly string[]
  /** Of the library that it uses. */
  readonly version: string
}

/** The program cannot run on this machine. `reason` begins with `not installed` if packages are missing. */
export interface MissingProgram {
  readonly reason: string
}

interface Language {
  /** Debian's packages. The version of the last one is shown. */
  readonly packages: readonly string[]
  readonly env?: Record<string, string>
  /** The compiler with its arguments; undefined for a script. */
  compile?(source: string, output: string): readonly string[]
  run(file: string): readonly string[]
}

/** GOPATH mode: the compiler reads Debian's sources and no network. The cache saves 30 s in the next run. */
const goEnv = {
  GO111MODULE: 'off',
  GOPATH: '/usr/share/gocode',
  GOCACHE: join(tmpdir(), 'duet-bench-go'),
  CGO_ENABLED: '0',
}

const languages: Readonly<Record<string, Language>> = {
  '.go': {
    packages: ['golang-go', 'golang-github-pion-turn.v2-dev'],
    env: goEnv,
    compile: (source, output) => ['go', 'build', '-o', output, source],
    run: (file) => [file],
  },
  '.c': {
    packages: ['gcc', 'pkg-config', 'libnice-dev'],
    compile: (source, output) => [
      'sh',
      '-c',
      `gcc -O2 -o ${output} ${source} $(pkg-config --cflags --libs nice gio-2.0)`,
    ],
    run: (file) => [file],
  },
  '.py': { packages: ['python3', 'python3-aioice'], run: (file) => ['/usr/bin/python3', file] },
}

/**
 * Copies a program to a temporary folder and compiles it there. The language follows from the name.
 * These programs are tools of the benchmarks, never dependencies of the product.
 * @param path from the repository root
 */
export async function buildProgram(scope: Scope, path: string): Promise<ForeignProgram | MissingProgram> {
  const language = languages[extname(path)]!
  const missing = language.packages.filter((name) => !readDebianVersion(name))
  if (missing.length > 0) return { reason: `not installed: apt-get install ${missing.join(' ')}` }
  const folder = mkdtempSync(join(tmpdir(), 'duet-bench-'))
  scope.defer(() => rmSync(folder, { recursive: true }))
  const source = join(folder, basename(path))
  copyFileSync(pathTo(path), source)
  const version = readDebianVersion(language.packages.at(-1)!)
  if (!language.compile) return { command: language.run(source), version }
  const output = join(folder, 'program')
  const problem = await runCompiler(language.compile(source, output), folder, language.env)
  return existsSync(output) ? { command: language.run(output), version } : { reason: `not compiled: ${problem}` }
}

/** Returns whether `buildProgram` found a reason against it. */
export const isMissingProgram = (program: ForeignProgram | MissingProgram): program is MissingProgram =>
  'reason' in program

/** Returns the compiler's messages. */
async function runCompiler(command: readonly string[], cwd: string, env = {}): Promise<string> {
  const [name = '', ...rest] = command
  const child = spawn(name, rest, { cwd, env: { ...process.env, ...env }, stdio: ['ignore', 'ignore', 'pipe'] })
  let messages = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => (messages += text))
  await once(child, 'close')
  return messages.trim()
}
