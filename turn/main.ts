import { parseArgs } from 'node:util'
import { checkUrl, makeCredentials, readTurnSettings, startTurn } from './index.ts'
import type { CheckResult, Credentials, TurnLog, TurnSettings } from './index.ts'

const help = `Usage:
  npm run turn                     STUN and TURN alone, until interrupted
  npm run turn -- check URL...     tries turn: and stun: URLs, says what fails and why
  npm run turn -- help

Settings come from the environment: HOST, DUET_TURN_PORT, DUET_TURN_RELAY_PORTS, DUET_TURN_EXTERNAL_IP, DUET_TURN_REALM,
DUET_TURN_SECRET, DUET_TURN_ALLOW_PRIVATE_PEERS, DUET_TURN_ALLOW_PEERS, DUET_TURN_DENY_PEERS, DUET_TURN_QUOTA_USER.
The check makes credentials from DUET_TURN_SECRET, or takes --username NAME --credential PASSWORD.`

const say = (text: string): void => void process.stdout.write(`${text}\n`)

/** Warnings and errors, one line each. */
const log: TurnLog = {
  debug() {},
  info() {},
  warn: (fields, message) => void process.stderr.write(`warn: ${message} ${JSON.stringify(fields)}\n`),
  error: (fields, message) => void process.stderr.write(`error: ${message} ${JSON.stringify(fields)}\n`),
}

async function serve(settings: TurnSettings): Promise<void> {
  const { options } = settings
  const turn = await startTurn({ ...options, log })
  say(`STUN/TURN listens on ${options.host ?? 'every address'}, UDP and TCP port ${turn.port}`)
  say(`relay ports ${options.relayPorts.join('-')} (UDP), realm ${options.realm}${options.externalIp ? `, external IP ${options.externalIp}` : ''}`)
  if (settings.secretIsRandom) sayCredentials(options.secrets[0]!)
  const stop = (): void => void turn.close().then(() => process.exit(0))
  process.once('SIGTERM', stop).once('SIGINT', stop)
}

/** Nobody could have made any: the secret is of this run. */
function sayCredentials(secret: string): void {
  const { username, credential } = makeCredentials(secret, 'trial', tomorrow())
  say('DUET_TURN_SECRET is not set: for today these credentials will do')
  say(`  username   ${username}\n  credential ${credential}`)
}

const tomorrow = (): number => Math.floor(Date.now() / 1000) + 86_400

async function check(args: string[]): Promise<void> {
  const text = { type: 'string' } as const
  const { values, positionals } = parseArgs({ args, allowPositionals: true, options: { username: text, credential: text } })
  if (positionals.length === 0) throw new Error('check wants a URL such as turn:example.org:3478?transport=udp')
  const credentials = credentialsFor(values, positionals)
  const results = await Promise.all(positionals.map((url) => checkUrl(url, credentials)))
  for (const result of results) say(describe(result))
  process.exitCode = results.every(({ ok }) => ok) ? 0 : 1
}

function credentialsFor({ username, credential }: Partial<Credentials>, urls: readonly string[]): Credentials {
  if (username !== undefined && credential !== undefined) return { username, credential }
  const { options, secretIsRandom } = readTurnSettings(process.env)
  const isNeeded = urls.some((url) => url.startsWith('turn'))
  if (secretIsRandom && isNeeded) throw new Error('a turn: URL wants DUET_TURN_SECRET, or --username and --credential')
  return makeCredentials(options.secrets[0]!, 'check', tomorrow())
}

function describe({ url, ok, steps, failed }: CheckResult): string {
  const lines = steps.map(({ name, detail, milliseconds }) => `  ok     ${name}: ${detail} (${milliseconds} ms)`)
  if (failed) lines.push(`  FAILED ${failed.name}: ${failed.detail}`)
  return [`${url}: ${ok ? 'works' : 'does not work'}`, ...lines].join('\n')
}

async function main([command, ...rest]: readonly string[]): Promise<void> {
  if (command === undefined) return serve(readTurnSettings(process.env))
  if (command === 'check') return check(rest)
  say(help)
  process.exitCode = command === 'help' ? 0 : 2
}

main(process.argv.slice(2)).catch((error: unknown) => {
  process.stderr.write(`${(error as Error).message}\n`)
  process.exitCode = 1
})
