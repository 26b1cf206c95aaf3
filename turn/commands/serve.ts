import { plainFields } from '../common/errors.ts'
import { makeCredentials, readTurnSettings, reloadTurn, startTurn } from '../index.ts'
import { LossyOutput, standardOutput } from '../common/output.ts'
import type { Environment, Turn, TurnLog, TurnSettings } from '../index.ts'
import { say, tomorrow } from './print.ts'
import { tlsFiles } from './tls.ts'

const format = (level: string, fields: object, message: string): string => `${level}: ${message} ${JSON.stringify(plainFields(fields))}\n`

const errors = new LossyOutput(process.stderr, undefined, (count) => format('warn', { count }, 'log lines lost'))

const line = (level: string) => (fields: object, message: string): void => errors.write(format(level, fields, message))

/** How long the last lines may take to be read, in ms. */
const flushMs = 500

/** Warnings and errors, one line each. */
const log: TurnLog = { debug() {}, info() {}, warn: line('warn'), error: line('error') }

/** STUN and TURN alone, until a signal ends it: the first in order, the second at once. */
export async function serve(env: Environment): Promise<void> {
  surviveErrors()
  const settings = readTurnSettings(env)
  const { options, secretIsRandom } = settings
  const tls = tlsFiles(env)
  const isListed = options.users !== undefined && secretIsRandom
  const turn = await startTurn({ ...options, ...(isListed && { secrets: [] }), ...(tls && { tls: { ...tls, port: settings.tlsPort } }), log })
  // First: whoever reads that it listens may send a signal at once.
  process.on('SIGHUP', () => reloadTurn(turn, env, log))
  const stop = (): void => void end(turn, settings.drainMs)
  process.once('SIGTERM', stop).once('SIGINT', stop)
  introduce(turn, settings)
  if (secretIsRandom && !isListed) sayCredentials(turn.secret)
}

/** A mistake of ours must not end the calls that are relayed. */
function surviveErrors(): void {
  process.on('uncaughtException', (err) => log.error({ err }, 'uncaught exception'))
}

function introduce({ port, tlsPort }: Turn, { options }: TurnSettings): void {
  say(`STUN/TURN listens on ${options.host ?? 'every address'}, UDP and TCP port ${port}${tlsPort === undefined ? '' : `, TLS port ${tlsPort}`}`)
  say(`relay ports ${options.relayPorts.join('-')} (UDP), realm ${options.realm}${options.externalIp ? `, external IP ${options.externalIp}` : ''}`)
}

/** Nobody could have made any: the secret is of this run. */
function sayCredentials(secret: string): void {
  const { username, credential } = makeCredentials(secret, 'trial', tomorrow())
  say('DUET_TURN_SECRET is not set: for today these credentials will do')
  say(`  username   ${username}\n  credential ${credential}`)
}

async function end(turn: Turn, milliseconds: number): Promise<void> {
  process.once('SIGTERM', () => process.exit(1)).once('SIGINT', () => process.exit(1))
  try {
    await turn.drain(milliseconds)
    await turn.close()
    await Promise.all([standardOutput.flush(flushMs), errors.flush(flushMs)])
    process.exit(0)
  } catch (err) {
    log.error({ err }, 'server not closed in order')
    process.exit(1)
  }
}
