import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { build } from 'vite'
import { afterAll, beforeAll, onTestFinished } from 'vitest'
import { stage } from '../../deploy/release/stage.mjs'
import { version } from '../../package.json'
import { readServerAddresses, readTurnPort, startProgram, type ProgramProcess } from '../programProcess.ts'
import { packageSettings } from './releaseFiles.ts'

/** The content of the packages, unpacked: this release and the one before. */

const root = join(import.meta.dirname, '../..')

/** A release in a folder. */
export interface StagedRelease {
  readonly version: string
  /** The program `duet`. */
  readonly command: string
}

/** A running `duet`, which can end and start again at the same port. */
export interface RestartableServer {
  readonly url: string
  readonly adminUrl: string
  end(signal: NodeJS.Signals): Promise<void>
  startAgain(release?: StagedRelease): Promise<void>
}

/** Stages both releases once for a test file. */
export function useStagedReleases(): () => { folder: string; present: StagedRelease; previous: StagedRelease } {
  let folder: string
  let previous: StagedRelease
  beforeAll(async () => {
    // Inside of the project, so that an older source finds the packages.
    folder = mkdtempSync(join(root, 'dist/test-release-'))
    stage(root, join(folder, 'present'))
    previous = await stagePrevious(join(folder, 'previous'))
  })
  afterAll(() => rmSync(folder, { recursive: true }))
  return () => ({ folder, present: { version, command: join(folder, 'present/server/duet.js') }, previous })
}

/**
 * The release before: the server of the git revision in `UPGRADE_FROM`, or of the newest tag. Without a tag it is the
 * present one with another version.
 */
async function stagePrevious(folder: string): Promise<StagedRelease> {
  stage(root, folder)
  const release = { version: '0.0.1', command: join(folder, 'server/duet.js') }
  const revision = process.env.UPGRADE_FROM ?? readNewestTag()
  if (revision === undefined) {
    const files = readdirSync(join(folder, 'server')).map((name) => join(folder, 'server', name))
    const quoted = new RegExp(`(["'\`])${version.replaceAll('.', '\\.')}\\1`, 'g')
    const changed = files.filter((file) => {
      const text = readFileSync(file, 'utf8')
      const other = text.replaceAll(quoted, `'${release.version}'`)
      if (other !== text) writeFileSync(file, other)
      return other !== text
    })
    if (changed.length === 0) throw new Error('the version is not in the bundle')
    return release
  }
  const sources = join(folder, 'sources')
  mkdirSync(sources)
  execFileSync('sh', [
    '-c',
    `git -C "${root}" archive ${revision} server machines turn package.json tsconfig.json | tar -xC "${sources}"`,
  ])
  const manifest = JSON.parse(readFileSync(join(sources, 'package.json'), 'utf8')) as { version: string }
  writeFileSync(join(sources, 'package.json'), JSON.stringify({ ...manifest, version: release.version }))
  await build({
    root: join(sources, 'server'),
    configFile: join(sources, 'server/vite.config.ts'),
    build: { outDir: join(folder, 'server'), emptyOutDir: false },
    logLevel: 'error',
  })
  return release
}

function readNewestTag(): string | undefined {
  try {
    const options = { encoding: 'utf8', stdio: 'pipe' } as const
    return execFileSync('git', ['-C', root, 'describe', '--tags', '--abbrev=0', '--match', 'v*'], options).trim()
  } catch {
    return undefined
  }
}

/** Starts `duet` with arguments until the test ends. */
function start({ command }: StagedRelease, args: string[], settings: Record<string, string>): ProgramProcess {
  const env = { PATH: process.env.PATH, ...packageSettings, ...settings }
  const program = startProgram([process.execPath, command, ...args], { env })
  onTestFinished(async () => {
    program.child.kill('SIGKILL')
    await program.ended
  })
  return program
}

/** Starts `duet` until the test ends. */
export async function startRestartable(
  release: StagedRelease,
  settings: Record<string, string>,
): Promise<RestartableServer> {
  let program = start(release, [], settings)
  const { url, port, adminUrl } = await readServerAddresses(program)
  const samePorts = { ...settings, PORT: String(port), DUET_ADMIN: new URL(adminUrl).host }
  return {
    url,
    adminUrl,
    async end(signal) {
      program.child.kill(signal)
      await program.ended
    },
    async startAgain(next = release) {
      program = start(next, [], samePorts)
      await readServerAddresses(program)
    },
  }
}

/** Starts `duet turn` until the test ends. Resolves to its port. */
export const startRelay = async (release: StagedRelease, settings: Record<string, string>): Promise<number> =>
  readTurnPort(start(release, ['turn'], settings))
