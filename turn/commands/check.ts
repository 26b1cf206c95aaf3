import { parseArgs } from 'node:util'
import { checkUrl, makeCredentials, readTurnSettings } from '../index.ts'
import type { CheckResult, TurnCredentials, Environment } from '../index.ts'
import { UsageError } from '../common/errors.ts'
import { print, tomorrowSeconds } from './print.ts'

/** Tests each URL and prints the failures with their reasons. Sets exit code 1 unless all work. */
export async function check(args: string[], env: Environment): Promise<void> {
  const { values, positionals } = parseCheckArguments(args)
  if (positionals.length === 0) throw new UsageError('check needs a URL such as turn:example.org:3478?transport=udp')
  const credentials = credentialsFor(values, positionals, env)
  const results = await Promise.all(positionals.map((url) => checkUrl(url, credentials)))
  for (const result of results) print(describe(result))
  process.exitCode = results.every(({ ok }) => ok) ? 0 : 1
}

/** @throws {UsageError} for an unknown option */
function parseCheckArguments(args: string[]) {
  const text = { type: 'string' } as const
  try {
    return parseArgs({ args, allowPositionals: true, options: { username: text, credential: text } })
  } catch (error) {
    throw new UsageError((error as Error).message.split(/[.\n]/, 1)[0]!)
  }
}

function credentialsFor(
  { username, credential }: Partial<TurnCredentials>,
  urls: readonly string[],
  env: Environment,
): TurnCredentials {
  if (username !== undefined && credential !== undefined) return { username, credential }
  const { options, isSecretRandom } = readTurnSettings(env)
  const isNeeded = urls.some((url) => url.startsWith('turn'))
  if (isSecretRandom && isNeeded) throw new Error('a turn: URL needs DUET_TURN_SECRET, or --username and --credential')
  return makeCredentials(options.secrets[0]!, 'check', tomorrowSeconds())
}

function describe({ url, ok, steps, failed }: CheckResult): string {
  const lines = steps.map(({ name, detail, durationMs }) => `  ok     ${name}: ${detail} (${durationMs} ms)`)
  if (failed) lines.push(`  FAILED ${failed.name}: ${failed.detail}`)
  return [`${url}: ${ok ? 'works' : 'does not work'}`, ...lines].join('\n')
}
