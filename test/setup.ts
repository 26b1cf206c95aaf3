import { spawn } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { startJanitor } from './janitor.ts'
import {
  fetchedPackages,
  isDebian,
  isRoot,
  missingFasterPackages,
  missingTools,
  toolNames,
  tools,
  type Tool,
} from './tools.ts'

/**
 * Runs once before all tests: installs missing tools, or prints what is missing and the consequence.
 * @returns the cleanup after all tests
 */
export async function setup(): Promise<() => Promise<void>> {
  const cleanUp = startJanitor()
  await buildStaleServer()
  const missing = missingTools()
  // All of them: npm removes a package that an earlier `--no-save` installed.
  if (listNpmPackages(missing).length > 0) await fetchPackages(listNpmPackages(toolNames))
  const packages = listDebianPackages(missing)
  // In a second step: some Debian derivatives lack these packages, and then apt installs nothing of the list.
  const faster = missingFasterPackages()
  if (packages.length + faster.length > 0 && isDebian() && isRoot()) await installPackages(packages, faster)
  const still = missingTools()
  if (listDebianPackages(still).length + listNpmPackages(still).length > 0) print(createAdvice(still))
  return cleanUp
}

/** On a Node that strips no types, the relay's worker runs from the build, in tests too. */
const buildStaleServer = (): Promise<void> =>
  run(process.execPath, [
    fileURLToPath(new URL('../deploy/build/main.mjs', import.meta.url)),
    '--if-stale',
    '--quiet',
    'server',
  ])

/** Returns the missing tools and the commands that install them. */
export function createAdvice(missing: readonly Tool[]): string {
  const [debian, npm] = [listDebianPackages(missing).join(' '), listNpmPackages(missing).join(' ')]
  return [
    `Missing: ${missing.join(', ')}. Tests that need one of them are skipped${process.env.CI === 'true' ? ', and CI=true makes that a failure' : ''}.`,
    ...(debian
      ? [
          isDebian()
            ? `To install: sudo apt-get install ${debian}`
            : `To install, on Debian: apt-get install ${debian}; elsewhere the packages of those programs.`,
        ]
      : []),
    ...(npm ? [`From npm, when its registry can be reached: ${npm}`] : []),
  ].join('\n')
}

const listDebianPackages = (missing: readonly Tool[]): string[] => missing.flatMap((name) => tools[name].package ?? [])

const listNpmPackages = (missing: readonly Tool[]): string[] =>
  missing.flatMap((name) => (tools[name] as { npm?: string }).npm ?? [])

async function fetchPackages(packages: readonly string[]): Promise<void> {
  print(`Fetching missing test tools: ${packages.join(' ')} (once)`)
  mkdirSync(fetchedPackages, { recursive: true })
  await run('npm', [
    'install',
    '--no-save',
    '--no-audit',
    '--no-fund',
    '--ignore-scripts',
    '--prefix',
    fetchedPackages,
    ...packages,
  ])
}

async function installPackages(packages: readonly string[], faster: readonly string[]): Promise<void> {
  print(`Installing missing test tools: ${[...packages, ...faster].join(' ')} (takes one or two minutes, once)`)
  await run('apt-get', ['update', '--quiet=2'])
  print('The package list is up to date; installing …')
  for (const list of [packages, faster])
    if (list.length > 0) await run('apt-get', ['install', '--yes', '--quiet=2', '--no-install-recommends', ...list])
  print('Installed.')
}

/** Resolves however the command ends. The caller looks up what is still missing instead of trusting an exit code. */
function run(command: string, args: readonly string[]): Promise<void> {
  return new Promise((resolve) => {
    // Debian starts a daemon when it installs one (coturn, redis). That daemon would occupy ports that the tests need.
    const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive', RUNLEVEL: '1' }
    const child = spawn(command, args, { env, stdio: ['ignore', 'pipe', 'pipe'] })
    let output = ''
    child.stdout.on('data', (chunk: Buffer) => (output += String(chunk)))
    child.stderr.on('data', (chunk: Buffer) => (output += String(chunk)))
    child.on('error', (error) => (print(`${command}: ${error.message}`), resolve()))
    child.on(
      'close',
      (code) => (
        code !== 0 && print(`${command} ${args[0] ?? ''} ended with ${code}:\n${output.slice(-2_000)}`),
        resolve()
      ),
    )
  })
}

const print = (words: string): void => console.log(`${words}\n`)
